"""The checks of ``build()``, one module per theme; each gives problems and raises none."""
