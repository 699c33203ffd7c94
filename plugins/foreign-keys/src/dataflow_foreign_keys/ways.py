"""What the shape of the keys says of a delete: chains of cascades, and rows that it reaches by several ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataflow.migrations import ObjectRef
from dataflow_foreign_keys.components import components
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey

#: the actions that refuse at once, and so before another key may have taken the row away
AT_ONCE: Mapping[str, frozenset[str]] = {
    "sqlite": frozenset(("restrict",)),
    "postgresql": frozenset(("restrict", "no action")),
    "mysql": frozenset(("restrict", "no action")),
    "mariadb": frozenset(("restrict", "no action")),
}
Ways = tuple[ObjectRef, tuple[ForeignKey, ...], ObjectRef]


def reached(graph: ForeignKeyGraph, table: ObjectRef) -> set[ObjectRef]:
    """The tables whose rows a delete of a table's rows may take along, itself with them."""
    found, waiting = {table}, [table]
    while waiting:
        for key in graph.referring_to(waiting.pop()):
            if key.ondelete == "cascade" and key.constrained not in found:
                found.add(key.constrained)
                waiting.append(key.constrained)
    return found


def several_ways(graph: ForeignKeyGraph, dialect: str) -> Iterator[Ways]:
    """The tables that a delete reaches by keys of which one takes the rows away and another holds or changes them.

    With the keys, and the nearest table from which both begin: which comes first may decide whether it is refused.
    """
    reaches = {table: reached(graph, table) for table in graph.tables}
    for table in graph.tables:
        found = {
            ancestor: tuple(one for one in graph.of_table(table) if one.referred in reaches[ancestor] and one.enforced)
            for ancestor in graph.tables
        }
        disputed = {ancestor: keys for ancestor, keys in found.items() if _is_disputed(keys, AT_ONCE[dialect])}
        for ancestor, keys in disputed.items():
            nearer = [
                one
                for one in disputed
                if one != ancestor
                and one in reaches[ancestor]
                and disputed[one] == keys
                and ancestor not in reaches[one]
            ]
            if not nearer:
                yield table, keys, ancestor


def _is_disputed(keys: tuple[ForeignKey, ...], at_once: frozenset[str]) -> bool:
    actions = {one.ondelete for one in keys if not (one.is_deferred and one.ondelete == "no action")}
    return "cascade" in actions and bool(actions & at_once)


def chains(graph: ForeignKeyGraph) -> Iterator[tuple[ObjectRef, ...]]:
    """The longest chain of cascades from each table that none cascades to; a circle counts as one of its tables."""
    edges = {
        table: [one.constrained for one in graph.referring_to(table) if one.ondelete == "cascade"]
        for table in graph.tables
    }
    place = {table: members[0] for members in components(edges) for table in members}
    longest: dict[ObjectRef, tuple[ObjectRef, ...]] = {}
    # a component comes after those that it leads to
    for members in components(edges):
        further = [longest[place[one]] for table in members for one in edges.get(table, ()) if place[one] != members[0]]
        longest[members[0]] = (members[0], *max(further, key=len, default=()))
    below = {place[one] for table, own in edges.items() for one in own if place[one] != place[table]}
    yield from (chain for first, chain in longest.items() if first not in below)
