"""Benchmarks: each measures ours beside the best peer, in one run, outputs checked (see docs/benchmarks.md)."""
