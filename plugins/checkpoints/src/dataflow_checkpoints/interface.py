"""``db.migrations.checkpoints``: the checks, those of one's own, and their results."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import attrs

from dataflow.adapters import StatementFailed, driver_error
from dataflow.app import DataFlow
from dataflow.awaiting import awaited
from dataflow.diagnostics import error_of
from dataflow.migrations import MigratableAdapter, MigrationPlan
from dataflow.migrations.explained import explained
from dataflow.migrations.wording import rows_of
from dataflow_checkpoints.asking import Asking, raise_for_unasked
from dataflow_checkpoints.check import (
    Check,
    CheckResult,
    LastBackup,
    Severity,
    Stage,
    Surroundings,
    Timed,
    Verdict,
    failed,
    passed,
)
from dataflow_checkpoints.checks import CHECKS
from dataflow_checkpoints.limits import Limits
from dataflow_checkpoints.problems import wrong_check
from dataflow_checkpoints.results import Results
from dataflow_checkpoints.shapes import Question, Shape, shape_of

if TYPE_CHECKING:
    from dataflow_checkpoints.statistics import Comparison

Own = Callable[[Surroundings], Awaitable[str | None] | str | None]
F = TypeVar("F", bound=Own)
B = TypeVar("B", bound=LastBackup)


@attrs.define(eq=False)
class CheckpointsInterface:
    """The checks of one instance. ``watched`` are queries whose plans are compared after a deployment."""

    app: DataFlow
    limits: Limits
    skip: frozenset[str]
    own: list[Check] = attrs.field(factory=list)
    watched: dict[str, Question] = attrs.field(factory=dict)
    shapes: dict[str, Shape] = attrs.field(factory=dict)
    #: ways of answering that are timed after a deployment
    timed: dict[str, Timed] = attrs.field(factory=dict)
    #: says when the last backup was made, where no query can
    asked_backup: LastBackup | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check that is made, the product's before those of one's own."""
        return tuple(one for one in (*CHECKS, *self.own) if one.code not in self.skip)

    def check(self, code: str, *, stage: Stage, severity: Severity = "error", summary: str = "") -> Callable[[F], F]:
        """Register a function, asynchronous or not, as a check: it answers what is wrong as text, or None.

        :raises MigrationError: DF-G303 for a code that another check has, or an unknown stage.
        """

        def registered(function: F) -> F:
            async def ask(about: Surroundings) -> Verdict:
                answer = function(about)
                answer = await answer if inspect.isawaitable(answer) else answer
                if answer is not None and not isinstance(answer, str):
                    raise error_of(wrong_check(code, f"it answers {answer!r}, and not what is wrong, or None"))
                return passed() if answer is None else failed(answer)

            self._add(Check(code, stage, summary or function.__name__, ask, severity))
            return function

        return registered

    def add_sql(self, code: str, sql: str, *, stage: Stage, severity: Severity = "error", summary: str = "") -> None:
        """Register a query as a check: it finds the rows that are wrong, so it should find none.

        :raises MigrationError: as ``check``.
        """

        async def ask(about: Surroundings) -> Verdict:
            try:
                rows = await about.session.rows(sql)
            except StatementFailed as error:
                raise error_of(wrong_check(code, str(driver_error(error)))) from error.error
            return failed(f"{rows_of(len(rows))}, such as {rows[0]!r}", rows=len(rows)) if rows else passed()

        self._add(Check(code, stage, summary or sql, ask, severity))

    def _add(self, check: Check) -> None:
        if check.stage not in get_args(Stage):
            raise error_of(wrong_check(check.code, f"'{check.stage}' is no stage: {', '.join(get_args(Stage))}"))
        if any(one.code == check.code for one in (*CHECKS, *self.own)):
            raise error_of(wrong_check(check.code, "another check has this code"))
        self.own.append(check)

    def watch(self, name: str, query: str, given: Any = None, /, **options: Any) -> None:
        """Compare the plan of a query, as ``db.explain`` gives it, before a migration and after the deployment."""
        self.watched[name] = Question(query, given, options)

    def watch_time(
        self,
        name: str,
        before: Callable[[], Awaitable[object]],
        after: Callable[[], Awaitable[object]],
        *,
        samples: int = 60,
    ) -> None:
        """Time two ways of answering in turns after the deployment, as ``compare`` does: the second may not be slower (VC402).

        :param samples: of each, 20 at least.
        """
        self.timed[name] = Timed(before, after, samples)

    def last_backup(self, function: B) -> B:
        """Register a function, asynchronous or not, that gives the moment of the last backup with its zone, or None (VC104)."""
        self.asked_backup = function
        return function

    async def note_shapes(self) -> None:
        """Keep the plans of the watched queries as they are now."""
        self.shapes = {name: await shape_of(self.app, question) for name, question in self.watched.items()}

    @awaited
    @explained
    async def run(self, stage: Stage = "post-deploy") -> tuple[CheckResult, ...]:
        """Make the checks of a stage now, outside of a migration, and keep their results."""
        adapter = self.app.adapter
        if stage == "post-deploy":
            return await self._deployed()
        if not isinstance(adapter, MigratableAdapter):
            return ()
        async with adapter.session("checkpoints") as session:
            there = await adapter.schema.snapshot(session)
            plan = MigrationPlan(
                dialect=session.dialect,
                from_fingerprint="",
                to_fingerprint="",
                tables=tuple(there.spelling_of(model.table) for model in self.app.models.values()),
            )
            about = Surroundings(
                app=self.app,
                session=session,
                dialect=adapter.schema,
                limits=self.limits,
                plan=plan,
                asked_backup=self.asked_backup,
            )
            results = await Asking(about).all_of(self.checks, stage)
            await Results(session).make()
            await Results(session).write(results)
        raise_for_unasked(results)
        return results

    async def _deployed(self) -> tuple[CheckResult, ...]:
        """Plans are asked of the pool, which in memory is the one connection: so before the session."""
        adapter = self.app.adapter
        assert isinstance(adapter, MigratableAdapter)
        plan = MigrationPlan(dialect="", from_fingerprint="", to_fingerprint="")
        about = Surroundings(
            app=self.app,
            session=_NoSession(),  # these checks ask the application alone
            dialect=adapter.schema,
            limits=self.limits,
            plan=plan,
            notes={"shapes": self.shapes, "timed": self.timed},
        )
        of_plans = [one for one in self.checks if one.stage == "post-deploy" and one not in self.own]
        results = list(await Asking(about).all_of(of_plans, "post-deploy"))
        async with adapter.session("checkpoints") as session:
            inside = attrs.evolve(about, session=session)
            results += await Asking(inside).all_of(self.own, "post-deploy")
            await Results(session).make()
            await Results(session).write(results)
        raise_for_unasked(results)
        return tuple(results)

    @awaited
    @explained
    async def results(self, revision: str | None = None) -> tuple[CheckResult, ...]:
        """The verdicts of a revision, or of all, the oldest first."""
        adapter = self.app.adapter
        assert isinstance(adapter, MigratableAdapter)
        async with adapter.session("checkpoints") as session:
            return await Results(session).read(revision)

    @awaited
    @explained
    async def compare(
        self,
        before: Callable[[], Awaitable[object]],
        after: Callable[[], Awaitable[object]],
        *,
        samples: int = 60,
        seed: int | None = None,
    ) -> Comparison:
        """Time two ways of answering in turns: whether the second is slower, more often than chance would have it.

        The two are for example the same read on a copy from before a migration and on the migrated database.

        :param samples: of each, 20 at least.
        """
        # no migration compares
        from dataflow_checkpoints.statistics import in_turns

        return await in_turns(before, after, samples, seed)


class _NoSession:
    """Stands where no connection is needed; whoever asks it has a mistake."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a check of plans asks the application, and not a session's '{name}'")
