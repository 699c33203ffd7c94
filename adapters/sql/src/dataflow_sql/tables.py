"""SQLAlchemy tables of models: for statements one by one, for DDL all that belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from dataflow.diagnostics import Where, error_of
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import Expression
from dataflow.models.model import Field, Index, Model
from dataflow.models.types import PYTHON_TYPES, scalar
from dataflow_sql.dialect import SQLDialect
from dataflow_sql.filters import literal_clause

#: bytes; PostgreSQL cuts longer names off, and MySQL refuses them at 64 characters
MAX_NAME = 63
ON_DELETE = {"cascade": "CASCADE", "restrict": "RESTRICT", "set_null": "SET NULL"}


def statement_table(model: Model, dialect: SQLDialect) -> sa.Table:
    """The table as statements name it: columns only."""
    columns = [sa.Column(field.name, dialect.column_type(field)) for field in model.fields.values()]
    return sa.Table(model.table, sa.MetaData(), *columns)


def schema_tables(models: Sequence[Model], dialect: SQLDialect, **options: Any) -> list[sa.Table]:
    """The tables with keys, constraints and indexes, in the order of the models.

    :param options: given to every table, for what only one database has.
    """
    metadata = sa.MetaData()
    names = {model.name: model.table for model in models}
    return [_schema_table(model, metadata, dialect, names.__getitem__, options) for model in models]


def _schema_table(
    model: Model, metadata: sa.MetaData, dialect: SQLDialect, table_name: Callable[[str], str], options: dict[str, Any]
) -> sa.Table:
    columns = [_column(field, dialect) for field in model.fields.values()]
    foreign = [
        sa.ForeignKeyConstraint(
            [field.name],
            [f"{table_name(field.reference.model)}.{field.reference.field}"],
            ondelete=ON_DELETE[field.reference.on_delete],
            name=reference_name(field, model),
        )
        for field in model.references
        if field.reference is not None
    ]
    table = sa.Table(model.table, metadata, *columns, *foreign, **options)
    for index in indexes_of(model):
        _index(index, table, model, dialect)
    return table


def _column(field: Field, dialect: SQLDialect) -> sa.Column[Any]:
    return sa.Column(
        field.name,
        dialect.column_type(field),
        primary_key=field.is_key,
        nullable=field.nullable,
        autoincrement=field.generated,
    )


def column_types(dialect: SQLDialect) -> dict[str, str]:
    """The column type of each kind of field as DDL writes it; that of an ``id`` may be another."""
    found = {
        f"{prefix}{kind.__name__}": dialect.column_type(Field(name, scalar(kind)))
        for prefix, name, kinds in (("", "field", PYTHON_TYPES), ("id: ", "id", (str, int, UUID)))
        for kind in kinds
    }
    return {name: kind.compile(dialect=dialect.compiler) for name, kind in found.items()}


def indexes_of(model: Model) -> tuple[Index, ...]:
    """The indexes of a model: its own, and those that its fields ask for."""
    own = [
        Index(field.name, unique=field.unique)
        for field in model.fields.values()
        if (field.unique or field.index) and not field.is_key
    ]
    return (*own, *model.indexes)


def reference_name(field: Field, model: Model) -> str:
    """The name of a foreign key's constraint."""
    return _bounded(f"fk_{model.table}_{field.name}")


def index_name(index: Index, model: Model) -> str:
    prefix = "uq" if index.unique else "ix"
    return index.name or _bounded(f"{prefix}_{model.table}_{'_'.join(index.fields)}")


def _bounded(name: str) -> str:
    """The name, shortened where a database has no room for it, and still no other's."""
    if len(name.encode()) <= MAX_NAME:
        return name
    head = name.encode()[: MAX_NAME - 9].decode(errors="ignore")
    return f"{head}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _index(index: Index, table: sa.Table, model: Model, dialect: SQLDialect) -> sa.Index:
    options: dict[str, Any] = {}
    condition = index_condition(index, model)
    if condition is not None:
        options[f"{dialect.compiler.name}_where"] = literal_clause(condition, table, model, dialect)
    columns = [table.c[name] for name in index.fields]
    return sa.Index(index_name(index, model), *columns, unique=index.unique, **options)


def index_condition(index: Index, model: Model) -> Expression | None:
    """Which rows a partial index is of; None for all of them."""
    if index.where is None:
        return None
    where = Where(model=model.name, operation="index")
    condition, problems = parse_filter(index.where, model, Limits(), where, ("__indexes__",), frozenset())
    if problems:
        raise error_of(problems)
    return condition
