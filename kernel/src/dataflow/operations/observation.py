"""Observers of events, joined into one function or into none."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.runtimes.events import Event, OnEvent


def observed(observers: Sequence[OnEvent], on_event: OnEvent | None) -> OnEvent | None:
    """One function that tells all of them, or None when nobody listens."""
    if not observers:
        return on_event
    listeners = (*observers, on_event) if on_event is not None else tuple(observers)
    if len(listeners) == 1:
        return listeners[0]

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell
