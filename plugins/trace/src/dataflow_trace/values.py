"""Values as a trace shows them: what the kernel masks and cuts, with rows counted, scopes named, and a form for JSON."""

from __future__ import annotations

import datetime
import decimal
import enum
import itertools
import uuid
from collections.abc import Mapping, Sized
from typing import Any

import attrs

from dataflow.diagnostics.shown import MAX_DEPTH, MAX_ITEMS
from dataflow.diagnostics.shown import Shown as ShownAnywhere
from dataflow.runtimes.branches import OpenedScope
from dataflow.runtimes.events import Event

_MOMENTS = (datetime.date, datetime.time, datetime.timedelta)
_SCALARS = (str, int, float, bool, type(None))
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
class Shown(ShownAnywhere):
    """Turns values into text, or into what JSON has."""

    def __call__(self, value: object, depth: int = 0) -> str:
        # most values are these
        if type(value) in _SCALARS:
            return super().__call__(value, depth)
        if isinstance(value, _MOMENTS):
            return str(value)
        if isinstance(value, Counted):
            return value.text
        if isinstance(value, OpenedScope):
            return self({"start": value.transaction}, depth)
        if hasattr(value, "savepoint"):
            return f"<transaction {getattr(value, 'id', '')}>"
        return super().__call__(value, depth)

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


def _count(name: str, value: object, free: str | None) -> object:
    if free is not None:
        return Counted(free if free.startswith("<") else _number(value, free))
    if name not in _ROWS or not isinstance(value, list | tuple):
        return value
    return Counted(_number(value, "id" if name == "ids" else "error" if name == "errors" else "row"))


def _number(value: object, what: str) -> str:
    count = len(value) if isinstance(value, Sized) else 1
    return f"<{count} {what}{'' if count == 1 else 's'}>"
