"""SQLite's forms: STRICT column types, comparisons that keep the tree's two-valued meaning, documents by JSON functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from dataflow.expressions.tree import Compare
from dataflow.models.model import Field
from dataflow.models.types import FieldType
from dataflow.values.documents import to_document
from dataflow_sql import Bind, Clause, Codec, choice_codec, json_codec
from dataflow_sql.codecs import stored_kind
from dataflow_sqlite.documents import DocumentForms
from dataflow_sqlite.functions import canonical
from dataflow_sqlite.text import text_clause

_MICROSECOND = timedelta(microseconds=1)
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


@lru_cache(maxsize=8)
def moment_text(value: datetime) -> str:
    """A moment in UTC as ISO 8601 of fixed width; cached, because both times of a new record are one."""
    return value.isoformat(timespec="microseconds")


CODECS: dict[str, Codec] = {
    "bool": Codec(None, bool),
    # RETURNING gives a whole number as it is stored, which is an integer
    "float": Codec(None, float),
    "decimal": Codec(str, Decimal),
    # of one width, so that text sorts as time does
    "datetime": Codec(moment_text, datetime.fromisoformat),
    "date": Codec(date.isoformat, date.fromisoformat),
    "time": Codec(lambda value: value.isoformat(timespec="microseconds"), time.fromisoformat),
    "timedelta": Codec(lambda value: value // _MICROSECOND, lambda value: timedelta(microseconds=value)),
    "uuid": Codec(str, UUID),
}
_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "int": sa.INTEGER,
    "bool": sa.INTEGER,
    "timedelta": sa.INTEGER,
    "float": sa.REAL,
    "bytes": sa.BLOB,
}


class SQLiteDialect:
    """What ``dataflow_sql`` needs to know of SQLite."""

    def __init__(self) -> None:
        self.compiler: Dialect = sqlite.dialect(paramstyle="qmark")

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return _TYPES.get(stored_kind(field.type), sa.TEXT)()

    def codec(self, field_type: FieldType) -> Codec:
        if field_type.is_json:
            return json_codec(field_type)
        if field_type.kind in ("enum", "literal"):
            return choice_codec(field_type, CODECS.get(stored_kind(field_type), Codec()))
        return CODECS.get(field_type.kind, Codec())

    def negation(self, clause: Clause) -> Clause:
        return clause.is_not(sa.true())

    def ordering(self, column: Clause, field: Field) -> Clause:
        return sa.collate(column, "dataflow_decimal") if field.type.kind == "decimal" else column

    def order(self, column: Clause, field: Field, descending: bool) -> sa.UnaryExpression[Any]:
        ordered = self.ordering(column, field)
        return ordered.desc() if descending else ordered.asc()

    def increment(self, column: Clause, field: Field, amount: Clause) -> Clause:
        return sa.func.dataflow_add(column, amount) if field.type.kind in ("decimal", "float") else column + amount

    def compare(self, column: Clause, field: Field, comparison: Compare, bind: Bind) -> Clause:
        if comparison.operator == "has":
            return DocumentForms(column, comparison, bind).has(field.type)
        if comparison.path:
            return DocumentForms(column, comparison, bind).clause()
        if comparison.operator == "null":
            return column.is_(None) if comparison.value else column.is_not(None)
        if field.type.is_json:
            return _document(column, field.type, comparison, bind)
        return _scalar(column, field, comparison, bind, self)


def _scalar(column: Clause, field: Field, comparison: Compare, bind: Bind, dialect: SQLiteDialect) -> Clause:
    encode = dialect.codec(field.type).encode
    operator = comparison.operator
    if operator == "eq":
        return column == bind(encode)
    if operator == "ne":
        # what SQLAlchemy makes of is_distinct_from cannot stand in the definition of an index
        return column.op("IS NOT", is_comparison=True)(bind(encode))
    if operator in _ORDERS:
        return _ORDERS[operator](dialect.ordering(column, field), bind(encode))  # type: ignore[no-any-return]
    if operator == "between":
        ordered = dialect.ordering(column, field)
        return sa.and_(ordered >= bind(encode), ordered <= bind(encode))
    if operator in ("in", "nin"):
        return _listed(column, field, operator == "nin", encode, bind)
    return text_clause(column, operator, bind)


def _listed(column: Clause, field: Field, negated: bool, encode: Callable[[Any], Any] | None, bind: Bind) -> Clause:
    """Membership in a list that travels as one parameter, whatever its length."""
    if stored_kind(field.type) == "bytes":
        # SQLite's hex() of null is the empty text
        column = sa.case((column.is_not(None), sa.func.hex(column)))
        encode = _hex
    each = sa.func.json_each(bind(lambda values: json.dumps([encode(one) if encode else one for one in values])))
    rows = each.table_valued("value")
    found: Clause = column.in_(sa.select(rows.c.value))
    return found.is_not(sa.true()) if negated else found


def _hex(value: bytes) -> str:
    return value.hex().upper()


def _document(column: Clause, field_type: FieldType, comparison: Compare, bind: Bind) -> Clause:
    """A whole document compared with another, whatever the order of its keys."""

    def encode(value: Any) -> str | None:
        return canonical(json.dumps(to_document(field_type, value)))

    if comparison.operator in ("in", "nin"):
        each = sa.func.json_each(bind(lambda values: json.dumps([encode(one) for one in values])))
        listed = sa.func.dataflow_document(column).in_(sa.select(each.table_valued("value").c.value))
        return listed.is_not(sa.true()) if comparison.operator == "nin" else listed
    found: Clause = sa.func.dataflow_document(column) == bind(encode)
    return found.is_not(sa.true()) if comparison.operator == "ne" else found
