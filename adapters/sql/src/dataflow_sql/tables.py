"""SQLAlchemy tables of models: for statements one by one, for DDL all that belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from dataflow.diagnostics import Where, error_of
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import And, Compare, Expression, Not, Operator, Or
from dataflow.models.indexes import bounded_name, index_name, indexes_of
from dataflow.models.model import MISSING, Field, Index, Model
from dataflow.models.types import PYTHON_TYPES, scalar
from dataflow_sql.dialect import SQLDialect
from dataflow_sql.filters import literal_clause, literal_of

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
        server_default=None if field.server_default is MISSING else default_clause(field, dialect),
    )


def default_clause(field: Field, dialect: SQLDialect) -> sa.TextClause:
    """The DEFAULT of a column, as it is stored."""
    encode, value = dialect.codec(field.type).encode, field.server_default
    written_out = str(literal_of(value if encode is None or value is None else encode(value), dialect))
    # a colon would else be the mark of a parameter
    return sa.text(written_out.replace(":", r"\:"))


def column_types(dialect: SQLDialect) -> dict[str, str]:
    """The column type of each kind of field as DDL writes it; that of an ``id`` may be another."""
    found = {
        f"{prefix}{kind.__name__}": dialect.column_type(Field(name, scalar(kind)))
        for prefix, name, kinds in (("", "field", PYTHON_TYPES), ("id: ", "id", (str, int, UUID)))
        for kind in kinds
    }
    return {name: kind.compile(dialect=dialect.compiler) for name, kind in found.items()}


def reference_name(field: Field, model: Model) -> str:
    """The name of a foreign key's constraint."""
    return bounded_name(f"fk_{model.table}_{field.name}")


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
    return None if condition is None else spelled_out(condition)


def spelled_out(condition: Expression) -> Expression:
    """The condition with its lists as single comparisons: a list as one value takes a subquery or an array."""
    if isinstance(condition, Compare):
        if condition.operator not in ("in", "nin"):
            return condition
        operator: Operator = "eq" if condition.operator == "in" else "ne"
        assert isinstance(condition.value, tuple)
        each = tuple(Compare(condition.field, operator, one, condition.path) for one in condition.value)
        return Or(each) if condition.operator == "in" else And(each)
    if isinstance(condition, Not):
        return Not(spelled_out(condition.item))
    return type(condition)(tuple(map(spelled_out, condition.items)))
