"""Whether what a step promises holds: asked of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dataflow.adapters import StatementFailed
from dataflow.migrations import (
    Constraint,
    Index,
    ObjectRef,
    Probe,
    SchemaDialect,
    SchemaObject,
    SchemaSnapshot,
    Session,
)


@attrs.frozen(eq=False)
class Probing:
    """Asks with one connection, inside whatever transaction that has open."""

    session: Session
    dialect: SchemaDialect

    async def failing(self, probes: Iterable[Probe]) -> list[Probe]:
        """Those of the probes that do not hold."""
        probes = list(probes)
        asked = [probe for probe in probes if probe.holds not in ("query", "none")]
        there = await self._look(asked) if asked else None
        return [probe for probe in probes if not await self._holds(probe, there)]

    async def in_the_way(self, probe: Probe) -> int:
        """How many rows are that a probe wants none of."""
        ((number,),) = await self.session.rows(probe.sql)
        return int(number)

    async def _look(self, probes: list[Probe]) -> SchemaSnapshot:
        tables = {probe.ref.table or probe.ref.name for probe in probes if probe.ref.table or probe.ref.kind == "table"}
        only_tables = all(probe.ref.table or probe.ref.kind == "table" for probe in probes)
        return await self.dialect.snapshot(self.session, tables if only_tables else None)

    async def _holds(self, probe: Probe, there: SchemaSnapshot | None) -> bool:
        if probe.holds == "none":
            return await self.in_the_way(probe) == 0
        if probe.holds == "query":
            try:
                rows = await self.session.rows(probe.sql)
            except StatementFailed:
                # what it asks of is not there
                return False
            return bool(rows and rows[0][0])
        assert there is not None
        found = there.objects.get(probe.ref)
        if probe.holds == "absent":
            return found is None
        if probe.holds == "exists":
            return found is not None and _is_valid(found)
        return found == probe.object


def _is_valid(one: SchemaObject) -> bool:
    return one.valid if isinstance(one, Index) else one.validated if isinstance(one, Constraint) else True


def absent(ref: ObjectRef) -> Probe:
    return Probe("absent", ref)
