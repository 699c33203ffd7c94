"""Observers of events: compiled once, and unable to break what they observe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import attrs
import pluggy

from dataflow.runtimes.events import Area, Event

log = logging.getLogger("dataflow")


@attrs.frozen(eq=False)
class Observer:
    """One plugin's function for events; ``areas`` are those it wants, None is all of them."""

    plugin: str
    observe: Callable[..., object]
    takes_event: bool
    areas: frozenset[Area] | None
    _failed: set[str]

    def wants(self, areas: Iterable[Area]) -> bool:
        return self.areas is None or not self.areas.isdisjoint(areas)

    def __call__(self, event: Event) -> None:
        if self.areas is not None and event.area not in self.areas:
            return
        try:
            self.observe(*((event,) if self.takes_event else ()))
        except Exception:
            # once per plugin: one that fails at every statement would drown the application's log
            if self.plugin not in self._failed:
                self._failed.add(self.plugin)
                message = "plugin '%s' failed to observe an event; its further failures are not logged"
                log.exception(message, self.plugin)


@attrs.define(eq=False)
class Listeners:
    """Who listens to some areas at this moment: one object for as long as the instance lives, so that a look is one attribute."""

    areas: tuple[Area, ...]
    observers: tuple[Observer, ...] = ()

    def choose(self, among: Iterable[Observer]) -> None:
        """Take those of all observers that want any of the areas; without areas, all of them."""
        self.observers = tuple(one for one in among if not self.areas or one.wants(self.areas))


def compiled_observers(hook: pluggy.HookCaller, failed: set[str]) -> tuple[Observer, ...]:
    """One per implementation, the latest plugin first; empty when nobody listens.

    A plugin's attribute ``wants_events`` says what it listens to: false is nothing, areas are those alone.

    :param failed: names of plugins whose failure is already logged; those that fail are added.
    """
    wanted = [(one, getattr(one.plugin, "wants_events", True)) for one in reversed(hook.get_hookimpls())]
    return tuple(
        Observer(one.plugin_name, one.function, bool(one.argnames), None if wants is True else frozenset(wants), failed)
        for one, wants in wanted
        if wants
    )
