"""PostgreSQL's forms: column types, comparisons that keep the tree's two-valued meaning, documents as JSONB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from dataflow.expressions.tree import Compare
from dataflow.models.model import Field
from dataflow.models.types import FieldType
from dataflow_postgres.documents import document_clause, document_codec
from dataflow_postgres.text import TEXT_OPERATORS, text_clause
from dataflow_sql import Bind, Clause, Codec, choice_codec
from dataflow_sql.codecs import stored_kind

#: code points in their own order, as Python sorts; the database's own collation sorts by language
COLLATION = "C"
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}
_TYPES: dict[str, Callable[[], TypeEngine[Any]]] = {
    "str": lambda: postgresql.TEXT(collation=COLLATION),
    "int": sa.BIGINT,
    "float": postgresql.DOUBLE_PRECISION,
    "bool": sa.BOOLEAN,
    "decimal": sa.NUMERIC,
    "datetime": lambda: postgresql.TIMESTAMP(timezone=True),
    "date": sa.DATE,
    "time": postgresql.TIME,
    "timedelta": postgresql.INTERVAL,
    "uuid": sa.UUID,
    "bytes": postgresql.BYTEA,
}


def _normal(value: Decimal) -> Decimal:
    """Without the zeros that sums leave at the end; exact."""
    _, digits, exponent = value.as_tuple()
    if exponent == 0 or (isinstance(exponent, int) and exponent < 0 and digits[-1]):
        return value
    return (
        Decimal(format(value, "f").rstrip("0").rstrip("."))
        if "." in format(value, "f")
        else Decimal(format(value, "f"))
    )


def _aware(value: datetime) -> datetime:
    """asyncpg gives the first and the last moment of all, which it sends as infinite, without a timezone."""
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


_CODECS: dict[str, Codec] = {
    "decimal": Codec(None, _normal),
    "datetime": Codec(None, _aware),
    # asyncpg's are of a class of its own
    "uuid": Codec(None, lambda value: UUID(int=value.int)),
}


class PostgresDialect:
    """What ``dataflow_sql`` needs to know of PostgreSQL."""

    def __init__(self) -> None:
        self.compiler: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # an alias of the class

    def column_type(self, field: Field) -> TypeEngine[Any]:
        if field.type.is_json:
            return postgresql.JSONB()
        return _TYPES[stored_kind(field.type)]()

    def codec(self, field_type: FieldType) -> Codec:
        if field_type.is_json:
            return document_codec(field_type)
        if field_type.kind in ("enum", "literal"):
            return choice_codec(field_type, _CODECS.get(stored_kind(field_type), Codec()))
        return _CODECS.get(field_type.kind, Codec())

    def negation(self, clause: Clause) -> Clause:
        return clause.is_not(sa.true())

    def order(self, column: Clause, field: Field, descending: bool) -> sa.UnaryExpression[Any]:
        ordered = _comparable(column, field)
        if not field.nullable:
            return ordered.desc() if descending else ordered.asc()
        return ordered.desc().nulls_last() if descending else ordered.asc().nulls_first()

    def increment(self, column: Clause, field: Field, amount: Clause) -> Clause:
        return column + amount

    def compare(self, column: Clause, field: Field, comparison: Compare, bind: Bind) -> Clause:
        if comparison.path or comparison.operator == "has" or (field.type.is_json and comparison.operator != "null"):
            inside: Clause = document_clause(column, field.type, comparison, bind)
            return inside
        if comparison.operator == "null":
            return column.is_(None) if comparison.value else column.is_not(None)
        return _scalar(column, field, comparison.operator, bind, self.codec(field.type).encode)


def _comparable(column: Clause, field: Field) -> Clause:
    return sa.collate(column, COLLATION) if stored_kind(field.type) == "str" else column


def _scalar(column: Clause, field: Field, operator: str, bind: Bind, encode: Callable[[Any], Any] | None) -> Clause:
    if operator == "eq":
        return column == bind(encode)
    if operator == "ne":
        return column.is_distinct_from(bind(encode))
    if operator in _ORDERS:
        return _ORDERS[operator](_comparable(column, field), bind(encode))  # type: ignore[no-any-return]
    if operator == "between":
        ordered = _comparable(column, field)
        return sa.and_(ordered >= bind(encode), ordered <= bind(encode))
    if operator in ("in", "nin"):
        # one array whatever its length: one statement, and no end at 32,767 parameters
        listed = column == sa.func.any(bind(_each(encode)))
        return listed.is_not(sa.true()) if operator == "nin" else listed
    assert operator in TEXT_OPERATORS, operator
    text: Clause = text_clause(column, operator, bind)
    return text


def _each(encode: Callable[[Any], Any] | None) -> Callable[[Any], list[Any]]:
    return list if encode is None else lambda values: [encode(one) for one in values]
