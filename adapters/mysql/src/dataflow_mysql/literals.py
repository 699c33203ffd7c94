"""Values as SQL literals: neither driver binds values on the server, so that a statement leaves with them written in.

Backslash and quote are all that ends or changes a text in quotes where backslashes escape, which every session starts
with; the connection is in UTF-8, in which no other character holds their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_MICROSECOND = timedelta(microseconds=1)


class Listed(tuple[Any, ...]):
    """Values that stand in parentheses, as after IN; none at all are one null, which nothing equals."""

    __slots__ = ()


def text(value: str) -> str:
    if type(value) is not str:
        # a class of its own may write and replace in its own way, as markup does
        value = str.__str__(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _number(value: float) -> str:
    written = float.__repr__(value)
    # without an exponent it would be a decimal, which is compared in another way
    return written if "e" in written else f"{written}e0"


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _bytes(value: bytes) -> str:
    """Byte by byte, with the surrogates that the driver turns back: digits would take twice the room."""
    return "_binary" + text(value.decode("ascii", "surrogateescape"))


def _moment(value: datetime) -> str:
    moment = value.astimezone(UTC) if value.tzinfo is not None and value.tzinfo is not UTC else value
    return f"TIMESTAMP'{moment.isoformat(' ')[:26].removesuffix('+00:00')}'"


def plain_literal(value: Any) -> str:
    """One value as SQL that is text, and that a column can have as its default: no bytes as they are, no word before a quote."""
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return re.sub(r"^(?:DATE|TIME|TIMESTAMP)(?=')", "", literal(value))


def _listed(values: Sequence[Any]) -> str:
    return "(" + ", ".join(map(literal, values)) + ")" if values else "(NULL)"


#: by the class itself, which is what a field holds
WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: text,
    int: int.__repr__,
    type(None): lambda _: "NULL",
    bool: lambda value: "1" if value else "0",
    float: _number,
    Decimal: _decimal,
    bytes: _bytes,
    datetime: _moment,
    date: lambda value: f"DATE'{value.isoformat()}'",
    time: lambda value: f"TIME'{value.isoformat()}'",
    Listed: _listed,
    # a number of microseconds, as a field holds it
    timedelta: lambda value: str(value // _MICROSECOND),
    UUID: lambda value: f"'{value}'",
}


def literal(value: Any) -> str:
    """One value as SQL.

    :raises TypeError: for a value of another class, which only a statement of the user's own can hold.
    """
    write = WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for known, write in WRITERS.items():
        if isinstance(value, known):
            return write(value)
    raise TypeError(f"a {type(value).__name__} is no value of a statement")


def written(sql: str, values: Sequence[Any]) -> str:
    """A statement with its values in place of ``%s``; without values it is left as it is."""
    if not values:
        return sql.replace("%%", "%") if "%%" in sql else sql
    return sql % tuple([literal(value) for value in values])


def column(values: Sequence[Any]) -> list[str]:
    """A whole column of stored values as SQL: the texts of a column are escaped at once, as one text."""
    kinds = set(map(type, values))
    if kinds == {str}:
        # no text of a field holds NUL
        whole = "\0".join(values)
        if whole.count("\0") == len(values) - 1:
            return text(whole).replace("\0", "'\0'").split("\0")
    if kinds == {int}:
        return list(map(str, values))
    first = values[0] if values else None
    if values.count(first) == len(values):
        # the moment of the insert, or what was left out
        return [literal(first)] * len(values)
    writers = {kind: WRITERS.get(kind, literal) for kind in kinds}
    return [writers[type(value)](value) for value in values]
