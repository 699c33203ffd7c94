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
    if isinstance(value, Mapping):
        return any(map(is_open, value.values()))
    if isinstance(value, list | tuple):
        return any(map(is_open, value))
    return value is CONNECTED
