"""The way from one shape of tables to another: what a person has to decide, what is kept aside, in which steps."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from dataflow.migrations import Index, Intents, MigrationPlan, MigrationRun, MigrationStep, ObjectRef, SchemaSnapshot
from dataflow_migrations.comparing import Comparison
from dataflow_migrations.keeping import Kept, kept_aside
from dataflow_migrations.observing import BESIDE, Beside
from dataflow_migrations.stops import Stops
from dataflow_migrations.wishes import needed_backfills


async def altered(
    plan: MigrationPlan, compared: Comparison, actual: SchemaSnapshot, run: MigrationRun
) -> MigrationPlan:
    """The plan with its steps, or with what stops it.

    :param actual: what is there, by the names of now.
    """
    asking = Stops(run, compared.before, compared.target.schema, compared.changes, compared.intents, actual)
    stops = await asking.found()
    if compared.hindrances:
        from dataflow_migrations.hindering import hindered

        stops = (*hindered(compared.hindrances, asking), *stops)
    if stops:
        return attrs.evolve(plan, stops=stops)
    filled = await _filled(compared, asking, run)
    kept = kept_aside(
        compared.changes, compared.before, run.dialect, plan.from_fingerprint, accepted=run.accepted, filled=filled
    )
    return attrs.evolve(plan, steps=_steps(compared, kept, await _busy(compared, run), run))


async def _busy(compared: Comparison, run: MigrationRun) -> set[ObjectRef]:
    """The tables whose indexes are built while others write to them."""
    beside: Beside = run.notes[BESIDE]
    # what lends a connection out statement by statement may lose it in such a build
    if beside == "none" or run.session.server_id is None:
        return set()
    indexed = {one.ref.owner for one in compared.changes if isinstance(one.after, Index)}
    there = {ref for ref in indexed if ref is not None and ref in compared.before.objects}
    return {ref for ref in there if beside == "all" or await _has_rows(ref, compared.intents, run)}


async def _filled(compared: Comparison, asking: Stops, run: MigrationRun) -> set[ObjectRef]:
    """The columns that are there, and of which rows without a value get one; where a file is applied, such rows may be."""
    found = set()
    for ref in needed_backfills(compared.changes, compared.intents):
        if ref in compared.before.objects and ref.owner is not None:
            empty = f"{asking.column_of(ref)} IS NULL"
            if run.notes[BESIDE] == "all" or await asking.count(ref.owner, empty):
                found.add(ref)
    return found


async def _has_rows(table: ObjectRef, intents: Intents, run: MigrationRun) -> bool:
    name = run.dialect.quoted(intents.renames.get(table, table).name)
    return bool(await run.session.rows(f"SELECT 1 FROM {name} LIMIT 1"))


def _steps(
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
