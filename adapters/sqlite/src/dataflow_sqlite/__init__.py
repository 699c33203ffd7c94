"""The SQLite adapter of DataFlow."""

from dataflow_sqlite.adapter import SQLiteAdapter
from dataflow_sqlite.plugin import SQLitePlugin

__all__ = ["SQLiteAdapter", "SQLitePlugin"]
