"""Tables as SQLite has them, and how they are made: under the write lock, so that two processes make them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sqlalchemy.schema import CreateIndex, CreateTable

from dataflow.adapters import TableState
from dataflow.models.model import Model
from dataflow_sql import ColumnState, TableLayout, differences, missing_table, schema_tables
from dataflow_sqlite.dialect import SQLiteDialect


def ensure(raw: sqlite3.Connection, models: Sequence[Model], create: bool, dialect: SQLiteDialect) -> list[TableState]:
    """On the thread, inside a transaction when tables may be made: what is there, made where it is missing."""
    states = {model.name: _examine(raw, model, dialect) for model in models}
    absent = [model for model in models if states[model.name] is None]
    if create and absent:
        for statement in definitions(models, absent, dialect):
            raw.execute(statement)
    return [_state(raw, model, states[model.name], create, dialect) for model in models]


def _state(
    raw: sqlite3.Connection, model: Model, found: TableState | None, create: bool, dialect: SQLiteDialect
) -> TableState:
    if found is not None:
        return found
    if not create:
        return TableState(model.table, False, "", (missing_table(model),))
    layout = layout_of(raw, model.table)
    assert layout is not None
    return TableState(model.table, True, layout.fingerprint)


def _examine(raw: sqlite3.Connection, model: Model, dialect: SQLiteDialect) -> TableState | None:
    layout = layout_of(raw, model.table)
    if layout is None:
        return None
    found = differences(model, layout, lambda name: wanted_type(model, name, dialect))
    return TableState(model.table, False, layout.fingerprint, tuple(found))


def wanted_type(model: Model, name: str, dialect: SQLiteDialect) -> str:
    return affinity(dialect.column_type(model.fields[name]).compile(dialect=dialect.compiler))


def definitions(models: Sequence[Model], wanted: Sequence[Model], dialect: SQLiteDialect) -> list[str]:
    """The DDL of some tables; all that they refer to are among ``models``."""
    names = {model.table for model in wanted}
    statements: list[str] = []
    for model, table in zip(models, schema_tables(models, dialect, sqlite_strict=True), strict=True):
        if table.name not in names:
            continue
        table.dialect_options["sqlite"]["autoincrement"] = model.key.generated
        statements.append(str(CreateTable(table).compile(dialect=dialect.compiler)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect.compiler)) for index in indexes]
    return statements


def layout_of(raw: sqlite3.Connection, table: str) -> TableLayout | None:
    """The table as it is, or None when there is no such table."""
    rows = raw.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (table,)).fetchall()
    if not rows:
        return None
    columns = {
        name: ColumnState(name, affinity(kind), not (not_null or key), bool(key), default is not None)
        for name, kind, not_null, default, key in rows
    }
    unique = [
        frozenset(name for (name,) in raw.execute("SELECT name FROM pragma_index_info(?)", (index,)))
        for (index,) in raw.execute('SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table,))
    ]
    return TableLayout(table, columns, frozenset(unique))


def affinity(declared: str) -> str:
    """The kind of storage that a declared type means, by SQLite's own rules."""
    name = declared.upper()
    if "INT" in name:
        return "INTEGER"
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in name or not name:
        return "BLOB"
    if any(part in name for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "NUMERIC"
