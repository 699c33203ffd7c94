"""What applications ask of the engine ``auto``: ``db.migrations``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import attrs

from dataflow.app import DataFlow
from dataflow.diagnostics import error_of
from dataflow.migrations import MigrationPlan
from dataflow.migrations.control import FileForm, Strategy
from dataflow.migrations.history import MigrationStatus, Revision
from dataflow.models.model import Model
from dataflow_migrations.arguments import (
    check_directory,
    check_form,
    check_name,
    check_names,
    check_plan,
    check_timeout,
)
from dataflow_migrations.history import History
from dataflow_migrations.passes import Passes
from dataflow_migrations.problems import (
    ahead,
    known_already,
    not_adopted,
    pending,
    to_stand_on,
    wrong_strategy,
)

if TYPE_CHECKING:
    from dataflow_migrations.files import MigrationFiles


@attrs.define(eq=False)
class Pipeline:
    """The interface of the engine ``auto``"""

    app: DataFlow
    strategy: Strategy
    lock_timeout_s: float
    directory: Path | None
    passes: Passes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if self.directory is not None:
            check_directory(self.directory)
        self.passes = Passes(self.app, self.lock_timeout_s)
        self.set_strategy(self.strategy)

    def set_strategy(self, strategy: Strategy) -> None:
        if strategy not in get_args(Strategy):
            raise error_of(wrong_strategy(strategy))
        if strategy == "staging-first" and "staging" not in self.app.migrations.capabilities:
            raise error_of(wrong_strategy(strategy))
        self.strategy = strategy

    @property
    def _files(self) -> MigrationFiles | None:
        if self.directory is None:
            return None
        # what only files need is loaded for files
        from dataflow_migrations.files import MigrationFiles

        return MigrationFiles(self.directory)

    @property
    def _filed(self) -> MigrationFiles | None:
        """The files where there are any: then nothing is applied that no file has."""
        files = self._files
        return None if files is None or files.is_empty else files

    async def _applied(self) -> set[str]:
        """The revisions that are applied, or written down as if they were."""
        return {one.revision for one in await self.history() if one.state in ("applied", "stamped")}

    async def _apply_files(self, files: MigrationFiles, accept: Collection[str], timeout_s: float | None) -> None:
        for one in files.pending(await self._applied()):
            await self.passes.applied(self.passes.models, accept=accept, timeout_s=timeout_s, given=one, is_file=True)

    async def ready(self, models: Sequence[Model]) -> None:
        """What happens at the first use of some models, by the strategy."""
        if self.strategy == "none":
            return
        files = self._filed
        if self.strategy == "auto" and files is not None:
            await self._apply_files(files, (), None)
        elif self.strategy == "auto":
            # built beside writers, an index waits for whoever reads: that may be who waits for this first use
            await self.passes.applied(models, beside="none")
            return
        plan = await self.passes.planned(models)
        if plan.steps or plan.stops:
            raise error_of(pending(_lines(plan), self.strategy, is_filed=await self._is_filed(files)))

    async def _is_filed(self, files: MigrationFiles | None) -> bool:
        """Whether every file is applied, and what is wanted is in none."""
        return files is not None and not files.pending(await self._applied())

    async def pending(self) -> tuple[str, ...]:
        files = () if self._files is None else self._files.pending(await self._applied())
        if files:
            # what models want besides is only seen once these are there
            return tuple(f"{one.revision}: {', '.join(map(str, one.steps))}" for one in files)
        return _lines(await self.passes.planned(self.passes.models))

    async def plan(self, *, accept: Collection[str] = (), drop_tables: Collection[str] = ()) -> MigrationPlan:
        check_names("accept", accept)
        check_names("drop_tables", drop_tables)
        return await self.passes.planned(self.passes.models, accept, drop_tables)

    async def apply(
        self, plan: MigrationPlan | None = None, *, accept: Collection[str] = (), timeout_s: float | None = None
    ) -> tuple[Revision, ...]:
        check_plan(plan)
        check_names("accept", accept)
        check_timeout(timeout_s)
        revisions = await self.history()
        unknown = () if self._files is None else self._files.unknown(revisions)
        if unknown:
            raise error_of(ahead(unknown))
        before = {one.revision for one in revisions if one.state == "applied"}
        if plan is not None:
            await self.passes.applied(self.passes.models, accept=accept, timeout_s=timeout_s, given=plan)
        else:
            files = self._filed
            if files is None:
                await self.passes.applied(self.passes.models, accept=accept, timeout_s=timeout_s)
            else:
                await self._apply_files(files, accept, timeout_s)
                more = await self.passes.planned(self.passes.models, accept)
                if more.stops:
                    # to be decided before it can be written down
                    raise error_of(more.stops)
                if more.steps:
                    raise error_of(pending(_lines(more), self.strategy, is_filed=True))
        return tuple(one for one in await self.history() if one.state == "applied" and one.revision not in before)

    async def rollback(self, to: str | None = None, *, timeout_s: float | None = None) -> tuple[Revision, ...]:
        check_timeout(timeout_s)
        # what is seldom done is not loaded for every first use
        from dataflow_migrations.reverting import check_revertible, reverting, taking_back, with_rows_kept, without_gone

        undone: list[str] = []
        while True:
            async with self.passes.alone(self.passes.models, timeout_s=timeout_s) as run:
                history = await self.passes.history(run)
                plan = await taking_back(run, history)
                if plan is None:
                    await self.passes.resume(run, history)
                    plan = await reverting(history, nothing_left=bool(undone) or to is not None, to=to)
                    if plan is None:
                        break
                    plan = await without_gone(plan, run)
                    await check_revertible(plan, run, history)
                    plan = await with_rows_kept(plan, run)
                await self.passes.do(plan, run, history)
                undone.append(plan.reverts)
            if to is None:
                break
        self.app.schema_cache.clear()
        return tuple(one for one in await self.history() if one.revision in undone)

    async def contract(self) -> tuple[str, ...]:
        if not await self.history():
            return ()
        async with self.passes.alone(self.passes.models) as run:
            history = History(run.session)
            kept = await history.kept()
            for name, _, _ in kept:
                async with run.writing():
                    await run.session.run(f"DROP TABLE IF EXISTS {run.dialect.quoted(name)}")
                    await history.let_go([name])
            return tuple(what for _, _, what in kept)

    async def stamp(self, revision: str) -> Revision:
        check_name(revision)
        async with self.passes.alone(self.passes.models) as run:
            history = await self.passes.history(run)
            known = next((one for one in await history.revisions() if one.revision == revision), None)
            if known is not None and known.state not in ("failed", "reverted"):
                raise error_of(known_already(known))
            there = await run.dialect.snapshot(run.session)
            found = there.tables(there.spelling_of(model.table) for model in self.passes.models)
            plan = MigrationPlan(
                dialect=found.dialect,
                from_fingerprint=found.fingerprint,
                to_fingerprint=found.fingerprint,
                revision=revision,
                parent=await history.head(),
            )
            async with run.writing():
                await history.begin(plan)
                await history.end(revision, "stamped")
        return next(one for one in await self.history() if one.revision == revision)

    async def adopt(self, revision: str) -> Revision:
        check_name(revision)
        plan = await self.passes.planned(self.passes.models, takes_over=True)
        if plan.steps or plan.stops:
            raise error_of(not_adopted(_lines(plan)))
        await self.passes.applied(self.passes.models, given=attrs.evolve(plan, revision=revision), is_file=True)
        return next(one for one in await self.history() if one.revision == revision)

    async def history(self) -> tuple[Revision, ...]:
        async with self.passes.session() as session:
            history = History(session)
            return await history.revisions() if await history.exists() else ()

    async def status(self) -> MigrationStatus:
        capabilities = self.app.migrations.capabilities
        async with self.passes.session() as session:
            history = History(session)
            tracked = await history.exists()
            head = await history.head() if tracked else ""
            unfinished = await history.unfinished() if tracked else None
            kept = await history.kept() if tracked else ()
            revisions = await history.revisions() if tracked else ()
        lock = await self.app.migrations.locks.status() if "locks" in capabilities else None
        # while somebody is at it, what is pending changes, and asking may wait for one of his steps to end
        left = await self.pending() if lock is None else ()
        unknown = () if self._files is None else self._files.unknown(revisions)
        return MigrationStatus(
            head=head,
            state="unfinished"
            if unfinished
            else "ahead"
            if unknown
            else "pending"
            if left or lock is not None
            else "current"
            if tracked
            else "untracked",
            pending=left,
            unfinished=unfinished,
            lock=lock,
            kept_aside=tuple(what for _, _, what in kept),
            capabilities=capabilities,
        )

    async def simulate(self, plan: MigrationPlan | None = None) -> MigrationPlan:
        from dataflow_migrations.simulating import simulated

        check_plan(plan)
        plan = plan or await self.passes.planned(self.passes.models)
        async with self.passes.looking(self.passes.models) as run:
            return await simulated(plan, run)

    async def write(
        self, directory: Path, message: str = "", *, accept: Collection[str] = (), form: FileForm = "toml"
    ) -> Path | None:
        check_names("accept", accept)
        check_form(form)
        check_directory(directory)
        if form == "toml":
            from dataflow_migrations.files import MigrationFiles

            before = MigrationFiles(directory).pending(await self._applied())
            if before:
                raise error_of(to_stand_on([one.revision for one in before]))
        # where a file is applied, tables have rows that are empty here
        plan = await self.passes.planned(self.passes.models, accept, beside="all")
        if plan.stops:
            raise error_of(plan.stops)
        if not plan.steps:
            return None
        if form == "toml":
            return MigrationFiles(directory).write(plan, message)
        from dataflow_migrations.alembic_revisions import AlembicRevisions, heads

        async with self.passes.session() as session:
            applied = await heads(session)
        return AlembicRevisions(directory).write(plan, applied, message)


def _lines(plan: MigrationPlan) -> tuple[str, ...]:
    return (*map(str, plan.steps), *(problem.message for problem in plan.stops))
