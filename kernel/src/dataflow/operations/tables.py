"""Which tables of an instance are known to be there: the schema cache."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

import attrs

from dataflow.adapters import TableState
from dataflow.inspection.report import Grid, Report, table
from dataflow.models.model import Model


@attrs.define(eq=False)
class TableSlot:
    """Whether one model's table may be used without asking: until ``until`` on the monotonic clock."""

    model: Model
    until: float = 0.0
    fingerprint: str = ""
    ensured_at: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        return self.until > time.monotonic()


@attrs.frozen
class CachedTable:
    """One line of ``db.schema_cache.inspect()``."""

    table: str
    model: str
    fresh: bool
    ensured_at: datetime | None
    fingerprint: str

    @property
    def age(self) -> str:
        """Since when the table is known, and whether it is to be looked at again."""
        if self.ensured_at is None:
            return "not used yet"
        return f"since {self.ensured_at:%H:%M:%S}" + ("" if self.fresh else ", looked at again at its next use")


@attrs.frozen
class SchemaCacheInspection(Report):
    """What the schema cache knows at one moment."""

    tables: tuple[CachedTable, ...]

    def lines(self) -> Iterator[str]:
        yield "schema cache"
        yield from table([(one.table, one.model, one.age) for one in self.tables]) or [
            "  empty: no table has been used yet"
        ]

    def grids(self) -> Iterator[Grid]:
        rows = [(one.table, one.model, one.age, one.fingerprint) for one in self.tables]
        yield Grid("schema cache", ("table", "model", "known", "fingerprint"), rows)


@attrs.define(eq=False)
class SchemaCache:
    """The slots of one instance. Thread-safe; ``ttl_s`` None keeps an entry for ever.

    A slot is read without the lock: it only ever turns fresh after its table is there, and a reader
    that misses that merely asks again.
    """

    enabled: bool = True
    ttl_s: float | None = None
    max_size: int = 10_000
    _slots: OrderedDict[str, TableSlot] = attrs.field(factory=OrderedDict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def slot(self, model: Model) -> TableSlot:
        """The slot of a model; the one longest unused is dropped when there are too many."""
        with self._lock:
            slot = self._slots.get(model.name)
            if slot is None or slot.model is not model:
                slot = self._slots[model.name] = TableSlot(model)
            self._slots.move_to_end(model.name)
            while len(self._slots) > self.max_size:
                self._slots.popitem(last=False)[1].until = 0.0
            return slot

    def store(self, model: Model, state: TableState) -> None:
        """Note that a table is there and fits."""
        slot = self.slot(model)
        slot.fingerprint = state.fingerprint
        slot.ensured_at = datetime.now(UTC)
        self.renew(slot)

    def renew(self, slot: TableSlot) -> None:
        """Let a slot be trusted for another while."""
        if self.enabled:
            slot.until = float("inf") if self.ttl_s is None else time.monotonic() + self.ttl_s

    def expire(self, model: Model) -> None:
        """Have the next use of a model look at its table again."""
        self.slot(model).until = 0.0

    def clear(self) -> None:
        """Forget everything: the next use of each model looks at its table again."""
        with self._lock:
            for slot in self._slots.values():
                slot.until = 0.0

    def inspect(self) -> SchemaCacheInspection:
        """Every table that the cache knows, the one longest unused first."""
        with self._lock:
            return SchemaCacheInspection(
                tuple(
                    CachedTable(slot.model.table, name, slot.is_fresh, slot.ensured_at, slot.fingerprint)
                    for name, slot in self._slots.items()
                )
            )


@attrs.define(eq=False)
class FirstUse:
    """Has concurrent first uses of one loop wait for one another; other loops, threads and processes are the adapter's."""

    ensure: Callable[[Sequence[Model]], Coroutine[None, None, None]]
    _under_way: dict[str, asyncio.Task[None]] = attrs.field(factory=dict)

    async def __call__(self, model: Model, needed: Sequence[Model]) -> None:
        task = self._under_way.get(model.name)
        if task is None or task.get_loop() is not asyncio.get_running_loop() or task.done():
            task = self._under_way[model.name] = asyncio.create_task(self.ensure(needed))
            task.add_done_callback(partial(self._finished, model.name))
        # shielded: one caller's cancellation must not fail the others
        await asyncio.shield(task)

    def _finished(self, name: str, task: asyncio.Task[None]) -> None:
        # every waiter may have been cancelled: the answer is then nobody's
        if not task.cancelled():
            task.exception()
        # a task keeps its loop alive
        if self._under_way.get(name) is task:
            del self._under_way[name]
