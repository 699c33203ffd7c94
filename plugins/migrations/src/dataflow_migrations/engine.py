"""``AutoMigration``: the engine that sees what differs and does what is planned."""

from __future__ import annotations

from pathlib import Path

import attrs

from dataflow.app import DataFlow
from dataflow.migrations import MigrationPlan, MigrationRun, Phase
from dataflow.migrations.control import Strategy
from dataflow_migrations.applying import Application
from dataflow_migrations.history import History
from dataflow_migrations.observing import observed
from dataflow_migrations.pipeline import Pipeline
from dataflow_migrations.planning import planned


@attrs.frozen(eq=False)
class AutoMigration:
    """Its phases: look at the database, compare it with the models, and apply; the last also writes the history."""

    strategy: Strategy
    lock_timeout_s: float
    directory: Path | None
    name: str = attrs.field(default="auto", init=False)
    phases: tuple[Phase, ...] = attrs.field(default=("observe", "diff", "apply"), init=False)

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        if phase == "observe":
            return await observed(plan, run)
        if phase == "diff":
            return await planned(plan, run)
        return await Application(run, History(run.session)).done(plan)

    def interface(self, app: DataFlow) -> Pipeline:
        return Pipeline(app, self.strategy, self.lock_timeout_s, self.directory)
