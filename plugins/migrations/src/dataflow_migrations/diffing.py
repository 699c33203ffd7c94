"""How two schemas differ, object by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import attrs

from dataflow.migrations import Change, Constraint, Index, ObjectRef, SchemaObject, SchemaSnapshot


def diff(before: SchemaSnapshot, after: SchemaSnapshot) -> tuple[Change, ...]:
    """The changes that make one schema the other, in the order of the objects' kinds and names; none when they are equal.

    An index or constraint that goes while its like comes under another name is one change, which renames it.
    """
    return tuple(_joined(list(_changes(before, after))))


def _changes(before: SchemaSnapshot, after: SchemaSnapshot) -> Iterator[Change]:
    for ref in sorted({*before.objects, *after.objects}):
        old, new = before.objects.get(ref), after.objects.get(ref)
        if old != new and not _comes_with_table(ref, before, after):
            yield Change(old, new)


def _comes_with_table(ref: ObjectRef, before: SchemaSnapshot, after: SchemaSnapshot) -> bool:
    """Whether the table itself comes or goes, and its parts with it."""
    return ref.owner is not None and (ref.owner in before.objects) != (ref.owner in after.objects)


def _joined(changes: Sequence[Change]) -> Iterator[Change]:
    of_table: dict[ObjectRef | None, list[Change]] = defaultdict(list)
    for change in changes:
        if change.ref.kind in ("index", "constraint"):
            of_table[change.ref.owner].append(change)
    gone = {table: [change for change in own if change.after is None] for table, own in of_table.items()}
    joined: list[Change] = []
    for change in changes:
        left = gone.get(change.ref.owner, [])
        if change.before is None and isinstance(change.after, Index | Constraint):
            like = next((one for one in left if one.before is not None and is_like(one.before, change.after)), None)
            if like is not None:
                left.remove(like)
                joined.append(like)
                yield Change(like.before, change.after)
                continue
        if change not in joined and not (change in left and _has_like(change, of_table[change.ref.owner], left)):
            yield change


def _has_like(change: Change, changes: Sequence[Change], gone: Sequence[Change]) -> bool:
    """Whether what goes will be joined with what comes later in the order."""
    assert change.before is not None
    same = [one for one in gone if one.before is not None and is_like(one.before, change.before)]
    coming = [
        one
        for one in changes
        if one.before is None and isinstance(one.after, Index | Constraint) and is_like(change.before, one.after)
    ]
    return same.index(change) < len(coming)


def is_like(one: SchemaObject, other: SchemaObject) -> bool:
    """Whether two objects of one table are the same but for their names."""
    return one.ref.owner == other.ref.owner and attrs.evolve(one, ref=other.ref) == other


def names_of(changes: Sequence[Change]) -> tuple[str, ...]:
    """A line for each change, for people."""
    return tuple(str(change) for change in changes)
