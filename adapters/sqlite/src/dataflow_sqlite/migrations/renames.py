"""Tables and columns that get another name where they stand."""

from __future__ import annotations

import attrs

from dataflow.migrations import Change, MigrationStep, ObjectRef, Probe
from dataflow_sqlite.migrations.catalogue import quoted


def table_renamed(change: Change) -> MigrationStep:
    assert change.before is not None
    old, new = change.before.ref, change.ref
    return MigrationStep(
        kind="rename",
        target=new,
        sql=[renamed(new, old)],
        inverse=[renamed(old, new)],
        postconditions=(Probe("exists", change.ref), Probe("absent", change.before.ref)),
        note=f"from {change.before.ref.name}",
    )


def column_renamed(change: Change) -> MigrationStep:
    assert change.before is not None
    new, old = change.ref, attrs.evolve(change.ref, name=change.before.ref.name)
    return MigrationStep(
        kind="rename",
        target=new,
        sql=[renamed(new, old)],
        inverse=[renamed(old, new)],
        postconditions=(Probe("exists", new), Probe("absent", old)),
        note=f"from {change.before.ref.name}",
    )


def renamed(new: ObjectRef, old: ObjectRef) -> str:
    """The statement; a column is in its table's new name."""
    if new.kind == "table":
        return f"ALTER TABLE {quoted(old.name)} RENAME TO {quoted(new.name)}"
    return f"ALTER TABLE {quoted(new.table)} RENAME COLUMN {quoted(old.name)} TO {quoted(new.name)}"
