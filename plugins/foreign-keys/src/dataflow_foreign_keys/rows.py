"""How the rows of a table are told apart and found again, on each database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dataflow.migrations import Constraint, Index, ObjectRef, SchemaDialect, SchemaSnapshot, Table
from dataflow_foreign_keys.keys import columns_by_name, index_columns

#: values of one statement; every database takes more
MAX_VALUES = 500
RowKey = tuple[Any, ...]


@attrs.frozen
class Rows:
    """The rows of one table in SQL. ``parts`` are the expressions that name a row, with ``{0}`` for the table's alias.

    ``marks`` are what such a value is written as in a condition; ``order`` is the one in which the server meets rows.
    """

    source: str
    parts: tuple[str, ...]
    marks: tuple[str, ...]
    order: str

    def named(self, alias: str) -> str:
        return ", ".join(part.format(alias) for part in self.parts)

    def ordered(self, alias: str) -> str:
        return self.order.format(alias)

    def among(self, alias: str, number: int) -> str:
        """The condition of being one of so many rows."""
        if len(self.parts) == 1:
            return f"{self.parts[0].format(alias)} IN ({', '.join(self.marks * number)})"
        one = " AND ".join(f"{part.format(alias)} = {mark}" for part, mark in zip(self.parts, self.marks, strict=True))
        return "(" + " OR ".join([f"({one})"] * number) + ")"

    def chunks(self, keys: Sequence[RowKey]) -> list[Sequence[RowKey]]:
        """As many at once as one statement takes."""
        size = max(1, MAX_VALUES // (2 * len(self.parts) - 1))
        return [keys[start : start + size] for start in range(0, len(keys), size)]


def source_of(table: ObjectRef, dialect: SchemaDialect) -> str:
    """A table as SQL names it."""
    return ".".join(dialect.quoted(part) for part in (table.schema, table.name) if part)


def rows_of(table: ObjectRef, snapshot: SchemaSnapshot, dialect: SchemaDialect) -> Rows | None:
    """How to tell the rows of a table apart; None when nothing does."""
    source = source_of(table, dialect)
    if snapshot.dialect == "sqlite":
        return _sqlite_rows(table, snapshot, dialect, source)
    columns = snapshot.key_of(table) or _unique_key(table, snapshot)
    parts = tuple(f"{{0}}.{dialect.quoted(name)}" for name in columns)
    if snapshot.dialect == "postgresql":
        if not parts:
            return Rows(source, ("{0}.tableoid::text", "{0}.ctid::text"), ("?", "?"), "{0}.tableoid, {0}.ctid")
        return Rows(source, parts, ("?",) * len(parts), "{0}.tableoid, {0}.ctid")
    return Rows(source, parts, ("?",) * len(parts), ", ".join(parts)) if parts else None


def _sqlite_rows(table: ObjectRef, snapshot: SchemaSnapshot, dialect: SchemaDialect, source: str) -> Rows:
    definition = snapshot.objects[table]
    assert isinstance(definition, Table)
    if "without rowid" in definition.options:
        parts = tuple(f"{{0}}.{dialect.quoted(name)}" for name in snapshot.key_of(table))
        return Rows(source, parts, ("?",) * len(parts), ", ".join(parts))
    columns = {name.lower() for name in columns_by_name(table, snapshot)}
    name = next(one for one in ("rowid", "_rowid_", "oid") if one not in columns)
    return Rows(source, (f"{{0}}.{name}",), ("?",), f"{{0}}.{name}")


def _unique_key(table: ObjectRef, snapshot: SchemaSnapshot) -> tuple[str, ...]:
    """The columns of a unique key of which none may be null."""
    columns = columns_by_name(table, snapshot)
    for one in snapshot.parts_of(table):
        is_whole = isinstance(one, Index) and one.unique and one.valid and not one.where
        if is_whole or (isinstance(one, Constraint) and one.type == "unique"):
            names = index_columns(one) if isinstance(one, Index) else one.columns  # type: ignore[union-attr]  # decided above
            if names and all(name in columns and not columns[name].nullable for name in names):
                return names
    return ()
