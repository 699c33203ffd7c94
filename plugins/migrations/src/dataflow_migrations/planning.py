"""From a look at the database to a plan."""

from __future__ import annotations

import attrs

from dataflow.migrations import Intents, MigrationPlan, MigrationRun, Table
from dataflow_migrations.comparing import compare
from dataflow_migrations.observing import NOTE, Observation

#: under which the pass has the schema that it is to reach
TARGET = "auto target"


async def planned(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan with its steps, or with what stops it."""
    seen: Observation = run.notes[NOTE]
    drop_tables = run.notes.get("drop_tables", frozenset())
    if drop_tables:
        # seldom wanted, and so seldom loaded
        from dataflow_migrations.dropping import check_droppable

        check_droppable(drop_tables, seen, run)
    compared = await compare(seen, run, drop_tables)
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
        others=compared.target.schema.beside(tables, compared.target.managed),
        others_before=seen.actual.beside(tables, seen.managed),
        from_fingerprint=seen.actual.outline(tables, seen.managed),
        to_fingerprint=compared.target.schema.outline(tables, compared.target.managed),
    )
    if not compared.changes:
        return plan
    if all(isinstance(change.after, Table) and change.before is None for change in compared.changes):
        # of tables that only come nothing has to be asked, and nothing kept: the first use of every database
        steps = run.dialect.steps(compared.changes, compared.before, compared.target.schema, Intents())
        return attrs.evolve(plan, steps=tuple(steps))
    from dataflow_migrations.altering import altered

    return await altered(plan, compared, seen.actual, run)
