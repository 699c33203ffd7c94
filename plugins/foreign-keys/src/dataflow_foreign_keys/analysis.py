"""``db.migrations.foreign_keys``: the graph, the impact of a delete, the checks, and an order that works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import attrs

from dataflow.app import DataFlow
from dataflow.awaiting import awaited
from dataflow.diagnostics import Where, error_of
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.tree import Expression
from dataflow.inspection.checkups import Diagnosis, Finding
from dataflow.migrations import MigratableAdapter, ObjectRef, SchemaSnapshot, Session
from dataflow.models.model import Model
from dataflow_foreign_keys.checks import checked
from dataflow_foreign_keys.counting import counted
from dataflow_foreign_keys.estimating import estimated
from dataflow_foreign_keys.graph import ForeignKeyGraph, Order
from dataflow_foreign_keys.impact import Impact
from dataflow_foreign_keys.problems import not_migratable, wrong_action
from dataflow_foreign_keys.reach import NotExact, Reading
from dataflow_foreign_keys.statistics import statistics_of
from dataflow_foreign_keys.switches import unchecked_here

HOLDER = "foreign keys"
#: rows that an exact answer keeps in mind; what reaches more is estimated
MAX_ROWS = 100_000


@attrs.frozen(eq=False)
class ForeignKeys:
    """Everything is read on a connection of its own, in one transaction that writes nothing."""

    _app: DataFlow

    @awaited
    async def graph(self) -> ForeignKeyGraph:
        """The foreign keys of the whole database, those of tables without a model too."""
        async with self._snapshot() as (_, snapshot):
            return ForeignKeyGraph.of(snapshot)

    @awaited
    async def order(self) -> Order:
        """In which order the tables can be made and dropped, and which keys stand in the way in circles."""
        async with self._snapshot() as (_, snapshot):
            return ForeignKeyGraph.of(snapshot).order()

    @awaited
    async def impact(
        self,
        model: str | type,
        filter: Any = None,
        *,
        action: Literal["delete"] = "delete",
        exact: bool = True,
        max_rows: int = MAX_ROWS,
    ) -> Impact:
        """What deleting the rows that a filter is true of does to every table, and what would refuse it; changes nothing.

        :param filter: as for a list: the Mongo form, ``Q``, a lambda; None for all rows. Soft-deleted rows count too,
            for they are rows of the table.
        :param exact: count the rows; False, or more than ``max_rows`` of them, estimates by the database's statistics.
        :raises NodeError: DF-N1.. for a filter that cannot be used.
        :raises ModelError: DF-M120.
        """
        if action != "delete":
            raise error_of(wrong_action(action))
        own = self._app.models[model] if isinstance(model, str) else self._app[model]._model
        where = self._where(own, filter)
        async with self._snapshot() as (session, snapshot):
            if ObjectRef("table", snapshot.spelling_of(own.table)) not in snapshot.objects:
                return Impact(own.name, "delete", 0, (), caveats=(f"table '{own.table}' is not there yet",))
            return await self._impact(own, where, exact, max_rows, session, snapshot)

    async def _impact(
        self,
        model: Model,
        where: Expression | None,
        exact: bool,
        limit: int,
        session: Session,
        snapshot: SchemaSnapshot,
    ) -> Impact:
        adapter = self._adapter()
        graph = ForeignKeyGraph.of(snapshot)
        keys = await adapter.matching(session, model, where, limit + 1)
        caveats: list[str] = []
        if len(keys) > limit:
            caveats.append(f"more than {limit:,} rows are meant: at least so many go")
        elif exact:
            try:
                return await counted(Reading(session, adapter.schema, snapshot, graph, limit), model, keys)
            except NotExact as reason:
                caveats.append(f"not exact: {reason}")
        known = await statistics_of(graph, snapshot, session, adapter.schema)
        table = ObjectRef("table", snapshot.spelling_of(model.table))
        return estimated(model, table, len(keys), graph, known, tuple(caveats))

    @awaited
    async def check(self) -> Diagnosis:
        """What is wrong with the foreign keys: missing indexes, types that differ, orphans, keys that are not checked.

        ``raise_for("WARN")`` of the answer refuses to go on with any of it.
        """
        return Diagnosis(await self.findings(rows=True))

    async def findings(self, *, rows: bool) -> tuple[Finding, ...]:
        """The findings of ``check()``; without ``rows`` those that the catalogue has."""
        off = await unchecked_here(self._app)
        async with self._snapshot() as (session, snapshot):
            models = tuple(self._app.models.values())
            return (*off, *await checked(snapshot, session, self._adapter().schema, models, rows=rows))

    def _where(self, model: Model, given: Any) -> Expression | None:
        where = Where(model=model.name, operation="impact")
        found, problems = parse_filter(given, model, self._app.config.limits, where, ("filter",), frozenset())
        if problems:
            raise error_of(problems)
        return found

    def _adapter(self) -> MigratableAdapter:
        adapter = self._app.adapter
        if not isinstance(adapter, MigratableAdapter):
            raise error_of(not_migratable(adapter.name))
        return adapter

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[tuple[Session, SchemaSnapshot]]:
        adapter = self._adapter()
        async with adapter.session(HOLDER) as session, session.reading():
            yield session, await adapter.schema.snapshot(session)
