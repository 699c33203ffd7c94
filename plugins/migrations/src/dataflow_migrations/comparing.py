"""What is there, by the names that it will have, what should be, and how they differ."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from dataflow.migrations import Change, Hindrance, Intents, MigrationRun, ObjectRef, SchemaSnapshot, name_now
from dataflow_migrations.diffing import diff
from dataflow_migrations.observing import Observation
from dataflow_migrations.target import Ownership, Target, target_of
from dataflow_migrations.wishes import intents_of


@attrs.frozen
class Comparison:
    """Two schemas and the way between them. ``before`` has its new names already."""

    before: SchemaSnapshot
    target: Target
    changes: tuple[Change, ...]
    intents: Intents
    managed: frozenset[ObjectRef]
    hindrances: tuple[Hindrance, ...]


async def compare(seen: Observation, run: MigrationRun, drop_tables: Collection[str]) -> Comparison:
    """The database as it is and as it should be, with the names that it will have."""
    intents = intents_of(run.models, run.dialect, seen.actual)
    before, managed, adopted = seen.actual, seen.managed, seen.adopted
    hindrances: tuple[Hindrance, ...] = ()
    if intents.renames:
        # seldom loaded
        from dataflow_migrations.renaming import Renames

        renames = Renames(
            {old.name: new.name for new, old in intents.renames.items() if new.kind == "table"},
            {(new.table, old.name): new.name for new, old in intents.renames.items() if new.kind == "column"},
            seen.spelled,
            is_requoted=seen.actual.dialect == "postgresql",
        )
        followed = await run.dialect.followed(run.session, seen.actual, intents.renames)
        before, hindrances = renames.of(seen.actual, followed.objects), followed.hindrances
        managed = frozenset(renames.ref(ref) for ref in seen.managed)
        adopted = {str(renames.ref(ref)): seen.adopted[str(ref)] for ref in seen.managed if str(ref) in seen.adopted}
    owned = Ownership(managed, adopted, seen.fitting, is_taken_over=bool(run.notes.get("takes_over")))
    target = target_of(before, seen.wanted, owned, drop_tables, run.accepted)
    named = tuple(
        Change(seen.actual.objects[name_now(new, intents.renames)], before.objects[new]) for new in intents.renames
    )
    changes = (*named, *diff(before, target.schema))
    return Comparison(before, target, changes, intents, managed, hindrances)
