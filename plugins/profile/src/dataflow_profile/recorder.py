"""From the events of an instance to what was under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import attrs

from dataflow.runtimes.events import Area, Event
from dataflow_profile.work import Kind, Work, rows_of

#: what has to be told for a profile
AREAS: tuple[Area, ...] = ("exec", "result", "sql", "scope", "cache")
Key = tuple[str | None, str | None, str | None]


@attrs.define(eq=False)
class Recorder:
    """Give ``note`` to ``db.observing``. Thread-safe: several runtimes tell from threads of their own.

    ``label`` is what runs are called, instead of by their workflow's name.
    """

    label: str | None = None
    clock: Callable[[], float] = time.perf_counter
    #: runs, and calls outside of any, in the order of their ends
    finished: list[Work] = attrs.field(factory=list, init=False)
    _open: dict[Key, Work] = attrs.field(factory=dict, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def note(self, event: Event) -> None:
        """Take down one event."""
        now = self.clock()
        with self._lock:
            if event.area == "exec" and event.name == "start":
                self._begin(event, now)
            elif event.area == "result":
                self._end(event, now)
            elif event.elapsed_ms is not None and event.area != "exec":
                self._part(event, now)

    def _begin(self, event: Event, now: float) -> None:
        kind: Kind = "call" if event.call_id else "step" if event.node_id else "run"
        name = {"call": event.node_type, "step": event.node_id, "run": self.label or event.details.get("workflow")}
        work = Work(kind, str(name[kind]), now, node_type=event.node_type, model=event.model)
        work.queued_ms = event.details.get("queued_ms", 0.0)
        if kind == "call":
            work.question = hash((event.node_type, repr(event.details.get("params"))))
        self._open[_key(event)] = work
        if kind != "run" and (around := self._around(event)) is not None:
            around.parts.append(work)

    def _end(self, event: Event, now: float) -> None:
        work = self._open.pop(_key(event), None)
        if work is None:
            # it began before anybody measured
            return
        work.end_s = now
        work.failed = event.name == "error"
        work.validation_ms = event.details.get("validation_ms", 0.0)
        result = event.details.get("result")
        if not work.failed and (event.model is not None or (isinstance(result, Mapping) and "rows" in result)):
            work.rows = rows_of(result)
        if work.kind == "run" or self._around(event) is None:
            self.finished.append(work)

    def _part(self, event: Event, now: float) -> None:
        around = self._open.get(_key(event)) or self._around(event)
        if around is None or event.elapsed_ms is None:
            return
        kind: Kind = "statement" if event.area == "sql" else "tables" if event.area == "cache" else "transaction"
        if kind == "tables" and any(
            one.kind == "tables" and now - one.end_s < 1e-3 for one in around.parts if one.end_s
        ):
            # one look at the tables is told of for each of them
            return
        name = {"statement": " ".join(str(event.details.get("statement")).split()), "tables": "first use of tables"}
        began = now - event.elapsed_ms / 1000
        around.parts.append(Work(kind, name.get(kind, event.name), began, now, failed=event.name == "error"))

    def _around(self, event: Event) -> Work | None:
        """What something is a part of: a call of its step, a step of its run."""
        if event.call_id is not None and event.node_id is not None:
            return self._open.get((event.run_id, event.node_id, None))
        return self._open.get((event.run_id, None, None)) if event.run_id is not None else None


def _key(event: Event) -> Key:
    return event.run_id, event.node_id, event.call_id
