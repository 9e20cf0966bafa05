"""Use cases: load, one domain call, hand the changes to the command pipeline."""
