"""Values as traces, inspections and pictures may show them: secrets masked, long ones cut, nothing that steers a terminal."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import itertools
import uuid
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from dataflow.diagnostics.secret import Secret, is_secret_name

MASK: Final = "'***'"
MAX_ITEMS: Final = 20
MAX_DEPTH: Final = 6
_PLAIN = (str, int, float, decimal.Decimal, uuid.UUID, datetime.date, datetime.time, datetime.timedelta, enum.Enum)


@attrs.frozen
class Shown:
    """Turns values into text. ``hidden`` are names of fields whose values stay secret."""

    hidden: frozenset[str] = frozenset()
    limit: int = 200

    def __call__(self, value: object, depth: int = 0) -> str:
        if value is None or isinstance(value, _PLAIN):
            return self.cut(repr(value))
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, bytes | bytearray | memoryview):
            return f"<{len(value)} bytes>"
        if depth >= MAX_DEPTH:
            return "..."
        if isinstance(value, Mapping):
            return f"{{{self._items(self._pair(key, item, depth) for key, item in value.items())}}}"
        if isinstance(value, list | tuple | set | frozenset):
            return f"[{self._items((self(item, depth + 1) for item in value), len(value))}]"
        return self._object(value, depth)

    def cut(self, text: str) -> str:
        """A text on one line, not longer than the limit, with everything else escaped."""
        kept = text if len(text) <= self.limit else f"{text[: self.limit - 3]}..."
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in kept)

    def under(self, key: object, value: object, depth: int = 0) -> str:
        """The value that a name was given."""
        return MASK if self._is_hidden(key) else self(value, depth)

    def _pair(self, key: object, item: object, depth: int) -> str:
        return f"{self.cut(repr(key))}: {self.under(key, item, depth + 1)}"

    def _is_hidden(self, key: object) -> bool:
        return isinstance(key, str) and (key in self.hidden or is_secret_name(key))

    def _items(self, texts: Iterable[str], total: int | None = None) -> str:
        found = list(itertools.islice(texts, MAX_ITEMS + 1))
        if len(found) > MAX_ITEMS:
            found[MAX_ITEMS] = "..." if total is None else f"... {total - MAX_ITEMS} more"
        return ", ".join(found)

    def _object(self, value: object, depth: int) -> str:
        if inspect.isroutine(value) or isinstance(value, type):
            return f"<{self.cut(value.__name__)}>"
        # the repr of a foreign class may spell out anything it holds
        cls = type(value)
        if not attrs.has(cls):
            return f"<{cls.__name__}>"
        parts = {one.name: getattr(value, one.name, None) for one in attrs.fields(cls)}
        # a condition of a filter names its field beside the value
        if any(self._is_hidden(part) for part in parts.values()):
            return f"{cls.__name__}({MASK})"
        texts = (f"{name}={MASK if self._is_hidden(name) else self(part, depth + 1)}" for name, part in parts.items())
        return f"{cls.__name__}({self._items(texts)})"
