"""What is under way: a run, a node of it, a direct call. Known only while somebody observes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import attrs

from dataflow.runtimes.events import Area, Event, OnEvent

T = TypeVar("T")

#: the areas whose events say what they belong to
WITHIN: tuple[Area, ...] = ("exec", "result", "skip", "sql", "scope", "cache", "migration")


@attrs.frozen(kw_only=True)
class Activity:
    """The ids that the events of something under way have."""

    run_id: str | None = None
    node_id: str | None = None
    node_type: str | None = None
    model: str | None = None
    call_id: str | None = None

    def event(self, area: Area, name: str, started: float | None = None, **facts: Any) -> Event:
        """An event of it; ``started`` is what ``time.perf_counter`` was, ``facts`` are further fields."""
        own = {
            "run_id": self.run_id,
            "node_id": self.node_id,
            "node_type": self.node_type,
            "model": self.model,
            "call_id": self.call_id,
            "elapsed_ms": None if started is None else (time.perf_counter() - started) * 1000,
        }
        return Event(area=area, name=name, **{**own, **facts})


NOTHING = Activity()
current: ContextVar[Activity] = ContextVar("dataflow_activity", default=NOTHING)


def happened(area: Area, name: str, started: float | None = None, **facts: Any) -> Event:
    """An event of what is under way here, of no certain node type and model."""
    return current.get().event(area, name, started, **{"node_type": None, "model": None, **facts})


@contextmanager
def during(activity: Activity) -> Iterator[None]:
    """What happens in the block, and in tasks that are started there, belongs to the activity."""
    token = current.set(activity)
    try:
        yield
    finally:
        current.reset(token)


@attrs.define(eq=False)
class Measured:
    """What was measured of something under way, in seconds; told when it ends."""

    validation_s: float = 0.0

    def bound(self, bind: Callable[[], T]) -> T:
        """What ``bind`` gives; the time that it takes counts as validation."""
        started = time.perf_counter()
        try:
            return bind()
        finally:
            self.validation_s += time.perf_counter() - started

    def details(self) -> dict[str, float]:
        return {"validation_ms": round(self.validation_s * 1000, 3)}


async def told(
    activity: Activity,
    work: Callable[[], Awaitable[T]],
    tell: OnEvent,
    params: Mapping[str, Any],
    measured: Measured | None = None,
    **facts: Any,
) -> T:
    """Do something, tell of its start and its end, and let everything that happens meanwhile be known as its own.

    :param measured: what ``work`` measures of itself, among the details of the end.
    :param facts: further details of its start.
    """
    started = time.perf_counter()
    transaction_id = getattr(params.get("transaction"), "id", None)
    shown = {name: value for name, value in params.items() if name != "transaction"}
    with during(activity):
        tell(activity.event("exec", "start", transaction_id=transaction_id, details={"params": shown, **facts}))
        try:
            result = await work()
        except BaseException as error:
            tell(activity.event("result", "error", started, details={"error": error, **_details(measured)}))
            raise
        tell(activity.event("result", "finish", started, details={"result": result, **_details(measured)}))
        return result


def _details(measured: Measured | None) -> dict[str, float]:
    return {} if measured is None else measured.details()
