"""Filters of which connections will fill a part: the places that nothing is known of yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs


@attrs.frozen
class Connected:
    """Stands for a value that a connection will bring."""


CONNECTED: Final = Connected()


def marked(value: object, connected: frozenset[tuple[str, ...]], path: tuple[str | int, ...]) -> object:
    """A filter with CONNECTED at every place that a connection will fill; ``path`` leads to the filter itself."""
    prefix = tuple(map(str, path))
    for place in sorted(connected):
        if place[: len(prefix)] == prefix:
            value = _placed(value, place[len(prefix) :])
    return value


def _placed(value: object, path: tuple[str, ...]) -> object:
    if not path:
        return CONNECTED
    name, rest = path[0], path[1:]
    if isinstance(value, list | tuple):
        return [_placed(item, rest) if str(index) == name else item for index, item in enumerate(value)]
    inner = value if isinstance(value, Mapping) else {}
    return {**inner, name: _placed(inner.get(name), rest)}


def is_open(value: Any) -> bool:
    """Whether a value holds a place that a connection will fill."""
    waiting, seen = [value], set[int]()
    while waiting:
        value = waiting.pop()
        if value is CONNECTED:
            return True
        # a value that holds itself is not gone through for ever
        if isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, Mapping) else value
    return False
