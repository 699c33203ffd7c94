"""Side-by-side benchmarks: the same work by plain aiosqlite, SQLAlchemy Core and DataFlow, interleaved in one run."""
