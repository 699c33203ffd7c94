"""Foreign keys of DataFlow databases: what a delete reaches, orphans, missing indexes, an order that works."""

from dataflow_foreign_keys.plugin import ForeignKeysPlugin

__all__ = ["ForeignKeysPlugin"]
