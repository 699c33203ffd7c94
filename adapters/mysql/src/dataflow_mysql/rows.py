"""Rows as a table of their own, which a statement takes from one JSON text; and which of them was refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import attrs

from dataflow_mysql.dialect import MySQLDialect
from dataflow_mysql.errors import is_refusal
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import text
from dataflow_sql import Statements
from dataflow_sql.bulk import RowFailed, refused_row
from dataflow_sql.codecs import stored_kind

_UNDO, _MARK = "ROLLBACK TO SAVEPOINT dataflow_rows", "SAVEPOINT dataflow_rows"
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_PLAIN = frozenset((str, int, float, bool, type(None)))
#: a value that is too long for its column is refused there and not cut here
_JSON_TYPES = {"int": "BIGINT", "timedelta": "BIGINT", "bool": "BIGINT", "float": "DOUBLE", "decimal": "DECIMAL(65,30)",
               "datetime": "DATETIME(6)", "date": "DATE", "time": "TIME(6)"}  # fmt: skip


@attrs.define(eq=False)
class Source:
    """Some fields of many rows as a table with the columns ``c0``, ``c1`` and so on."""

    statements: Statements
    names: Sequence[str]

    def table(self, columns: Sequence[Sequence[Any]]) -> str:
        """The table with these columns, of stored values."""
        plain = [self._plain(column) for column in columns]
        given = text(_encoder.encode(list(zip(*plain, strict=True))))
        forms = ", ".join(
            f"c{place} {self._type(name)} PATH '$[{place}]' ERROR ON ERROR" for place, name in enumerate(self.names)
        )
        return f"JSON_TABLE({given}, '$[*]' COLUMNS ({forms})) AS given"

    def expression(self, place: int) -> str:
        """A column's value."""
        column = f"given.c{place}"
        return f"UNHEX({column})" if self._kind(self.names[place]) == "bytes" else column

    def _plain(self, values: Sequence[Any]) -> Sequence[Any]:
        return values if _PLAIN.issuperset(map(type, values)) else [_written(value) for value in values]

    def _kind(self, name: str) -> str:
        field = self.statements.model.fields[name]
        return "str" if field.type.is_json else stored_kind(field.type)

    def _type(self, name: str) -> str:
        dialect = self.statements.dialect
        assert isinstance(dialect, MySQLDialect)
        kind = self._kind(name)
        if kind == "uuid":
            return "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"
        return _JSON_TYPES.get(kind, f"LONGTEXT CHARACTER SET utf8mb4 COLLATE {dialect.flavour.collation}")


def _written(value: Any) -> Any:
    """A stored value as JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")[:26].removesuffix("+00:00")
    if isinstance(value, date | time):
        return value.isoformat()
    return value


async def named(
    link: MySQLLink,
    count: int,
    error: Exception,
    attempt: Callable[[int, int], Awaitable[object]],
    place: Callable[[int], int],
) -> Exception:
    """A failure with the row that was refused, found by trying halves.

    :param attempt: does to the rows from one place to another what failed with all of them.
    :param place: where a row stood in the operation.
    """
    if not is_refusal(error) or not link.is_open:
        return error
    await link.control(_MARK)

    async def tried(start: int, end: int) -> Exception | None:
        try:
            await attempt(start, end)
        except Exception as refusal:
            if not link.is_open:
                raise
            return refusal
        finally:
            if link.is_open:
                await link.control(_UNDO)
        return None

    row = await refused_row(count, tried)
    return error if row is None else RowFailed(error, place(row))
