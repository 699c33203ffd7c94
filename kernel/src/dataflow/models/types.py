"""The types a field may have, as data that adapters and plugins read."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Literal

import attrs

Kind = Literal[
    "str",
    "int",
    "float",
    "bool",
    "decimal",
    "datetime",
    "date",
    "time",
    "timedelta",
    "uuid",
    "bytes",
    "enum",
    "literal",
    "dict",
    "list",
    "mapping",
    "object",
    "any",
]

#: kinds whose values have no structure of their own: one column, one comparable value
SCALAR_KINDS: frozenset[str] = frozenset(
    (
        "str",
        "int",
        "float",
        "bool",
        "decimal",
        "datetime",
        "date",
        "time",
        "timedelta",
        "uuid",
        "bytes",
        "enum",
        "literal",
    )
)
#: kinds that are stored as one JSON document
JSON_KINDS: frozenset[str] = frozenset(("dict", "list", "mapping", "object", "any"))
#: kinds with a total order that every database agrees on
ORDERED_KINDS: frozenset[str] = frozenset(
    (
        "str",
        "int",
        "float",
        "decimal",
        "datetime",
        "date",
        "time",
        "timedelta",
        "uuid",
        "enum",
        "literal",
        "bool",
        "bytes",
    )
)

PYTHON_TYPES: dict[type, Kind] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    decimal.Decimal: "decimal",
    datetime.datetime: "datetime",
    datetime.date: "date",
    datetime.time: "time",
    datetime.timedelta: "timedelta",
    uuid.UUID: "uuid",
    bytes: "bytes",
    dict: "dict",
    list: "list",
}


@attrs.frozen
class FieldType:
    """One type, resolved from an annotation.

    ``python`` is the class of a valid value (for "literal" the class of its choices).
    ``item`` is the element type of a "list" and the value type of a "mapping"; None means
    any JSON value. ``choices`` are the allowed values of an "enum" (its members) or a
    "literal". ``nullable`` only matters inside another type: a field has its own flag.
    """

    kind: Kind
    python: type
    item: FieldType | None = None
    choices: tuple[object, ...] = ()
    nullable: bool = False

    @property
    def is_scalar(self) -> bool:
        return self.kind in SCALAR_KINDS

    @property
    def is_json(self) -> bool:
        return self.kind in JSON_KINDS

    def __str__(self) -> str:
        text = self._spelling()
        return f"{text} | None" if self.nullable else text

    def _spelling(self) -> str:
        if self.kind == "list" and self.item is not None:
            return f"list[{self.item}]"
        if self.kind == "mapping":
            return f"dict[str, {self.item}]"
        if self.kind == "literal":
            return f"Literal[{', '.join(map(repr, self.choices))}]"
        return "Any" if self.kind == "any" else self.python.__name__


def scalar(python: type) -> FieldType:
    """The type of a plain scalar class such as ``str`` or ``uuid.UUID``."""
    return FieldType(PYTHON_TYPES[python], python)


ANY = FieldType("any", object, nullable=True)
STR = scalar(str)
INT = scalar(int)
BOOL = scalar(bool)
FLOAT = scalar(float)
DATETIME = scalar(datetime.datetime)
DICT = scalar(dict)
LIST = scalar(list)
