"""From a look at the database to a plan: what changes, what must be decided by a person, what is kept aside, in which steps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import attrs

from dataflow.migrations import (
    Change,
    Index,
    Intents,
    MigrationPlan,
    MigrationRun,
    MigrationStep,
    ObjectRef,
    SchemaSnapshot,
)
from dataflow_migrations.diffing import diff
from dataflow_migrations.keeping import Kept, kept_aside
from dataflow_migrations.observing import NOTE, Observation
from dataflow_migrations.renaming import Renames
from dataflow_migrations.stops import Stops
from dataflow_migrations.target import Ownership, Target, target_of
from dataflow_migrations.wishes import intents_of, needed_backfills

#: under which the pass has which tables' indexes are built while others write to them
BESIDE = "auto beside writers"
#: of the tables that are there: none, those that have rows, or all
Beside = Literal["none", "filled", "all"]
#: under which the pass has the schema that it is to reach
TARGET = "auto target"


@attrs.frozen
class Comparison:
    """Two schemas and the way between them. ``before`` has its new names already."""

    before: SchemaSnapshot
    target: Target
    changes: tuple[Change, ...]
    intents: Intents
    managed: frozenset[ObjectRef]


async def planned(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan with its steps, or with what stops it."""
    seen: Observation = run.notes[NOTE]
    drop_tables = run.notes.get("drop_tables", frozenset())
    if drop_tables:
        # seldom wanted, and so seldom loaded
        from dataflow_migrations.dropping import check_droppable

        check_droppable(drop_tables, seen, run)
    compared = compare(seen, run, drop_tables)
    if run.accepted:
        from dataflow_migrations.accepting import check_accepted

        await check_accepted(compared.changes, seen, run)
    run.notes[TARGET] = compared.target.schema
    # what a renamed table was called is no longer the models' own
    former = (old.name for new, old in compared.intents.renames.items() if new.kind == "table")
    tables = tuple(dict.fromkeys((*plan.tables, *former, *drop_tables)))
    plan = attrs.evolve(
        plan,
        tables=tables,
        managed=compared.target.managed,
        adopted=compared.target.adopted,
        managed_before=tuple(sorted(ref for ref in seen.managed if (ref.table or ref.name) in tables)),
        from_fingerprint=seen.actual.outline(tables, seen.managed),
        to_fingerprint=compared.target.schema.outline(tables, compared.target.managed),
    )
    if not compared.changes:
        return plan
    stops = await Stops(
        run, compared.before, compared.target.schema, compared.changes, compared.intents, seen.actual
    ).found()
    if stops:
        return attrs.evolve(plan, stops=stops)
    kept = kept_aside(compared.changes, compared.before, run.dialect, run.accepted, plan.from_fingerprint)
    return attrs.evolve(plan, steps=steps_of(compared, kept, await _busy(compared, run), run))


async def _busy(compared: Comparison, run: MigrationRun) -> set[ObjectRef]:
    """The tables whose indexes are built while others write to them."""
    beside: Beside = run.notes[BESIDE]
    # what lends a connection out statement by statement may lose it in such a build
    if beside == "none" or run.session.server_id is None:
        return set()
    indexed = {one.ref.owner for one in compared.changes if isinstance(one.after, Index)}
    there = {ref for ref in indexed if ref is not None and ref in compared.before.objects}
    return {ref for ref in there if beside == "all" or await _has_rows(ref, compared.intents, run)}


async def _has_rows(table: ObjectRef, intents: Intents, run: MigrationRun) -> bool:
    name = run.dialect.quoted(intents.renames.get(table, table).name)
    return bool(await run.session.rows(f"SELECT 1 FROM {name} LIMIT 1"))


def compare(seen: Observation, run: MigrationRun, drop_tables: Collection[str]) -> Comparison:
    """The database as it is and as it should be, with the names that it will have."""
    intents = intents_of(run.models, run.dialect, seen.actual)
    renames = Renames(
        {old.name: new.name for new, old in intents.renames.items() if new.kind == "table"},
        {(new.table, old.name): new.name for new, old in intents.renames.items() if new.kind == "column"},
        seen.spelled,
        is_requoted=seen.actual.dialect == "postgresql",
    )
    before = renames.of(seen.actual)
    managed = frozenset(renames.ref(ref) for ref in seen.managed)
    adopted = {str(renames.ref(ref)): seen.adopted[str(ref)] for ref in seen.managed if str(ref) in seen.adopted}
    owned = Ownership(managed, adopted, seen.fitting, is_taken_over=bool(run.notes.get("takes_over")))
    target = target_of(before, seen.wanted, owned, drop_tables, run.accepted)
    named = tuple(
        Change(seen.actual.objects[renames_back(new, old, intents)], before.objects[new])
        for new, old in intents.renames.items()
    )
    return Comparison(before, target, (*named, *diff(before, target.schema)), intents, managed)


def renames_back(new: ObjectRef, old: ObjectRef, intents: Intents) -> ObjectRef:
    """The name by which the database knows something now: a column whose table is renamed too has its old table."""
    if new.kind == "table":
        return old
    table = intents.renames.get(ObjectRef("table", new.table))
    return old if table is None else attrs.evolve(old, table=table.name)


def steps_of(
    compared: Comparison, kept: Kept, busy: Collection[ObjectRef], run: MigrationRun
) -> tuple[MigrationStep, ...]:
    """The steps that keep data aside, then those of the changes."""
    needed = attrs.evolve(
        compared.intents,
        kept=kept.values,
        copies=kept.copies,
        busy=busy,
        backfills=needed_backfills(compared.changes, compared.intents),
    )
    steps = run.dialect.steps(compared.changes, compared.before, compared.target.schema, needed)
    renaming = [step for step in steps if step.kind == "rename"]
    others = [step for step in steps if step.kind != "rename"]
    of_tables = [step for step in kept.steps if step.target.kind == "table"]
    of_columns = [step for step in kept.steps if step.target.kind != "table"]
    # undone in reverse, the rows of tables come back before the foreign keys between them do
    dropping = next((place for place, step in enumerate(others) if _drops_table(step)), len(others))
    return (*renaming, *of_columns, *others[:dropping], *of_tables, *others[dropping:])


def _drops_table(step: MigrationStep) -> bool:
    return step.kind == "drop" and step.target.kind == "table"
