"""Places inside JSON fields: ``profile.city``, ``tags.0``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import attrs

from dataflow.models.types import FieldType
from dataflow.values.coercion import coerce_str
from dataflow.values.documents import checked_document
from dataflow.values.faults import ValueFault

_INDEX_DIGITS = 9


def json_scalar(value: Any) -> Any:
    """A value that a place inside JSON is compared with.

    :raises ValueFault: for what JSON has no scalar for.
    """
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        raise ValueFault(
            f"a str, a number, a bool or None, which a place inside JSON can equal, not a {type(value).__name__}"
        )
    return checked_document(value)


def is_index(name: str) -> bool:
    """Whether a step of a path can be a position in a list."""
    return name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS and str(int(name)) == name


def path_fault(field_type: FieldType, path: tuple[str, ...]) -> str | None:
    """Why a path cannot lead into a field of this type; it completes "the filter for ... of ...". None when it can."""
    if not field_type.is_json:
        return f"reaches into a {field_type}, which has nothing inside"
    if not all(path):
        return "has an empty name between two dots"
    for name in path:
        try:
            coerce_str(name)
        except ValueFault as fault:
            return f"has a name that is not {fault.expected}"
    if field_type.kind == "list" and not is_index(path[0]):
        return f"reaches into a list by '{path[0]}', which is not a position such as 0"
    parts = _parts(field_type)
    if parts is not None and path[0] not in parts:
        return f"reaches for '{path[0]}', which a {field_type} does not have; it has {', '.join(map(repr, parts))}"
    if field_type.item is not None and len(path) > 1 and field_type.item.kind != "any":
        return path_fault(field_type.item, path[1:])
    return None


def _parts(field_type: FieldType) -> tuple[str, ...] | None:
    """The names inside an attrs class, a dataclass or a TypedDict; None when any name may be there."""
    cls = field_type.python
    if field_type.kind != "object":
        return None
    if attrs.has(cls):
        return tuple(one.name for one in attrs.fields(cls))
    if dataclasses.is_dataclass(cls):
        return tuple(one.name for one in dataclasses.fields(cls))
    return tuple(cls.__annotations__) if hasattr(cls, "__total__") else None


def pick(value: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of plain JSON data; None when there is nothing."""
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and is_index(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
