"""Keyset cursors: the sort values of the last record seen as opaque text, and the condition of what follows it.

A cursor is URL-safe base64 of four bytes of CRC-32 and a JSON list: the model, the keys of the sort, their values.
The checksum finds what was cut or mistyped; it keeps no secret and proves no origin, and needs neither, because a
cursor says no more than where a page starts.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.expressions.combining import all_of, any_of
from dataflow.expressions.tree import Compare, Expression, Sort, SortKey
from dataflow.models.model import Field, Model
from dataflow.values.coercion import coerce
from dataflow.values.documents import from_document, to_document
from dataflow.values.faults import ValueFault


def encode_cursor(model: Model, sort: Sort, record: Mapping[str, Any]) -> str:
    """The cursor of the page after ``record``, which holds the sort's fields."""
    values = [_written(model.fields[key.field], record[key.field]) for key in sort]
    text = json.dumps([model.name, _spelled(sort), values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


def decode_cursor(text: str, model: Model, sort: Sort) -> tuple[object, ...] | Problem:
    """The sort values in a cursor, or the problem of one that is damaged or was made for another list."""
    try:
        name, keys, values = _opened(text)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return _problem(model, "cannot be read", "the text was cut, changed or made by something else")
    if name != model.name or keys != _spelled(sort):
        made_for = f"it was made for {name} sorted by {', '.join(map(str, keys))}"
        return _problem(model, f"belongs to another list: this one is sorted by {', '.join(_spelled(sort))}", made_for)
    try:
        return tuple(_read(model.fields[key.field], value) for key, value in zip(sort, values, strict=True))
    except Exception:  # a class of the user's own is asked for a value and may raise anything
        return _problem(
            model, "holds values that the fields of the sort do not take", f"{model.name} may have changed since"
        )


def _opened(text: str) -> tuple[str, list[str], list[Any]]:
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if zlib.crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
        raise ValueError(text)
    name, keys, values = json.loads(raw[4:])
    if not (isinstance(name, str) and isinstance(keys, list) and isinstance(values, list)):
        raise TypeError(text)
    return name, keys, values


def _spelled(sort: Sort) -> list[str]:
    return [f"-{key.field}" if key.descending else key.field for key in sort]


def _written(field: Field, value: Any) -> Any:
    # by name: the value of an enum's member may be anything
    return value.name if isinstance(value, Enum) else to_document(field.type, value)


def _read(field: Field, value: Any) -> Any:
    if value is None:
        if field.nullable:
            return None
        raise ValueFault(str(field.type))
    if field.type.kind == "enum":
        return field.type.python[value]  # type: ignore[index]  # an enum's class
    return coerce(field.type, from_document(field.type, value))


def _problem(model: Model, message: str, cause: str) -> Problem:
    return Problem(
        code="DF-N121",
        message=f"the cursor of {model.name} {message}",
        where=Where(model=model.name, path=("cursor",)),
        cause=cause,
        solutions=(
            Solution("pass on the cursor as it came, with the same sort:", '"cursor": page["next_cursor"]'),
            Solution("or start again from the first page:", '"cursor": None'),
        ),
    )


def after_expression(sort: Sort, after: tuple[object, ...], model: Model) -> Expression:
    """The condition of the records that come after the one with these sort values.

    For each key: equal in all keys before it, and beyond in this one.
    """
    ways: list[Expression] = []
    equal: list[Expression] = []
    for key, value in zip(sort, after, strict=True):
        beyond = _beyond(key, value, model.fields[key.field].nullable)
        ways += [all_of([*equal, one]) for one in beyond]
        equal.append(Compare(key.field, "null", True) if value is None else Compare(key.field, "eq", value))
    return any_of(ways)


def _beyond(key: SortKey, value: object, nullable: bool) -> list[Expression]:
    """What one key's values are after ``value``; nulls come first in ascending order and last in descending."""
    if value is None:
        return [] if key.descending else [Compare(key.field, "null", False)]
    if not key.descending:
        return [Compare(key.field, "gt", value)]
    smaller: list[Expression] = [Compare(key.field, "lt", value)]
    return [*smaller, Compare(key.field, "null", True)] if nullable else smaller
