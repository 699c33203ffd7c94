"""Records to files and back, in memory that does not grow: CSV, JSON lines, Parquet."""

from dataflow_files.transfer import export_records, load_records

__all__ = ["export_records", "load_records"]
