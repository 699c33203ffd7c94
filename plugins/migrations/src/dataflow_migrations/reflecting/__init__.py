"""Models of the tables that a database has: what ``dataflow generate models`` writes."""

from dataflow_migrations.reflecting.reading import reflect

__all__ = ["reflect"]
