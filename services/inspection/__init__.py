"""Inspection: registry, rounds, visits and the three lists; owner of the ledgers `registry` and `lists`."""
