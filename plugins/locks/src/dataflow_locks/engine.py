"""``MigrationLock``: the engine that lets one process at a time through the phases that change something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.app import DataFlow
from dataflow.diagnostics import error_of
from dataflow.migrations import MigrationPlan, MigrationRun, Phase
from dataflow_locks.acquiring import acquired
from dataflow_locks.problems import needs_a_session

if TYPE_CHECKING:
    from dataflow_locks.breaking import Locks

#: under which a run has what it holds
NOTE = "locks"


@attrs.frozen(eq=False)
class MigrationLock:
    """It keeps nothing between two runs, which may be on different event loops."""

    ttl_s: float
    namespace: str
    name: str = attrs.field(default="locks", init=False)
    phases: tuple[Phase, ...] = attrs.field(default=("lock", "verify_before"), init=False)

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        if phase == "lock":
            await self._lock(run)
        else:
            self._check(plan, run)
        return plan

    async def _lock(self, run: MigrationRun) -> None:
        if run.app.adapter.in_memory:
            # its one connection is the lock, and nobody else can reach the database
            session = await run.open()
            await run.stack.enter_async_context(session.exclusive(run.timeout_s))
            return
        holding = await run.stack.enter_async_context(acquired(run, self.namespace, self.ttl_s))
        if holding is not None:
            run.notes[NOTE] = holding
            await holding.begin()

    def _check(self, plan: MigrationPlan, run: MigrationRun) -> None:
        """Refuse what a lease alone cannot fence: a statement that no transaction can undo, sent through a pooler."""
        holding = run.notes.get(NOTE)
        apart = [step for step in plan.steps if step.transactional != "yes"]
        if holding is not None and holding.is_lent and apart:
            raise error_of(needs_a_session(apart))

    def interface(self, app: DataFlow) -> Locks:
        # only who asks for the lock needs it
        from dataflow_locks.breaking import Locks

        return Locks(app, self.namespace)
