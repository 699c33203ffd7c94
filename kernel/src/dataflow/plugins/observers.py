"""Observers of events: compiled once, and unable to break what they observe."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pluggy

from dataflow.runtimes.events import Event

Observer = Callable[[Event], None]
log = logging.getLogger("dataflow")


def compiled_observers(hook: pluggy.HookCaller, failed: set[str]) -> tuple[Observer, ...]:
    """One function per implementation, the latest plugin first; empty when nobody listens.

    A plugin whose attribute ``wants_events`` is false has an implementation and does not listen.

    :param failed: names of plugins whose failure is already logged; those that fail are added.
    """
    return tuple(
        _guarded(one.plugin_name, one.function, bool(one.argnames), failed)
        for one in reversed(hook.get_hookimpls())
        if getattr(one.plugin, "wants_events", True)
    )


def _guarded(plugin: str, observe: Callable[..., object], takes_event: bool, failed: set[str]) -> Observer:
    def observer(event: Event) -> None:
        try:
            observe(*((event,) if takes_event else ()))
        except Exception:
            # once per plugin: one that fails at every statement would drown the application's log
            if plugin not in failed:
                failed.add(plugin)
                log.exception("plugin '%s' failed to observe an event; its further failures are not logged", plugin)

    return observer
