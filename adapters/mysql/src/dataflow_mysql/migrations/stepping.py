"""A step as these servers have it: each statement commits by itself, and the catalogue says whether it was done."""

from __future__ import annotations

from collections.abc import Iterable

from dataflow.migrations import MigrationStep, ObjectRef, PlanPhase, Probe, SchemaObject
from dataflow.migrations.plan import Reversible, StepKind


def step(
    *,
    kind: StepKind,
    target: ObjectRef,
    sql: Iterable[str] | str,
    inverse: Iterable[str] | str,
    holds: Iterable[Probe],
    phase: PlanPhase = "expand",
    reversible: Reversible = "yes",
    before: SchemaObject | None = None,
    after: SchemaObject | None = None,
    note: str = "",
) -> MigrationStep:
    return MigrationStep(
        kind=kind,
        target=target,
        sql=sql,
        phase=phase,
        transactional="no",
        reversible=reversible,
        inverse=inverse,
        before=before,
        after=after,
        postconditions=tuple(holds),
        note=note,
    )


def is_as(one: SchemaObject) -> Probe:
    return Probe("is", one.ref, one)


def is_absent(one: SchemaObject) -> Probe:
    return Probe("absent", one.ref)
