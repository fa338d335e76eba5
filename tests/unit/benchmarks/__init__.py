"""Of the benchmarks, what is not measuring."""
