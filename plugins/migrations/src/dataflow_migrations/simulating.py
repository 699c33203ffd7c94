"""A plan tried out in a transaction that is rolled back, where the database can undo changes of its schema."""

from __future__ import annotations

import attrs

from dataflow.adapters import driver_error
from dataflow.diagnostics import DataFlowError, Where, error_of
from dataflow.migrations import Finding, MigrationPlan, MigrationRun, ObjectRef
from dataflow_migrations.probing import Probing
from dataflow_migrations.problems import step_failed


class _TriedOut(Exception):
    """Rolls the transaction back."""


async def simulated(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan with a finding that says how it went; what it does is undone.

    :raises MigrationError: with the plan's stops, or DF-G105 for a step that the database refuses.
    """
    if plan.stops:
        raise error_of(plan.stops)
    apart = next((step for step in plan.steps if step.transactional != "yes" and not step.rehearsal), None)
    if apart is not None:
        return _with(plan, apart.target, f"not tried out: '{apart}' cannot be undone by a transaction here", 20)
    number, step = 0, None
    try:
        async with run.session.transaction():
            for number, step in enumerate(plan.steps, 1):
                for statement in step.rehearsal or step.sql:
                    await run.session.run(statement)
                failing = await Probing(run.session, run.dialect).failing(step.postconditions)
                if failing:
                    raise error_of(step_failed(plan, number, step, None, Exception(f"not so: {failing[0]}"), 0))
            reaches = plan.ends_at(await run.dialect.snapshot(run.session))
            raise _TriedOut
    except _TriedOut:
        target = plan.steps[0].target if plan.steps else ObjectRef("schema", "")
        same = "reaches the planned schema" if reaches else "ends in another schema than planned"
        return _with(plan, target, f"tried out and undone: it {same}", 0 if same.startswith("reaches") else 80)
    except DataFlowError:
        raise
    except Exception as error:
        if step is None:
            raise
        why = run.app.plugins.explain(error, Where(operation="migrate"))
        raise error_of(step_failed(plan, number, step, why, driver_error(error), 0)) from error


def _with(plan: MigrationPlan, target: ObjectRef, message: str, severity: int) -> MigrationPlan:
    finding = Finding(code="simulated", target=target, message=message, severity=severity, evidence="measured")
    return attrs.evolve(plan, findings=(*plan.findings, finding))
