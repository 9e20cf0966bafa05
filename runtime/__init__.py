"""Plumbing without a business noun: clock, ids, settings, ledger, relay, consumer, HTTP, access, telemetry."""
