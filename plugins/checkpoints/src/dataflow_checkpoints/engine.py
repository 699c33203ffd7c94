"""``Checkpoints``: the engine that asks before, during and after a migration."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dataflow.app import DataFlow
from dataflow.diagnostics import error_of
from dataflow.migrations import MigrationPlan, MigrationRun, MigrationStep, Phase, Session
from dataflow_checkpoints.asking import Asking, raise_for_unasked
from dataflow_checkpoints.check import CheckResult, Stage, Surroundings
from dataflow_checkpoints.interface import CheckpointsInterface
from dataflow_checkpoints.limits import Limits
from dataflow_checkpoints.problems import failed_after, failed_before
from dataflow_checkpoints.results import Results

NOTE = "checkpoints"


@attrs.define(eq=False)
class Checkpoints:
    """Results are kept in the database, failed ones too."""

    limits: Limits
    skip: frozenset[str]
    name: str = attrs.field(default="checkpoints", init=False)
    phases: tuple[Phase, ...] = attrs.field(default=("verify_before", "verify_after"), init=False)

    def interface(self, app: DataFlow) -> CheckpointsInterface:
        return CheckpointsInterface(app, self.limits, self.skip)

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        """:raises MigrationError: DF-G301 before, DF-G302 after; DF-G303 for a check that cannot be asked."""
        if not plan.steps:
            return plan
        stage: Stage = "pre" if phase == "verify_before" else "post"
        results = await self._asked(stage, plan, run, run.session)
        raise_for_unasked(results)
        stopping = [one for one in results if one.stops]
        if stopping:
            raise error_of(failed_before(stopping) if stage == "pre" else failed_after(stopping))
        if stage == "pre":
            run.guards.append(lambda session, step: self._between(plan, run, session, step))
        return plan

    async def _asked(
        self, stage: Stage, plan: MigrationPlan, run: MigrationRun, session: Session, step: MigrationStep | None = None
    ) -> tuple[CheckResult, ...]:
        interface = self._interface(run)
        about = Surroundings(
            app=run.app,
            session=session,
            dialect=run.dialect,
            limits=self.limits,
            plan=plan,
            run=run,
            step=step,
            notes=run.notes.setdefault(NOTE, {}),
            asked_backup=interface.asked_backup,
        )
        results = await Asking(about).all_of(interface.checks, stage)
        # between steps only what failed is worth a row
        kept = results if stage != "during" else [one for one in results if one.status == "failed"]
        if stage == "during":
            # inside the step's own transaction, where it has one, and which a question that fails ends on PostgreSQL
            raise_for_unasked(results)
            await Results(session).write(kept)
            return results
        try:
            await self._keep(kept, run, session)
        except Exception:
            # where a check has lost the connection, that is what is told
            raise_for_unasked(results)
            raise
        return results

    async def _keep(self, kept: Sequence[CheckResult], run: MigrationRun, session: Session) -> None:
        found = Results(session)
        # asked outside: in a transaction of PostgreSQL a question that fails is the last one
        is_there = await found.exists()
        async with run.writing():
            if not is_there:
                await found.make()
            await found.write(kept)

    async def _between(self, plan: MigrationPlan, run: MigrationRun, session: Session, step: MigrationStep) -> None:
        stopping = [one for one in await self._asked("during", plan, run, session, step) if one.stops]
        if stopping:
            raise error_of(failed_before(stopping))

    def _interface(self, run: MigrationRun) -> CheckpointsInterface:
        found: CheckpointsInterface = run.app.migrations.checkpoints
        return found
