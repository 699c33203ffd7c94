"""Values as JSON can hold them, and back: what JSON has no form for is tagged ``{"$type": ..., "value": ...}``.

Nothing is imported and nothing is called by a name that stands in the data: an enum is found among the
fields of registered models only.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, get_args
from uuid import UUID

import attrs

from dataflow.expressions.tree import And, Compare, Expression, Not, Operator, Or, SortKey

TAG = "$type"
Path = tuple[str | int, ...]


class TagFault(Exception):
    """A value that is no data, or data that is no value, at a path; its catcher words the problem."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what


_EXACT = (str, int, bool, type(None))


def tagged(value: Any, path: Path = ()) -> Any:
    """A value as JSON can hold it.

    :raises TagFault: for functions and other objects.
    """
    if type(value) in _EXACT or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, list):
        return [tagged(item, (*path, number)) for number, item in enumerate(value)]
    if isinstance(value, Mapping):
        return _mapping(value, path)
    if isinstance(value, Enum):
        return {TAG: "enum", "of": enum_name(type(value)), "value": value.name}
    write = next((write for kind, (_, write) in _WRITERS.items() if type(value) is kind), None)
    if write is None:
        raise TagFault(path, "a function" if callable(value) else f"a value of type {type(value).__name__}")
    name = next(name for kind, (name, _) in _WRITERS.items() if type(value) is kind)
    return {TAG: name, "value": write(value, path)}


def _mapping(value: Mapping[Any, Any], path: Path) -> Any:
    if TAG not in value and all(type(name) is str for name in value):
        return {name: tagged(item, (*path, name)) for name, item in value.items()}
    pairs = [[tagged(name, path), tagged(item, (*path, str(name)))] for name, item in value.items()]
    return {TAG: "dict", "value": pairs}


def enum_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _text(value: Any, path: Path) -> str:
    return str(value)


def _iso(value: Any, path: Path) -> str:
    text: str = value.isoformat()
    return text


def _items(value: Iterable[Any], path: Path) -> list[Any]:
    return [tagged(item, (*path, number)) for number, item in enumerate(value)]


def _set(value: Iterable[Any], path: Path) -> list[Any]:
    return sorted((tagged(item, path) for item in value), key=repr)


def _fields(value: Any, path: Path) -> dict[str, Any]:
    return {field.name: tagged(getattr(value, field.name), (*path, field.name)) for field in attrs.fields(type(value))}


def _expressions(items: Any) -> tuple[Expression, ...]:
    if not isinstance(items, tuple) or not all(isinstance(one, Expression) for one in items):
        raise TypeError(items)
    return items


def _compare(field: Any, operator: Any, value: Any, path: Any = ()) -> Compare:
    texts = (field, *path)
    if operator not in get_args(Operator) or not isinstance(path, tuple) or not all(type(one) is str for one in texts):
        raise TypeError(operator)
    return Compare(field, operator, value, path)


def _sort_key(field: Any, descending: Any = False) -> SortKey:
    if type(field) is not str or type(descending) is not bool:
        raise TypeError(field)
    return SortKey(field, descending)


_WRITERS: dict[type, tuple[str, Callable[[Any, Path], Any]]] = {
    datetime: ("datetime", lambda value, path: [value.isoformat(), value.fold]),
    date: ("date", _iso),
    time: ("time", lambda value, path: [value.isoformat(), value.fold]),
    timedelta: ("timedelta", lambda value, path: [value.days, value.seconds, value.microseconds]),
    Decimal: ("Decimal", _text),
    UUID: ("UUID", _text),
    bytes: ("bytes", lambda value, path: base64.b64encode(value).decode()),
    float: ("float", _text),
    tuple: ("tuple", _items),
    set: ("set", _set),
    frozenset: ("frozenset", _set),
    Compare: ("Compare", _fields),
    And: ("And", _fields),
    Or: ("Or", _fields),
    Not: ("Not", _fields),
    SortKey: ("SortKey", _fields),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": lambda value: datetime.fromisoformat(value[0]).replace(fold=value[1]),
    "date": date.fromisoformat,
    "time": lambda value: time.fromisoformat(value[0]).replace(fold=value[1]),
    "timedelta": lambda value: timedelta(*value),
    "Decimal": Decimal,
    "UUID": UUID,
    "bytes": lambda value: base64.b64decode(value, validate=True),
    "float": float,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "Compare": lambda value: _compare(**value),
    "And": lambda value: And(_expressions(**value)),
    "Or": lambda value: Or(_expressions(**value)),
    "Not": lambda value: Not(*_expressions((value["item"],))),
    "SortKey": lambda value: _sort_key(**value),
}


def untagged(value: Any, enums: Mapping[str, type[Enum]], path: Path = ()) -> Any:
    """The value that ``tagged`` wrote.

    :raises TagFault: for a tag that is not known or does not fit.
    """
    if isinstance(value, list):
        return [untagged(item, enums, (*path, number)) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {name: untagged(item, enums, (*path, name)) for name, item in value.items()}
    name, inner = value[TAG], value.get("value")
    if name == "enum":
        return _enum_member(value, enums, path)
    read = _READERS.get(name) if isinstance(name, str) else None
    if read is None:
        raise TagFault(path, f"an unknown tag {name!r}")
    try:
        return read(untagged(inner, enums, path))
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise TagFault(path, f"no {name}: {inner!r}") from error


def _enum_member(value: Mapping[str, Any], enums: Mapping[str, type[Enum]], path: Path) -> Enum:
    cls = enums.get(str(value.get("of")))
    member = None if cls is None else cls.__members__.get(str(value.get("value")))
    if member is None:
        raise TagFault(path, f"a value of enum '{value.get('of')}', which no field of a registered model has")
    return member
