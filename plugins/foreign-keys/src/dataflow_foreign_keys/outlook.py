"""The schema that a plan leads to, as far as its steps say what they make."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.migrations import Constraint, MigrationPlan, MigrationStep, ObjectRef, SchemaObject, SchemaSnapshot

Objects = dict[ObjectRef, SchemaObject]


def outlook(snapshot: SchemaSnapshot, plan: MigrationPlan) -> SchemaSnapshot:
    """The schema after all steps."""
    objects: Objects = dict(snapshot.objects)
    for step in plan.steps:
        objects = _kept(step, objects)
        if step.kind != "rename":
            objects.update((one.ref, one) for one in made_by(step))
    return attrs.evolve(snapshot, objects=list(objects.values()), dependencies=())


def is_without_keys(plan: MigrationPlan) -> bool:
    """Whether a plan only makes what is new, and no foreign key among it: then no key has anything to say of it."""
    return all(step.kind == "create" for step in plan.steps) and not any(
        isinstance(one, Constraint) and one.type == "foreign" for step in plan.steps for one in made_by(step)
    )


def _kept(step: MigrationStep, objects: Objects) -> Objects:
    """What was there and is after a step, under the name that it then has."""
    gone = {probe.ref for probe in step.postconditions if probe.holds == "absent"}
    if step.kind == "rename":
        old = next(iter(gone), step.target)
        return {one.ref: one for one in (_renamed(one, old, step.target) for one in objects.values())}
    if gone:
        objects = {ref: one for ref, one in objects.items() if ref not in gone and ref.owner not in gone}
    if step.kind == "rebuild":
        # a rebuilt table has what the step says and nothing else
        kept = ("trigger", "policy")
        objects = {ref: one for ref, one in objects.items() if ref.owner != step.target or ref.kind in kept}
    return objects


def made_by(step: MigrationStep) -> Iterator[SchemaObject]:
    """The objects that are there after a step, each as it then is."""
    if step.after is not None:
        yield step.after
    yield from (probe.object for probe in step.postconditions if probe.object is not None)


def _renamed(one: SchemaObject, old: ObjectRef, new: ObjectRef) -> SchemaObject:
    ref = one.ref
    if ref == old:
        ref = new
    elif old.kind == "table" and ref.owner == old:
        ref = attrs.evolve(ref, table=new.name)
    changed: SchemaObject = attrs.evolve(one, ref=ref)
    if isinstance(changed, Constraint) and changed.referred_table is not None and old.kind == "table":
        target = new if changed.referred_table == old else changed.referred_table
        return attrs.evolve(changed, referred_table=target)
    return changed
