"""Which row breaks a foreign key: asked after the failure, because SQLite only says that one does."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from dataflow.expressions.tree import Compare, Expression
from dataflow.models.model import Model
from dataflow.operations.operation import BulkCreate, BulkUpdate, Create, Delete, Operation, Update, Upsert
from dataflow_sql import Statements, values_of
from dataflow_sqlite.dialect import SQLiteDialect
from dataflow_sqlite.worker import Function

MAX_ROWS = 10_000


def broken_reference(operation: Operation, models: Sequence[Model]) -> Function:
    """A function that finds ``{"field", "value"}`` of a missing target, or ``{"child", "field", "key", "value"}``."""

    def ask(raw: sqlite3.Connection) -> dict[str, Any]:
        if isinstance(operation, Delete):
            return _referring(raw, operation, models)
        return _missing(raw, operation, {model.name: model for model in models})

    return ask


def _missing(raw: sqlite3.Connection, operation: Operation, models: dict[str, Model]) -> dict[str, Any]:
    for field in operation.model.references:
        assert field.reference is not None
        target = models.get(field.reference.model)
        if target is None:
            continue
        statements = Statements(target, SQLiteDialect())
        for value in _values(operation, field.name):
            if value is not None and not _rows(raw, statements, Compare(field.reference.field, "eq", value), ("id",)):
                return {"field": field.name, "value": value}
    return {}


def _values(operation: Operation, name: str) -> list[Any]:
    if isinstance(operation, Create | Upsert):
        return [operation.record.get(name)]
    if isinstance(operation, Update):
        return [operation.values.get(name)]
    if isinstance(operation, BulkUpdate):
        return [values.get(name) for _, values in operation.rows[:MAX_ROWS]]
    if isinstance(operation, BulkCreate) and name in operation.names:
        return list(operation.columns[operation.names.index(name)][:MAX_ROWS])
    return []


def _referring(raw: sqlite3.Connection, operation: Delete, models: Sequence[Model]) -> dict[str, Any]:
    own = Statements(operation.model, SQLiteDialect())
    for child in models:
        for field in child.references:
            if field.reference is None or field.reference.model != operation.model.name:
                continue
            name = field.reference.field
            targets = tuple(record[name] for record in _rows(raw, own, operation.where, (name,)))
            statements = Statements(child, SQLiteDialect())
            for record in _rows(raw, statements, Compare(field.name, "in", targets), ("id", field.name)):
                return {"child": child, "field": field.name, "key": record["id"], "value": record[field.name]}
    return {}


def _rows(
    raw: sqlite3.Connection, statements: Statements, where: Expression, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    prepared = statements.select(where, names, (), None)
    rows = raw.execute(prepared.sql, prepared.bind(values_of(where))).fetchmany(MAX_ROWS)
    return statements.decoder(names)(rows)
