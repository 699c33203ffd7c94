"""From one schema to another and back, by the steps of the adapter, each looked at before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import attrs

from dataflow import DataFlow
from dataflow.migrations import (
    Change,
    Intents,
    MigratableAdapter,
    MigrationStep,
    Probe,
    SchemaDialect,
    SchemaSnapshot,
    Session,
)


@asynccontextmanager
async def opened(db: DataFlow) -> AsyncIterator[tuple[Session, SchemaDialect]]:
    adapter = db.adapter
    assert isinstance(adapter, MigratableAdapter)
    async with adapter.session("test") as session:
        yield session, adapter.schema


def changes_between(before: SchemaSnapshot, after: SchemaSnapshot) -> list[Change]:
    """Object by object; what comes and goes with its table is left out."""
    found = []
    for ref in sorted({*before.objects, *after.objects}):
        old, new = before.objects.get(ref), after.objects.get(ref)
        with_table = ref.owner is not None and (ref.owner in before.objects) != (ref.owner in after.objects)
        if old != new and not with_table:
            found.append(Change(old, new))
    return found


@attrs.frozen
class Way:
    """On one session. ``told`` are the steps that were done."""

    session: Session
    schema: SchemaDialect

    async def there(self) -> SchemaSnapshot:
        return await self.schema.snapshot(self.session)

    async def statements(self, statements: Iterable[str]) -> None:
        for statement in statements:
            await self.session.run(statement)

    async def emptied(self) -> Sequence[MigrationStep]:
        """Without anything, so that the next schema stands alone; gives the steps that have done it."""
        before = await self.there()
        nothing = attrs.evolve(before, objects=(), dependencies=())
        steps = self.schema.steps(changes_between(before, nothing), before, nothing, Intents())
        for step in steps:
            await self.statements(step.sql)
        assert changes_between(await self.there(), nothing) == []
        return steps

    async def to(
        self,
        after: SchemaSnapshot,
        intents: Intents | None = None,
        changes: Callable[[SchemaSnapshot, SchemaSnapshot], Sequence[Change]] = changes_between,
    ) -> Sequence[MigrationStep]:
        before = await self.there()
        steps = self.schema.steps(changes(before, after), before, after, intents or Intents())
        await self.go(steps)
        assert changes_between(await self.there(), after) == []
        return steps

    async def go(self, steps: Sequence[MigrationStep]) -> None:
        """Do each, undo it, do it again: what holds after it tells whether it is done, whenever it is asked."""
        there = await self.there()
        for step in steps:
            before = there
            assert failing(step.postconditions, before), f"{step} is done before it is"
            await self.statements(step.sql)
            there = await self.there()
            assert not failing(step.postconditions, there), step
            await self.statements(step.inverse)
            undone = await self.there()
            assert changes_between(before, undone) == [], step
            await self.statements(step.sql)
            assert changes_between(there, await self.there()) == [], step

    async def back(self, steps: Sequence[MigrationStep]) -> None:
        for step in reversed(steps):
            await self.statements(step.inverse)


def failing(probes: Iterable[Probe], there: SchemaSnapshot) -> list[Probe]:
    """Those that do not hold."""
    return [probe for probe in probes if not _holds(probe, there)]


def _holds(probe: Probe, there: SchemaSnapshot) -> bool:
    if probe.holds == "absent":
        return probe.ref not in there.objects
    if probe.holds == "exists":
        return probe.ref in there.objects
    assert probe.holds == "is", probe
    return there.objects.get(probe.ref) == probe.object
