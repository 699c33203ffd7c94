"""When each step of a run began, and how long it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

import attrs

from dataflow.runtimes.events import Event
from dataflow.workflows.pictures import Status, StepState


@attrs.frozen
class Bar:
    """One execution of one step; a step that was done again has several. ``start_ms`` counts from the first event."""

    step: str
    start_ms: float
    elapsed_ms: float
    status: Status

    @property
    def end_ms(self) -> float:
        return self.start_ms + self.elapsed_ms


@attrs.define(eq=False)
class Recording:
    """Give ``note`` to ``execute`` as ``on_event``; one recording is of one run."""

    clock: Callable[[], float] = time.perf_counter
    _bars: list[Bar] = attrs.field(factory=list, init=False)
    _skipped: list[str] = attrs.field(factory=list, init=False)
    _started: dict[str, float] = attrs.field(factory=dict, init=False)
    _first: float | None = attrs.field(default=None, init=False)

    def note(self, event: Event) -> None:
        """Take down what concerns a step."""
        now = self.clock() * 1000
        self._first = now if self._first is None else self._first
        if event.node_id is None:
            return
        if (event.area, event.name) == ("exec", "start"):
            self._started[event.node_id] = now - self._first
        elif event.area == "result":
            start = self._started.pop(event.node_id, now - self._first)
            elapsed = now - self._first - start if event.elapsed_ms is None else event.elapsed_ms
            self._bars.append(Bar(event.node_id, start, elapsed, _status(event)))
        elif event.area == "skip":
            self._skipped.append(event.node_id)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What ran, in the order of the beginnings."""
        return tuple(sorted(self._bars, key=lambda bar: bar.start_ms))

    def states(self) -> Mapping[str, StepState]:
        """What a picture of the run shows: of a step that was done again the last time."""
        found = {bar.step: StepState(bar.status, bar.elapsed_ms) for bar in self._bars}
        return found | {step: StepState("skipped") for step in self._skipped}


def _status(event: Event) -> Status:
    if event.name == "finish":
        return "ok"
    # another step's failure ended this one
    return "skipped" if isinstance(event.details.get("error"), asyncio.CancelledError) else "failed"
