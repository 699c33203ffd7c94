"""Side-by-side benchmarks: the same work by plain drivers, other libraries and DataFlow, interleaved in one run."""
