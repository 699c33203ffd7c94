"""Steps of single objects: each with what holds after it, and how it is undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    Defined,
    Index,
    Intents,
    MigrationStep,
    ObjectRef,
    Probe,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_postgres.migrations import columns, defined, enums, parts, tables
from dataflow_postgres.migrations.names import owner_of, qualified, quoted
from dataflow_postgres.migrations.needs import is_share
from dataflow_postgres.migrations.problems import refuse

#: whose text the server may write in other words when what it names has become something else
_WORDED = ("view", "materialized_view", "rule", "trigger", "policy", "routine", "statistics")


def is_(one: SchemaObject) -> Probe:
    # a partition's share is one when the whole table has it
    return Probe("exists", one.ref) if is_share(one) or one.ref.kind in _WORDED else Probe("is", one.ref, one)


def absent(ref: ObjectRef) -> Probe:
    return Probe("absent", ref)


def renamed(change: Change) -> MigrationStep:
    assert change.before is not None
    old, ref = change.before.ref, change.ref
    new_name, old_name = quoted(ref.name), quoted(old.name)
    table = owner_of(ref)
    forms = {
        "table": ("ALTER TABLE {name} RENAME TO {to}", True),
        "index": ("ALTER INDEX {name} RENAME TO {to}", True),
        "column": (f"ALTER TABLE {table} RENAME COLUMN {{name}} TO {{to}}", False),
        "constraint": (f"ALTER TABLE {table} RENAME CONSTRAINT {{name}} TO {{to}}", False),
    }
    if ref.kind not in forms:
        refuse(change.before)
    form, has_schema = forms[ref.kind]
    place = f"{quoted(ref.schema)}." if has_schema and ref.schema else ""
    return MigrationStep(
        kind="rename",
        target=ref,
        sql=[form.format(name=place + old_name, to=new_name)],
        inverse=[form.format(name=place + new_name, to=old_name)],
        postconditions=(Probe("exists", ref), absent(attrs.evolve(ref, name=old.name))),
        note=f"from {old.name}",
    )


def table_made(
    table: Table, schema: SchemaSnapshot, inside: Sequence[Constraint | Index], sequences: Sequence[Defined]
) -> MigrationStep:
    if "of_type" in table.options:
        refuse(table)
    inside = [one for one in inside if not _is_parents(one, table)]
    constraints = [one for one in inside if isinstance(one, Constraint)]
    indexes = [one for one in inside if isinstance(one, Index)]
    return MigrationStep(
        kind="create",
        target=table.ref,
        sql=[*tables.created(table, schema, constraints, indexes), *map(defined.owner_set, sequences)],
        inverse=[f"DROP TABLE {qualified(table.ref)}"],
        after=table,
        postconditions=tuple(map(is_, (table, *schema.columns_of(table.ref), *inside, *sequences))),
    )


def _is_parents(one: Constraint | Index, table: Table) -> bool:
    """Whether a table that inherits has a check from its parent."""
    return isinstance(one, Constraint) and "inherited" in one.options and "partition_of" not in table.options


def table_gone(
    table: Table, schema: SchemaSnapshot, apart: Collection[ObjectRef], sequences: Sequence[Defined]
) -> MigrationStep:
    """:param apart: parts that have steps of their own.

    :param sequences: those that belong to it, and go with it.
    """
    own = [one for one in schema.parts_of(table.ref) if one.ref not in apart]
    inside = [one for one in own if isinstance(one, Constraint | Index) and not _is_later(one)]
    later = [one for one in own if not isinstance(one, Column) and one not in inside]
    again = [statement for one in sequences for statement in defined.created(one, owned=False)]
    again += table_made(table, schema, inside, sequences).sql
    for one in later:
        again += _created(one)
    return MigrationStep(
        kind="drop",
        target=table.ref,
        sql=[f"DROP TABLE {qualified(table.ref)}"],
        phase="contract",
        reversible="lossy",
        inverse=again,
        before=table,
        postconditions=(absent(table.ref), *(absent(one.ref) for one in sequences)),
    )


def _is_later(one: Constraint | Index) -> bool:
    return isinstance(one, Constraint) and (one.type == "foreign" or not one.validated)


def _created(one: SchemaObject) -> list[str]:
    if isinstance(one, Constraint):
        return parts.constraint_added(one)
    if isinstance(one, Index):
        return parts.index_created(one)
    assert isinstance(one, Defined)
    return defined.created(one)


def _dropped(one: SchemaObject) -> list[str]:
    if isinstance(one, Constraint):
        return parts.constraint_dropped(one)
    if isinstance(one, Index):
        return parts.index_dropped(one)
    assert isinstance(one, Defined)
    return defined.dropped(one)


def made(one: SchemaObject, *, owned: bool = True) -> MigrationStep:
    """:param owned: whether the table of a sequence is there."""
    _refuse_unknown(one)
    sql = _created(one) if owned or not isinstance(one, Defined) else defined.created(one, owned=False)
    undone = _dropped(one)
    if one.ref.kind == "sequence" or is_share(one):
        # they may have gone with what they belong to
        word = one.ref.kind.upper()
        undone = [statement.replace(f"DROP {word}", f"DROP {word} IF EXISTS", 1) for statement in undone]
    return MigrationStep(
        kind="create",
        target=one.ref,
        sql=sql,
        inverse=undone,
        after=one,
        postconditions=(is_(one) if owned else Probe("exists", one.ref),),
    )


def gone(one: SchemaObject) -> MigrationStep:
    _refuse_unknown(one)
    return MigrationStep(
        kind="drop",
        target=one.ref,
        sql=_dropped(one),
        inverse=_created(one),
        before=one,
        postconditions=(absent(one.ref),),
    )


def column_made(column: Column, intents: Intents, sequences: Sequence[Defined]) -> MigrationStep:
    return MigrationStep(
        kind="create",
        target=column.ref,
        sql=[*columns.added(column, intents.backfills.get(column.ref)), *map(defined.owner_set, sequences)],
        inverse=columns.dropped(column),
        after=column,
        postconditions=(is_(column), *map(is_, sequences)),
    )


def column_gone(column: Column, intents: Intents, sequences: Sequence[Defined]) -> MigrationStep:
    again = [statement for one in sequences for statement in defined.created(one, owned=False)]
    again += columns.restored(column, intents.kept.get(column.ref))
    return MigrationStep(
        kind="drop",
        target=column.ref,
        sql=columns.dropped(column),
        phase="contract",
        reversible="yes" if column.generated is not None else "lossy",
        inverse=[*again, *map(defined.owner_set, sequences)],
        before=column,
        postconditions=(absent(column.ref),),
    )


def altered(old: SchemaObject, new: SchemaObject, intents: Intents) -> MigrationStep:
    """One object made another where it stands."""
    kept = intents.kept.get(new.ref)
    sql, inverse = _alterations(old, new, intents)
    return MigrationStep(
        kind="alter",
        target=new.ref,
        sql=sql,
        reversible="lossy" if kept is not None else "yes",
        inverse=inverse,
        before=old,
        after=new,
        postconditions=(is_(new),),
    )


def labels_added(old: Defined, new: Defined, used: bool, back: Sequence[str], users: Sequence[Column]) -> MigrationStep:
    """An enumeration with further labels: a type without them takes its place again when that is undone.

    :param used: whether later steps use them.
    :param back: the statements that undo it.
    :param users: the columns of that type.
    """
    return MigrationStep(
        kind="alter",
        target=new.ref,
        sql=defined.altered(old, new) or [],
        # a new label can be used once it is committed
        transactional="autocommit" if used else "yes",
        inverse=back,
        inverse_transactional="yes",
        inverse_preconditions=enums.in_use(new, old, users),
        before=old,
        after=new,
        postconditions=(is_(new),),
    )


def _alterations(old: SchemaObject, new: SchemaObject, intents: Intents) -> tuple[list[str], list[str]]:
    if isinstance(old, Column) and isinstance(new, Column):
        if old.options.get("inherited") == "yes":
            return columns.altered_inherited(old, new), columns.altered_inherited(new, old)
        return _column_altered(old, new, intents)
    if isinstance(old, Table) and isinstance(new, Table):
        return tables.altered(old, new) or [], tables.altered(new, old) or []
    if isinstance(old, Constraint) and isinstance(new, Constraint):
        back = parts.constraint_altered(new, old)
        return parts.constraint_altered(old, new) or [], back if back is not None else [*_dropped(new), *_created(old)]
    if isinstance(old, Index) and isinstance(new, Index):
        return parts.index_altered(old, new) or [], parts.index_altered(new, old) or []
    assert isinstance(old, Defined)
    assert isinstance(new, Defined)
    return defined.altered(old, new) or [], defined.altered(new, old) or []


def _column_altered(old: Column, new: Column, intents: Intents) -> tuple[list[str], list[str]]:
    backfill = intents.backfills.get(new.ref) if old.nullable and not new.nullable else None
    kept, copies = intents.kept.get(new.ref), intents.copies.get(new.ref, ())
    forward = [*columns.following(old, new, copies), *columns.altered(old, new, backfill)]
    back = [*columns.following(new, old, copies), *columns.altered(new, old, kept=kept)]
    return forward, [*back, *columns.given_back(old, copies)]


def swapped(old: Defined, new: Defined, users: Sequence[Column], after: SchemaSnapshot) -> MigrationStep:
    """An enumeration with other labels, and its columns with it."""
    return MigrationStep(
        kind="rebuild",
        target=new.ref,
        sql=enums.swapped(old, new, users),
        inverse=enums.swapped(new, old, users),
        preconditions=enums.in_use(old, new, users),
        inverse_preconditions=enums.in_use(new, old, users),
        before=old,
        after=new,
        postconditions=(is_(new), *(is_(one) for one in users if after.objects.get(one.ref) == one)),
        note=f"with {', '.join(str(one.ref) for one in users)}" if users else "",
    )


def concurrently(step: MigrationStep) -> MigrationStep:
    """The same index built while its table is written to.

    A build that fails leaves an index that is not valid, which has to go before the next try.
    """
    index = step.after
    assert isinstance(index, Index)
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {parts.index_name(index.ref)}"
    create, *rest = step.sql
    return attrs.evolve(
        step,
        sql=[create.replace(" INDEX ", " INDEX CONCURRENTLY ", 1), *rest],
        inverse=[drop],
        cleanup=[drop],
        transactional="autocommit",
        rehearsal=step.sql,
        note="while the table is written to",
    )


def _refuse_unknown(one: SchemaObject) -> None:
    if isinstance(one, Defined) and not one.definition:
        refuse(one)
