"""What has to be there, or gone, before what: as the catalogue knows it, and by kind where it knows nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from dataflow.migrations import Column, Constraint, Dependency, ObjectRef, SchemaObject, Table

Needs = dict[ObjectRef, set[ObjectRef]]
Rank = tuple[object, ...]

_KINDS = ("extension", "type", "domain", "sequence", "routine", "table", "column", "constraint", "index")
#: after what stands in tables; a view that keeps its rows reads all others when it is made
_LATER = ("statistics", "view", "materialized_view", "rule", "trigger", "policy")
_ALTERED, _FOREIGN, _CHECKED = "altered table", "foreign key", "check of what is there"
_PLACES = {kind: place for place, kind in enumerate((*_KINDS, _ALTERED, *_LATER, _FOREIGN, _CHECKED))}


def needs_of(
    todo: Mapping[ObjectRef, SchemaObject], altered: Collection[ObjectRef], dependencies: Iterable[Dependency]
) -> Needs:
    """What each one needs of the others; a part of a table that comes or goes needs the table."""
    needs: Needs = {ref: set() for ref in todo}

    def is_whole(table: ObjectRef | None) -> bool:
        return table in needs and table not in altered

    def key(ref: ObjectRef) -> ObjectRef | None:
        return ref if ref in needs else ref.owner if is_whole(ref.owner) else None

    for ref in todo:
        if ref.owner is not None and is_whole(ref.owner):
            needs[ref].add(ref.owner)
    for one in dependencies:
        dependent, referenced = key(one.dependent), key(one.referenced)
        if dependent is None or referenced is None or dependent == referenced or referenced.owner == dependent:
            continue
        if one.dependent.kind == "sequence" and one.referenced.kind == "column":
            # whose it is, is said afterwards
            continue
        needs[dependent].add(referenced)
    return needs


def heed_parents(
    needs: Needs, todo: Mapping[ObjectRef, SchemaObject], new: Collection[ObjectRef], dependencies: Iterable[Dependency]
) -> None:
    """Put tables that take after others in their places.

    One comes when the other has its columns, and its own change after those. Indexes and keys of a partition come before
    those of a partitioned table that is there, which takes them in.

    :param new: what is made.
    """
    columns: dict[ObjectRef | None, list[ObjectRef]] = defaultdict(list)
    for ref in needs:
        if ref.kind == "column":
            columns[ref.owner].append(ref)
    for one in dependencies:
        child, parent = one.dependent, one.referenced
        if child.kind == parent.kind == "table":
            if child in needs:
                needs[child].update(columns[parent])
            for ref in columns[child]:
                needs[ref].update(other for other in columns[parent] if other.name == ref.name)
        elif parent in needs and child.kind == parent.kind and is_share(todo.get(child)) and parent.owner not in new:
            needs[child].discard(parent)
            needs[parent].add(child)


def is_share(one: SchemaObject | None) -> bool:
    """Whether a column, constraint or index is there because a parent's is."""
    options = () if one is None else one.options
    return "attached_to" in options or "inherited" in options


def rank_of(objects: Mapping[ObjectRef, SchemaObject], altered: Collection[ObjectRef]) -> Callable[[ObjectRef], Rank]:
    """Among those that need nothing of each other, which comes first."""

    def rank(ref: ObjectRef) -> Rank:
        one = objects[ref]
        kind: str = ref.kind
        if isinstance(one, Constraint):
            kind = _CHECKED if ref in altered else _FOREIGN if one.type == "foreign" else kind
        elif isinstance(one, Table) and ref in altered:
            kind = _ALTERED
        is_generated = isinstance(one, Column) and one.generated is not None
        return _PLACES.get(kind, len(_PLACES)), is_generated, ref.table, ref.name, ref.schema, ref.signature

    return rank
