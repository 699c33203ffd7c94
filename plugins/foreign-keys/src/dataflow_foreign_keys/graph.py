"""The foreign keys of a schema as a directed multigraph: what refers to what, in which circles, and in which order to make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from operator import attrgetter
from typing import Any

import attrs

from dataflow.inspection.report import Grid, Report
from dataflow.migrations import ObjectRef, SchemaSnapshot
from dataflow_foreign_keys.components import components
from dataflow_foreign_keys.keys import ForeignKey, keys_of


@attrs.frozen
class Cycle(Report):
    """Tables that refer to each other in a circle. ``later`` are those of its keys without which it is none.

    Made after the tables, or deferred to the end of the transaction, they let the tables and their rows come in order.
    """

    tables: tuple[str, ...]
    keys: tuple[ForeignKey, ...]
    later: tuple[ForeignKey, ...]

    def lines(self) -> Iterator[str]:
        yield f"circle of {', '.join(self.tables)}"
        yield from (f"  add later or defer {one.constraint_name}: {one}" for one in self.later)

    def grids(self) -> Iterator[Grid]:
        rows = [(one.constraint_name, one, "later" if one in self.later else "") for one in self.keys]
        yield Grid(f"circle of {', '.join(self.tables)}", ("constraint", "refers", "when"), rows)


@attrs.frozen
class Order(Report):
    """Tables in an order in which their foreign keys allow them to be made, and to be dropped."""

    create: tuple[str, ...]
    drop: tuple[str, ...]
    cycles: tuple[Cycle, ...] = ()

    @property
    def later(self) -> tuple[ForeignKey, ...]:
        """The keys to add when all tables are there, and to drop before any goes."""
        return tuple(one for cycle in self.cycles for one in cycle.later)

    def to_dict(self) -> dict[str, Any]:
        cycles = [{"tables": list(one.tables), "later": [key.to_dict() for key in one.later]} for one in self.cycles]
        return {"create": list(self.create), "drop": list(self.drop), "cycles": cycles}

    def lines(self) -> Iterator[str]:
        yield f"create {', '.join(self.create) or 'nothing'}"
        yield f"drop   {', '.join(self.drop) or 'nothing'}"
        for cycle in self.cycles:
            yield from cycle.lines()

    def grids(self) -> Iterator[Grid]:
        yield Grid("order", ("create", "drop"), list(zip(self.create, self.drop, strict=True)))
        for cycle in self.cycles:
            yield from cycle.grids()


@attrs.frozen(slots=False)
class ForeignKeyGraph(Report):
    """Tables as nodes; every foreign key is an edge of its own, from the table that refers to the one referred to."""

    tables: tuple[ObjectRef, ...]
    keys: tuple[ForeignKey, ...]

    @classmethod
    def of(cls, snapshot: SchemaSnapshot) -> ForeignKeyGraph:
        return cls(tuple(ref for ref in snapshot.objects if ref.kind == "table"), keys_of(snapshot))

    def of_table(self, table: ObjectRef) -> tuple[ForeignKey, ...]:
        """The keys by which a table's rows refer to others."""
        return self._constrained.get(table, ())

    def referring_to(self, table: ObjectRef) -> tuple[ForeignKey, ...]:
        """The keys by which others' rows, and its own, refer to a table's."""
        return self._referring.get(table, ())

    @cached_property
    def _constrained(self) -> Mapping[ObjectRef, tuple[ForeignKey, ...]]:
        return _grouped(self.keys, attrgetter("constrained"))

    @cached_property
    def _referring(self) -> Mapping[ObjectRef, tuple[ForeignKey, ...]]:
        return _grouped(self.keys, attrgetter("referred"))

    @cached_property
    def components(self) -> tuple[tuple[ObjectRef, ...], ...]:
        """The strongly connected components, those that are referred to first."""
        return components(self._successors(self.tables))

    def _successors(self, tables: Iterable[ObjectRef]) -> dict[ObjectRef, list[ObjectRef]]:
        known = dict.fromkeys(tables)
        return {table: [one.referred for one in self.of_table(table) if one.referred in known] for table in known}

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """The circles of several tables; a table that refers to itself is none, for one statement makes both."""
        return tuple(self._cycle(members) for members in self.components if len(members) > 1)

    @property
    def self_references(self) -> tuple[ForeignKey, ...]:
        return tuple(one for one in self.keys if one.is_self_reference)

    def order(self) -> Order:
        """Those that are referred to come first; a table goes before those that it refers to."""
        place = {table: number for number, members in enumerate(self.components) for table in members}
        sorter = TopologicalSorter[int]()
        for table, successors in self._successors(self.tables).items():
            sorter.add(place[table], *(place[one] for one in successors if place[one] != place[table]))
        create = [table for number in sorter.static_order() for table in self._within(self.components[number])]
        names = tuple(table.dotted for table in create)
        return Order(names, names[::-1], self.cycles)

    def _within(self, members: Sequence[ObjectRef]) -> list[ObjectRef]:
        """The tables of a component, each time the one that refers to the fewest that are not there yet."""
        waiting = sorted(members)
        placed: list[ObjectRef] = []
        while waiting:
            chosen = min(waiting, key=lambda table: self._missing(table, waiting))
            waiting.remove(chosen)
            placed.append(chosen)
        return placed

    def _missing(self, table: ObjectRef, waiting: Sequence[ObjectRef]) -> int:
        return sum(one.referred in waiting and not one.is_self_reference for one in self.of_table(table))

    def _cycle(self, members: Sequence[ObjectRef]) -> Cycle:
        order = self._within(members)
        inner = tuple(one for one in self.keys if one.constrained in order and one.referred in order)
        later = tuple(one for one in inner if order.index(one.referred) > order.index(one.constrained))
        return Cycle(tuple(table.dotted for table in order), inner, later)

    def to_dict(self) -> dict[str, Any]:
        return {"tables": [one.dotted for one in self.tables], "keys": [one.to_dict() for one in self.keys]}

    def lines(self) -> Iterator[str]:
        for table in self.tables:
            yield table.dotted
            for one in self.of_table(table):
                yield f"  {one.constraint_name}: {one} on delete {one.ondelete}{_more(one)}"

    def grids(self) -> Iterator[Grid]:
        rows = [
            (one.constraint_name, one, one.ondelete, one.onupdate, one.supporting_index or "none") for one in self.keys
        ]
        yield Grid("foreign keys", ("constraint", "refers", "on delete", "on update", "index"), rows)


def _grouped(
    keys: Iterable[ForeignKey], table: Callable[[ForeignKey], ObjectRef]
) -> Mapping[ObjectRef, tuple[ForeignKey, ...]]:
    found: dict[ObjectRef, list[ForeignKey]] = {}
    for one in keys:
        found.setdefault(table(one), []).append(one)
    return {ref: tuple(several) for ref, several in found.items()}


def _more(key: ForeignKey) -> str:
    words = [] if key.onupdate == "no action" else [f"on update {key.onupdate}"]
    words += ["deferred"] if key.is_deferred else []
    words += [] if key.validated else ["not validated"]
    words += [] if key.supporting_index else ["no index"]
    return "".join(f", {word}" for word in words)
