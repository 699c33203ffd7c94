"""The way of a plan through the engines of an instance: looked at, planned, applied alone, verified, undone when it is not sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs

from dataflow.adapters import StatementFailed, driver_error
from dataflow.app import DataFlow
from dataflow.diagnostics import DataFlowError, Where, error_of
from dataflow.migrations import LEAST_WAIT_S, MigratableAdapter, MigrationPlan, MigrationRun, MigrationStep, Phase
from dataflow.models.model import Model
from dataflow.models.registry import parents_first
from dataflow_migrations.applying import Application
from dataflow_migrations.connecting import PAUSE_S, patient_session, patiently
from dataflow_migrations.history import History
from dataflow_migrations.observing import BESIDE, Beside
from dataflow_migrations.problems import changed_meanwhile, cut_short, not_migratable, took_too_long

PLANNING: tuple[Phase, ...] = ("observe", "diff", "assess", "mitigate")
#: how long at the most a look without the lock may take: a step of another one, who may have been stopped in it, can have what is looked at locked
LOOK_S = 10.0


@attrs.define(eq=False)
class Passes:
    """Drives every engine of an instance through its phases."""

    app: DataFlow
    lock_timeout_s: float
    #: told of each step as it begins and ends
    progress: Callable[[MigrationStep, str], None] | None = None

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model of the instance, those that others refer to first."""
        return parents_first(self.app.models.values(), self.app.models)

    def blank(self) -> MigrationPlan:
        return MigrationPlan(dialect=self.app.adapter.name, from_fingerprint="", to_fingerprint="")

    def _adapter(self) -> MigratableAdapter:
        adapter = self.app.adapter
        if not isinstance(adapter, MigratableAdapter):
            raise error_of(not_migratable(adapter.name))
        return adapter

    @asynccontextmanager
    async def session(self, holder: str = "migrations") -> AsyncIterator[Any]:
        async with patient_session(self.app, self._adapter(), holder, self.lock_timeout_s) as session:
            yield session

    @asynccontextmanager
    async def looking(
        self,
        models: Sequence[Model],
        accept: Collection[str] = (),
        drop_tables: Collection[str] = (),
        *,
        takes_over: bool = False,
        beside: Beside = "filled",
    ) -> AsyncIterator[MigrationRun]:
        """A pass that only looks."""
        async with self._begun(models, accept, drop_tables, beside=beside) as run:
            run.notes["takes_over"] = takes_over
            # asked before the session opens: in memory there is one connection
            await self._compare(run)
            await run.open()
            yield run

    @asynccontextmanager
    async def alone(
        self,
        models: Sequence[Model],
        accept: Collection[str] = (),
        timeout_s: float | None = None,
        is_settled: Callable[[], Awaitable[bool]] | None = None,
        beside: Beside = "filled",
    ) -> AsyncIterator[MigrationRun]:
        """A pass that keeps every other migration of this database out until it ends.

        Asks ``is_settled`` when another one was waited for; the pass has no session when that has done everything.
        """
        async with self._begun(models, accept, timeout_s=timeout_s, beside=beside) as run:
            run.is_settled = is_settled
            in_memory = self.app.adapter.in_memory
            if in_memory:
                await self._compare(run)
            if any("lock" in engine.phases for engine in self.app.migrations.engines):
                await self._through(self.blank(), run, "lock")
            else:
                await self._exclusive(run)
            if not in_memory and run.is_open:
                # what was waited for may have changed the tables
                await self._compare(run)
            yield run

    async def _exclusive(self, run: MigrationRun) -> None:
        session = await run.open()
        until = time.monotonic() + run.timeout_s
        while True:
            try:
                async with AsyncExitStack() as own:
                    await own.enter_async_context(session.exclusive(max(0.0, until - time.monotonic())))
                    # one that has the plugin 'locks' holds a lease, and nothing of SQLite's between its transactions
                    if not await History(session).is_leased():
                        run.stack.push_async_exit(own.pop_all())
                        return
            except TimeoutError as error:
                raise error_of(took_too_long(run.timeout_s)) from error
            if time.monotonic() >= until:
                raise error_of(took_too_long(run.timeout_s))
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def _begun(
        self,
        models: Sequence[Model],
        accept: Collection[str] = (),
        drop_tables: Collection[str] = (),
        timeout_s: float | None = None,
        beside: Beside = "filled",
    ) -> AsyncIterator[MigrationRun]:
        run = MigrationRun(
            app=self.app,
            dialect=self._adapter().schema,
            connect=self.session,
            models=models,
            accepted=frozenset(accept),
            timeout_s=self.lock_timeout_s if timeout_s is None else timeout_s,
            progress=self.progress,
        )
        run.notes["drop_tables"] = frozenset(drop_tables)
        run.notes[BESIDE] = beside
        async with run.stack:
            yield run

    async def _compare(self, run: MigrationRun) -> None:
        """Have the adapter say in what the tables differ from the models."""
        states = await patiently(self.app, self.lock_timeout_s, lambda: self.app.adapter.ensure(run.models, False))
        run.notes["differences"] = {state.table: state.differences for state in states}

    async def _through(self, plan: MigrationPlan, run: MigrationRun, *phases: Phase) -> MigrationPlan:
        for phase in phases:
            for engine in self.app.migrations.engines:
                if phase in engine.phases:
                    plan = await engine.run(phase, plan, run)
        return plan

    async def planned(
        self,
        models: Sequence[Model],
        accept: Collection[str] = (),
        drop_tables: Collection[str] = (),
        *,
        takes_over: bool = False,
        beside: Beside = "filled",
    ) -> MigrationPlan:
        """The plan of now.

        :param takes_over: whether what others have made and serves is the models' own from then on.
        """
        async with self.looking(models, accept, drop_tables, takes_over=takes_over, beside=beside) as run:
            return await self._through(self.blank(), run, *PLANNING)

    async def applied(
        self,
        models: Sequence[Model],
        *,
        accept: Collection[str] = (),
        timeout_s: float | None = None,
        given: MigrationPlan | None = None,
        is_file: bool = False,
        beside: Beside = "filled",
    ) -> None:
        """Bring the database to the models, or do a plan that is given; one of a file is written down even when nothing is to do."""

        look_s = min(LOOK_S, max(LEAST_WAIT_S, self.lock_timeout_s if timeout_s is None else timeout_s))

        async def is_settled() -> bool:
            try:
                async with asyncio.timeout(look_s), self.looking(models, accept) as run:
                    plan = await self._through(self.blank(), run, *PLANNING)
                    return not plan.stops and _is_done(plan) and not await _is_unfinished(History(run.session))
            except TimeoutError:
                return False

        # a look without the lock: the usual case is that everything is there
        if given is None and await is_settled():
            return
        async with self.alone(models, accept, timeout_s, None if given else is_settled, beside) as run:
            if not run.is_open:
                return
            history = await self.history(run)
            await self.resume(run, history)
            if is_file and given is not None and await history.has(given.revision):
                # another process was first
                return
            plan = given or await self._through(self.blank(), run, *PLANNING)
            if plan.stops:
                raise error_of(plan.stops)
            if given is not None and not is_file:
                await self._check_from(given, run)
            if _is_done(plan) and not is_file:
                return
            plan = attrs.evolve(
                plan,
                revision=plan.revision or await history.free_name(_short(plan)),
                parent=plan.parent or await history.head(),
            )
            await self.do(plan, run, history)

    async def history(self, run: MigrationRun) -> History:
        """The history, with its tables."""
        history = History(run.session)
        if not await history.exists():
            async with run.writing():
                await history.prepare()
        return history

    async def _check_from(self, plan: MigrationPlan, run: MigrationRun) -> None:
        there = await run.dialect.snapshot(run.session)
        if not plan.begins_at(there):
            raise error_of(changed_meanwhile(plan, there.outline(plan.tables, plan.managed_before)))

    async def resume(self, run: MigrationRun, history: History) -> None:
        """Finish what another process has begun and did not end."""
        unfinished = await history.unfinished()
        if unfinished is not None:
            run.notes["resumed"] = True
            await self.do(await history.plan(unfinished.revision), run, history)

    async def do(self, plan: MigrationPlan, run: MigrationRun, history: History) -> None:
        """Verify, apply, verify, record.

        :raises MigrationError: DF-G105 also for a plan that was begun, and of whose end nothing could be written down.
        """
        try:
            await self._done(plan, run, history)
        except StatementFailed as error:
            if run.current is None:
                raise
            why = self.app.plugins.explain(error, Where(operation="migrate"))
            cause = driver_error(error)
            raise error_of(cut_short(plan, run.current, why, cause)) from cause

    async def _done(self, plan: MigrationPlan, run: MigrationRun, history: History) -> None:
        application = Application(run, history)
        try:
            plan = await self._through(plan, run, "stage", "verify_before", "apply")
            found = await application.verified(plan)
        except BaseException:
            for undo in reversed(run.undo):
                await undo()
            raise
        try:
            plan = await self._through(plan, run, "verify_after")
        except DataFlowError as error:
            await self._undone(plan, application, error)
            raise
        await application.recorded(plan, found)
        await self._through(plan, run, "record")

    async def _undone(self, plan: MigrationPlan, application: Application, failure: DataFlowError) -> None:
        """Do the inverse of a plan that is applied and not sound; that it is done, or cannot be, is noted on the failure."""
        from dataflow_migrations.reverting import check_revertible, inverse

        history = application.history
        if plan.reverts:
            return
        try:
            revision = next(one for one in await history.revisions() if one.revision == plan.revision)
            back = inverse(plan, revision)
            await check_revertible(back, application.run, history)
            await application.done(back)
            await application.recorded(back, await application.verified(back))
        except DataFlowError as error:
            failure.add_note(f"it could not be undone: {error.problems[0].message}")
        except Exception as error:
            # the connection is lost, for example: what is told is why it was to be undone
            failure.add_note(f"it could not be undone, and 'rollback' does so: {type(error).__name__}")
        else:
            failure.add_note("every step of it was undone")


def _is_done(plan: MigrationPlan) -> bool:
    """Whether there is nothing to do, and nothing to write down."""
    return not plan.steps and set(plan.managed) == set(plan.managed_before)


async def _is_unfinished(history: History) -> bool:
    return await history.exists() and await history.unfinished() is not None


def _short(plan: MigrationPlan) -> str:
    return plan.checksum[:8] if plan.steps else "adopted"
