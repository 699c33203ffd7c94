"""Steps that make and drop tables, in an order that the foreign keys between them allow."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dataflow.migrations import MigrationPlan, MigrationRun, MigrationStep, ObjectRef
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.outlook import outlook


async def reordered(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan as it was where its order works; else its tables made and dropped in another."""
    drops, creates = _tables(plan.steps, "drop"), _tables(plan.steps, "create")
    if len(drops) < 2 and len(creates) < 2:
        return plan
    snapshot = await run.dialect.snapshot(run.session)
    before, after = ForeignKeyGraph.of(snapshot), ForeignKeyGraph.of(outlook(snapshot, plan))
    steps = list(plan.steps)
    # a key that is dropped by a step of its own holds nothing up
    gone = {probe.ref for step in plan.steps for probe in step.postconditions if probe.holds == "absent"}
    held = [one for one in before.keys if one.ref not in gone]
    _arrange(steps, drops, before.order().drop, [(one.constrained, one.referred) for one in held])
    _arrange(
        steps, creates, after.order().create, [(one.referred, one.constrained) for one in _inline(after.keys, plan)]
    )
    return attrs.evolve(plan, steps=tuple(steps)) if tuple(steps) != plan.steps else plan


def _tables(steps: Sequence[MigrationStep], kind: str) -> list[int]:
    return [place for place, one in enumerate(steps) if one.kind == kind and one.target.kind == "table"]


def _inline(keys: Sequence[ForeignKey], plan: MigrationPlan) -> list[ForeignKey]:
    """The keys that come with their table, in the same statement."""
    own = {
        probe.ref
        for step in plan.steps
        if step.kind == "create" and step.target.kind == "table"
        for probe in step.postconditions
    }
    return [one for one in keys if one.ref in own]


def _arrange(
    steps: list[MigrationStep],
    places: Sequence[int],
    order: Sequence[str],
    needs: Sequence[tuple[ObjectRef, ObjectRef]],
) -> None:
    """Put the steps at some places in an order, unless each already has what it needs before it."""
    at = {steps[place].target: place for place in places}
    wrong = [
        (first, second) for first, second in needs if first in at and second in at and at[first] > at[second]
    ]  # fmt: skip
    if wrong:
        sorted_steps = sorted((steps[place] for place in places), key=lambda one: order.index(one.target.dotted))
        for place, step in zip(places, sorted_steps, strict=True):
            steps[place] = step
