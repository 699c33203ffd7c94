"""How far out of the ordinary an event is."""

from __future__ import annotations

from dataflow.debugging import Level
from dataflow.runtimes.events import Event

_WARNINGS = ("retry", "rollback")


def level_of(event: Event) -> Level:
    if event.name == "error":
        return "error"
    return "warning" if event.name in _WARNINGS else "debug"
