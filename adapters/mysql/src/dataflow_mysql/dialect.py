"""The forms of MySQL and MariaDB: column types, comparisons that keep the tree's two-valued meaning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MARIADB, RESERVED_WORDS_MYSQL
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from dataflow.expressions.tree import Compare
from dataflow.models.model import Field
from dataflow.models.types import FieldType
from dataflow_mysql.documents import document_clause, document_codec
from dataflow_mysql.literals import Listed
from dataflow_mysql.text import TEXT_OPERATORS, text_clause
from dataflow_sql import Bind, Clause, Codec, choice_codec
from dataflow_sql.codecs import stored_kind

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}
_TYPES: dict[str, TypeEngine[Any]] = {
    "str": mysql.LONGTEXT(),
    "int": sa.BIGINT(),
    "float": mysql.DOUBLE(),
    "bool": sa.BOOLEAN(),
    "decimal": mysql.DECIMAL(65, 30),
    "datetime": mysql.DATETIME(fsp=6),
    "date": sa.DATE(),
    "time": mysql.TIME(fsp=6),
    "timedelta": sa.BIGINT(),
    # the order of their texts is the order of the numbers
    "uuid": mysql.CHAR(36, charset="ascii", collation="ascii_bin"),
    "bytes": mysql.LONGBLOB(),
}
#: InnoDB's longest key has 3,072 bytes, and a character up to four
KEY_BYTES = 3_072
_KEYED: dict[str, TypeEngine[Any]] = {
    "str": mysql.VARCHAR(KEY_BYTES // 4),
    "bytes": mysql.VARBINARY(KEY_BYTES),
}
_MICROSECOND = timedelta(microseconds=1)
_CODECS: dict[str, Codec] = {
    "bool": Codec(None, bool),
    "timedelta": Codec(lambda value: value // _MICROSECOND, lambda value: timedelta(microseconds=value)),
    "uuid": Codec(str, UUID),
}


@attrs.define(eq=False)
class Flavour:
    """What differs between the two servers; known once one has answered, which comes before any filter."""

    mariadb: bool = True

    @property
    def collation(self) -> str:
        """Code points in their own order, as Python sorts; a space at the end of a text counts."""
        return "utf8mb4_nopad_bin" if self.mariadb else "utf8mb4_0900_bin"


def compiler() -> Dialect:
    made: Any = mysql.dialect(paramstyle="format")
    # behind INSERT INTO, a table of this name would be taken for the word before the values
    made.identifier_preparer.reserved_words = RESERVED_WORDS_MYSQL | RESERVED_WORDS_MARIADB | {"value"}
    return made  # type: ignore[no-any-return]  # see above


def quoted(name: str) -> str:
    """A name in a statement that is finished; in one whose values are still to come a ``%`` would have to be doubled."""
    return "`" + name.replace("`", "``") + "`"


@attrs.define(eq=False)
class MySQLDialect:
    """What ``dataflow_sql`` needs to know of MySQL and MariaDB.

    ``foreign`` are text columns that were not made by the framework and compare in another way than by code points.
    """

    flavour: Flavour = attrs.field(factory=Flavour)
    compiler: Dialect = attrs.field(factory=compiler)
    foreign: set[tuple[str, str]] = attrs.field(factory=set)

    def column_type(self, field: Field) -> TypeEngine[Any]:
        kind = "str" if field.type.is_json else stored_kind(field.type)
        is_keyed = field.is_key or field.unique or field.index or field.reference is not None
        return _KEYED.get(kind, _TYPES[kind]) if is_keyed else _TYPES[kind]

    def codec(self, field_type: FieldType) -> Codec:
        if field_type.is_json:
            return document_codec(field_type)
        if field_type.kind in ("enum", "literal"):
            return choice_codec(field_type, _CODECS.get(stored_kind(field_type), Codec()))
        return _CODECS.get(field_type.kind, Codec())

    def negation(self, clause: Clause) -> Clause:
        return clause.is_not(sa.true())

    def order(self, column: Clause, field: Field, descending: bool) -> sa.UnaryExpression[Any]:
        # nulls are the smallest here by themselves
        ordered = self._comparable(column, field)
        return ordered.desc() if descending else ordered.asc()

    def increment(self, column: Clause, field: Field, amount: Clause) -> Clause:
        return column + amount

    def compare(self, column: Clause, field: Field, comparison: Compare, bind: Bind) -> Clause:
        if comparison.path or comparison.operator == "has" or (field.type.is_json and comparison.operator != "null"):
            inside: Clause = document_clause(column, field.type, comparison, bind, self.flavour)
            return inside
        if comparison.operator == "null":
            return column.is_(None) if comparison.value else column.is_not(None)
        return _scalar(self._comparable(column, field), comparison.operator, bind, self.codec(field.type).encode)

    def _comparable(self, column: Any, field: Field) -> Clause:
        # naming the collation that the column has would keep an index from being used
        table = getattr(column.table, "name", "")
        if stored_kind(field.type) == "str" and (table, field.name) in self.foreign:
            return sa.collate(sa.func.convert(column.op("USING")(sa.text("utf8mb4"))), self.flavour.collation)
        return column  # type: ignore[no-any-return]  # of a table


def _scalar(column: Clause, operator: str, bind: Bind, encode: Callable[[Any], Any] | None) -> Clause:
    if operator == "eq":
        return column == bind(encode)
    if operator == "ne":
        return column.is_distinct_from(bind(encode))
    if operator in _ORDERS:
        return _ORDERS[operator](column, bind(encode))  # type: ignore[no-any-return]
    if operator == "between":
        return sa.and_(column >= bind(encode), column <= bind(encode))
    if operator in ("in", "nin"):
        listed = column.op("IN", is_comparison=True)(bind(_each(encode)))
        return listed.is_not(sa.true()) if operator == "nin" else listed
    assert operator in TEXT_OPERATORS, operator
    text: Clause = text_clause(column, operator, bind)
    return text


def _each(encode: Callable[[Any], Any] | None) -> Callable[[Any], Listed]:
    return Listed if encode is None else lambda values: Listed(map(encode, values))
