"""A plan done step by step, with a journal: killed at any point and begun again, it goes on where it was, and does nothing twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import attrs

from dataflow.adapters import driver_error
from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow.migrations import MigrationPlan, MigrationRun, MigrationStep, SchemaSnapshot
from dataflow.migrations.history import StepRecord
from dataflow.migrations.wording import rows_of
from dataflow_migrations.diffing import diff, names_of
from dataflow_migrations.history import PREFIX, History
from dataflow_migrations.planning import TARGET
from dataflow_migrations.probing import Probing
from dataflow_migrations.problems import not_as_planned, step_failed

Numbered = tuple[int, MigrationStep]


@attrs.frozen(eq=False)
class Application:
    """One plan on one connection."""

    run: MigrationRun
    history: History

    async def done(self, plan: MigrationPlan) -> MigrationPlan:
        """Do every step of a plan that is not done yet, in the order of the steps.

        :raises MigrationError: DF-G105 for a step that failed; DF-G107 when somebody else has taken over; whatever a guard raises.
        """
        journal = {one.revision: one for one in await self.history.revisions()}
        known = journal.get(plan.revision)
        if known is None or known.state in ("failed", "reverted"):
            async with self.run.writing():
                await self.history.begin(plan)
            records: Sequence[StepRecord] = ()
        else:
            records = known.steps
        states = {one.step_no: one.state for one in records}
        for group in _groups(plan, {number for number, state in states.items() if state == "applied"}):
            if group[0][1].transactional == "yes":
                await self._together(plan, group)
            else:
                await self._alone(plan, group[0], was_begun=states.get(group[0][0], "pending") != "pending")
        return plan

    async def _together(self, plan: MigrationPlan, group: Sequence[Numbered]) -> None:
        """Steps that are done in one transaction, with their journal: after a crash, all of them or none."""
        number, step = group[0]
        self.run.current = step
        async with self.run.writing():
            for each, _ in group:
                await self.history.step(plan.revision, each, "running", self.run.token)
        try:
            async with self.run.writing():
                for number, step in group:
                    await self._do(number, step, plan)
                    await self.history.step(plan.revision, number, "applied", self.run.token)
                    await self._remember(plan, step)
        except DataFlowError:
            raise
        except Exception as error:
            await self._failed(plan, number, step, error, done=group[0][0] - 1)

    async def _alone(self, plan: MigrationPlan, numbered: Numbered, *, was_begun: bool) -> None:
        """A step that no transaction can undo: what is there says whether one that was cut short was done."""
        number, step = numbered
        probing = Probing(self.run.session, self.run.dialect)
        if was_begun and step.postconditions and not await probing.failing(step.postconditions):
            await self._note_applied(plan, number, step)
            return
        self.run.current = step
        async with self.run.writing():
            await self.history.step(plan.revision, number, "running", self.run.token)
        for statement in step.cleanup if was_begun else ():
            await self.run.session.run(statement)
        try:
            await self._do(number, step, plan)
        except DataFlowError:
            raise
        except Exception as error:
            await self._failed(plan, number, step, error, done=number - 1)
        await self._note_applied(plan, number, step)

    async def settled(self, plan: MigrationPlan, records: Sequence[StepRecord]) -> bool:
        """See which steps of a plan that was cut short are done; False where one may be half done.

        What no transaction holds and is not done is cleared away.
        """
        begun = {one.step_no for one in records if one.state in ("running", "failed")}
        probing = Probing(self.run.session, self.run.dialect)
        for number, step in enumerate(plan.steps, 1):
            if number not in begun or step.transactional == "yes":
                continue
            if step.postconditions and not await probing.failing(step.postconditions):
                await self._note_applied(plan, number, step)
            elif step.cleanup:
                for statement in step.cleanup:
                    await self.run.session.run(statement)
            elif len(step.sql) > 1:
                return False
        return True

    async def _note_applied(self, plan: MigrationPlan, number: int, step: MigrationStep) -> None:
        async with self.run.writing():
            await self.history.step(plan.revision, number, "applied", self.run.token)
            await self._remember(plan, step)

    async def _do(self, number: int, step: MigrationStep, plan: MigrationPlan) -> None:
        self.run.current = step
        self._tell(step, "running")
        probing = Probing(self.run.session, self.run.dialect)
        for probe in await probing.failing(step.preconditions):
            raise _NotThere(
                f"not so: {probe}" + (f", but {rows_of(await probing.in_the_way(probe))}" * (probe.holds == "none"))
            )
        for guard in self.run.guards:
            await guard(self.run.session, step)
        statements: Sequence[str] = step.sql
        if step.kind == "rebuild":
            # planned before, perhaps elsewhere, it knows nothing of what others have put upon the table since
            statements = self.run.dialect.made_anew(step, await self.run.dialect.snapshot(self.run.session))
        for statement in statements:
            await self.run.session.run(statement)
        failing = await probing.failing(step.postconditions)
        if failing:
            raise _NotThere(", ".join(f"not so: {probe}" for probe in failing))
        self._tell(step, "applied")

    def _tell(self, step: MigrationStep, state: str) -> None:
        if self.run.progress is not None:
            self.run.progress(step, state)

    async def _remember(self, plan: MigrationPlan, step: MigrationStep) -> None:
        """What a step that keeps data aside has left, for ``contract``."""
        copy = step.note.rpartition(" ")[2]
        if step.kind == "keep":
            await self.history.keep(copy, plan.revision, str(step.target))
        elif plan.reverts and copy.startswith(PREFIX):
            await self.history.let_go([copy])

    async def _failed(self, plan: MigrationPlan, number: int, step: MigrationStep, error: Exception, done: int) -> None:
        """Write the failure down and raise it as DF-G105."""
        cause = driver_error(error)
        state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
        async with self.run.writing():
            await self.history.step(plan.revision, number, "failed", self.run.token, str(state), str(cause))
            if done == 0 and step.transactional == "yes":
                await self.history.end(plan.revision, "failed")
        raise error_of(step_failed(plan, number, step, self._explained(error), cause, done)) from cause

    def _explained(self, error: Exception) -> Problem | None:
        return self.run.app.plugins.explain(error, Where(operation="migrate"))

    async def verified(self, plan: MigrationPlan) -> SchemaSnapshot:
        """See that the schema is what the plan says; gives what is there.

        :raises MigrationError: DF-G111. The plan is written down as done even so, as its steps are: what comes next is
            planned from what is there.
        """
        there = await self.run.dialect.snapshot(self.run.session)
        found = there.tables(plan.tables)
        if not plan.ends_at(there):
            wanted = self.run.notes.get(TARGET)
            lines = () if wanted is None else names_of(diff(found, wanted.tables(plan.tables)))
            await self.recorded(plan, found)
            raise error_of(not_as_planned(plan, found, lines))
        return found

    async def recorded(self, plan: MigrationPlan, found: SchemaSnapshot) -> None:
        """Write down that a plan is applied, whose the objects are, and what they look like."""
        async with self.run.writing():
            await self.history.manage(plan, found)
            if plan.reverts:
                await self.history.end(plan.reverts, "reverted")
            await self.history.end(plan.revision, "reverted" if plan.reverts else "applied")


class _NotThere(Exception):
    """A step that cannot be done as things are, or whose statements were accepted and whose effect is not there."""


def _groups(plan: MigrationPlan, applied: set[int]) -> Iterator[list[Numbered]]:
    """The steps that are left: those that can share a transaction together, each other one alone."""
    left = [(number, step) for number, step in enumerate(plan.steps, 1) if number not in applied]
    for transactional, group in itertools.groupby(left, lambda numbered: numbered[1].transactional == "yes"):
        if transactional:
            yield list(group)
        else:
            yield from ([one] for one in group)
