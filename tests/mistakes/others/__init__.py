"""The same mistakes written for other libraries; only the standard library is imported, for each runs in an environment of its own."""
