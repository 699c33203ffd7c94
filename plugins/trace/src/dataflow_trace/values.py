"""Values as a trace may show them: secrets masked, rows counted, long ones cut, nothing that steers a terminal."""

from __future__ import annotations

import datetime
import decimal
import enum
import itertools
import uuid
from collections.abc import Iterable, Mapping, Sized
from typing import Any, Final

import attrs

from dataflow.diagnostics import Secret, is_secret_name
from dataflow.runtimes.branches import OpenedScope
from dataflow.runtimes.events import Event

MASK: Final = "'***'"
MAX_ITEMS: Final = 20
MAX_DEPTH: Final = 6
_MOMENTS = (datetime.date, datetime.time, datetime.timedelta)
_PLAIN = (str, int, float, decimal.Decimal, uuid.UUID, enum.Enum)
#: what holds the rows of a call or of its result
_ROWS = ("data", "records", "rows", "ids", "errors")
#: parameters of a user's own statements and code: their text may hold values, and the values belong to no field
_FREE: Mapping[str, Mapping[str, str]] = {
    "SQL": {"sql": "<statement>", "query": "<statement>", "params": "value", "parameters": "value"},
    "PythonCode": {"code": "<code>"},
}


@attrs.frozen
class Counted:
    """Stands for what is not shown, by its number."""

    text: str


@attrs.frozen
class Shown:
    """Turns values into text, or into what JSON has. ``hidden`` are names of fields whose values stay secret."""

    hidden: frozenset[str] = frozenset()
    limit: int = 200

    def __call__(self, value: object, depth: int = 0) -> str:
        if value is None or isinstance(value, _PLAIN):
            return self.cut(repr(value))
        if isinstance(value, _MOMENTS):
            return str(value)
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, Counted):
            return value.text
        if isinstance(value, bytes | bytearray | memoryview):
            return f"<{len(value)} bytes>"
        if depth >= MAX_DEPTH:
            return "..."
        if isinstance(value, Mapping):
            return f"{{{self._items(self._pair(key, item, depth) for key, item in value.items())}}}"
        if isinstance(value, list | tuple | set | frozenset):
            return f"[{self._items((self(item, depth + 1) for item in value), len(value))}]"
        return self._object(value, depth)

    def parameters(self, event: Event, params: object) -> str:
        """The parameters of a node or a call."""
        return self(self.counted(event, params))

    def result(self, result: object) -> str:
        return self(self.counted(None, result))

    def counted(self, event: Event | None, values: object) -> object:
        """Values by name with the number of rows in the place of rows.

        :param event: that of parameters, which a statement of the user's has of its own.
        """
        if not isinstance(values, Mapping):
            return values
        node_type = "" if event is None or event.model is not None else event.node_type or ""
        free = next((names for word, names in _FREE.items() if word in node_type), {})
        return {name: _count(name, value, free.get(name)) for name, value in values.items()}

    def tree(self, value: object, depth: int = 0) -> Any:
        """The value as JSON has it, with the same masks and cuts as its text."""
        if value is None or isinstance(value, bool | int | float):
            return value if not isinstance(value, float) or value - value == 0 else repr(value)
        if isinstance(value, str) and not isinstance(value, enum.Enum):
            return value if len(value) <= self.limit else f"{value[: self.limit - 3]}..."
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            pairs = itertools.islice(value.items(), MAX_ITEMS)
            kept = {str(key): "***" if self._is_hidden(key) else self.tree(one, depth + 1) for key, one in pairs}
            return kept if len(value) <= MAX_ITEMS else {**kept, "...": f"{len(value) - MAX_ITEMS} more"}
        if isinstance(value, list | tuple | set | frozenset) and depth < MAX_DEPTH:
            found = [self.tree(one, depth + 1) for one in itertools.islice(value, MAX_ITEMS)]
            return found if len(value) <= MAX_ITEMS else [*found, f"... {len(value) - MAX_ITEMS} more"]
        if isinstance(value, decimal.Decimal | uuid.UUID | enum.Enum):
            return self.cut(str(value.value if isinstance(value, enum.Enum) else value))
        return self(value, depth).strip("'")

    def cut(self, text: str) -> str:
        """A text on one line, not longer than the limit, with everything else escaped."""
        kept = text if len(text) <= self.limit else f"{text[: self.limit - 3]}..."
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in kept)

    def _pair(self, key: object, item: object, depth: int) -> str:
        return f"{self.cut(repr(key))}: {MASK if self._is_hidden(key) else self(item, depth + 1)}"

    def _is_hidden(self, key: object) -> bool:
        return isinstance(key, str) and (key in self.hidden or is_secret_name(key))

    def _items(self, texts: Iterable[str], total: int | None = None) -> str:
        found = list(itertools.islice(texts, MAX_ITEMS + 1))
        if len(found) > MAX_ITEMS:
            found[MAX_ITEMS] = "..." if total is None else f"... {total - MAX_ITEMS} more"
        return ", ".join(found)

    def _object(self, value: object, depth: int) -> str:
        cls = type(value)
        if isinstance(value, OpenedScope):
            return self({"start": value.transaction}, depth)
        if hasattr(value, "savepoint"):
            return f"<transaction {getattr(value, 'id', '')}>"
        # the repr of a foreign class may spell out anything it holds
        if not attrs.has(cls):
            return f"<{cls.__name__}>"
        parts = {one.name: getattr(value, one.name, None) for one in attrs.fields(cls)}
        # a condition of a filter names its field beside the value
        if any(self._is_hidden(part) for part in parts.values()):
            return f"{cls.__name__}({MASK})"
        texts = (f"{name}={MASK if self._is_hidden(name) else self(part, depth + 1)}" for name, part in parts.items())
        return f"{cls.__name__}({self._items(texts)})"


def _count(name: str, value: object, free: str | None) -> object:
    if free is not None:
        return Counted(free if free.startswith("<") else _number(value, free))
    if name not in _ROWS or not isinstance(value, list | tuple):
        return value
    return Counted(_number(value, "id" if name == "ids" else "error" if name == "errors" else "row"))


def _number(value: object, what: str) -> str:
    count = len(value) if isinstance(value, Sized) else 1
    return f"<{count} {what}{'' if count == 1 else 's'}>"
