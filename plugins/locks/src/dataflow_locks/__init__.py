"""The migration lock of DataFlow: one process migrates a database at a time, and who holds it can be seen."""

from dataflow_locks.plugin import LocksPlugin

__all__ = ["LocksPlugin"]
