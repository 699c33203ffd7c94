"""Which rows a delete may touch: read step by step along the foreign keys, on one state of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import attrs

from dataflow.migrations import ObjectRef, SchemaDialect, SchemaSnapshot, Session
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey, columns_by_name
from dataflow_foreign_keys.rows import RowKey, Rows, rows_of

#: actions that write the referencing columns
WRITING = frozenset(("set null", "set default"))


class NotExact(Exception):
    """Why the rows cannot be followed one by one."""


@attrs.define(eq=False, slots=False)
class Reach:
    """Rows by numbers. ``children`` has those that refer to a row by a key, in the order in which the server meets them."""

    rows: list[tuple[ObjectRef, RowKey]] = attrs.field(factory=list)
    number: dict[tuple[ObjectRef, RowKey], int] = attrs.field(factory=dict)
    roots: list[int] = attrs.field(factory=list)
    children: dict[tuple[ForeignKey, int], list[int]] = attrs.field(factory=dict)

    def add(self, table: ObjectRef, key: RowKey) -> int:
        """The number of a row, a new one where it was not reached before."""
        found = self.number.get((table, key))
        if found is None:
            found = self.number[table, key] = len(self.rows)
            self.rows.append((table, key))
        return found

    def table(self, row: int) -> ObjectRef:
        return self.rows[row][0]

    def parent(self, key: ForeignKey, row: int) -> int | None:
        """The row that one referred to by a key in the beginning; None where it is not reached, or there is none."""
        return self._parents.get((key, row))

    @cached_property
    def _parents(self) -> dict[tuple[ForeignKey, int], int]:
        return {(key, child): parent for (key, parent), found in self.children.items() for child in found}

    def of_table(self, table: ObjectRef) -> list[int]:
        return [number for number, (own, _) in enumerate(self.rows) if own == table]


@attrs.define(slots=False)
class Reading:
    """Follows the keys from some rows on. ``limit`` is how many rows it keeps in mind at most."""

    session: Session
    dialect: SchemaDialect
    snapshot: SchemaSnapshot
    graph: ForeignKeyGraph
    limit: int

    @cached_property
    def _rows(self) -> dict[ObjectRef, Rows | None]:
        return {}

    def rows(self, table: ObjectRef) -> Rows:
        """How to tell a table's rows apart.

        :raises NotExact: when nothing does.
        """
        if table not in self._rows:
            self._rows[table] = rows_of(table, self.snapshot, self.dialect)
        found = self._rows[table]
        if found is None:
            raise NotExact(f"table '{table.dotted}' has no key by which its rows are told apart")
        return found

    async def from_keys(self, table: ObjectRef, keys: Sequence[Any]) -> Reach:
        """All that a delete of the rows with these ids may touch."""
        reach = Reach()
        rows, column = self.rows(table), f"t.{self.dialect.quoted('id')}"
        ordered: list[RowKey] = []
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            ordered += await self.session.rows(
                f"SELECT {rows.named('t')} FROM {rows.source} t WHERE {column} IN ({', '.join('?' * len(some))})"
                f" ORDER BY {rows.ordered('t')}",
                *some,
            )
        reach.roots = [reach.add(table, tuple(key)) for key in ordered]
        await self._follow(reach)
        return reach

    async def _follow(self, reach: Reach) -> None:
        waiting: dict[ObjectRef, list[int]] = defaultdict(list)
        for row in reach.roots:
            waiting[reach.table(row)].append(row)
        expanded = set(reach.roots)
        while waiting:
            table, rows = waiting.popitem()
            for key in self.graph.referring_to(table):
                goes_on = self._goes_on(key)
                for child in await self._children(key, rows, reach):
                    if goes_on and child not in expanded:
                        expanded.add(child)
                        waiting[key.constrained].append(child)

    def _goes_on(self, key: ForeignKey) -> bool:
        """Whether what happens to a referencing row may touch further ones."""
        if key.ondelete == "cascade":
            return True
        is_written = {key.ondelete, key.onupdate} & WRITING or key.onupdate == "cascade"
        return bool(is_written) and any(
            set(other.referred_columns) & set(key.constrained_columns)
            for other in self.graph.referring_to(key.constrained)
        )

    async def _children(self, key: ForeignKey, parents: Sequence[int], reach: Reach) -> list[int]:
        """The rows that refer to others by a key; remembered."""
        parent, child = self.rows(key.referred), self.rows(key.constrained)
        width = len(parent.parts)
        found: list[int] = []
        by_key = {reach.rows[row][1]: row for row in parents}
        for chunk in parent.chunks(list(by_key)):
            asked = await self.session.rows(
                f"SELECT {parent.named('p')}, {child.named('c')} FROM {parent.source} p"
                f" JOIN {child.source} c ON {self._joined(key)} WHERE {parent.among('p', len(chunk))}"
                f" ORDER BY {child.ordered('c')}",
                *(value for one in chunk for value in one),
            )
            for row in asked:
                number = reach.add(key.constrained, tuple(row[width:]))
                reach.children.setdefault((key, by_key[tuple(row[:width])]), []).append(number)
                found.append(number)
            if len(reach.rows) > self.limit:
                raise NotExact(f"more than {self.limit:,} rows are reached")
        return found

    def _joined(self, key: ForeignKey) -> str:
        if not key.pairs:
            raise NotExact(
                f"{key.constraint_name} refers to no key of {key.referred.dotted}, and SQLite refuses such deletes"
            )
        quoted = self.dialect.quoted
        parent = columns_by_name(key.referred, self.snapshot)
        child = columns_by_name(key.constrained, self.snapshot)
        pairs = []
        for own, other in key.pairs:
            # a foreign key of SQLite compares as the parent's column does: its collation, being on the left, and its affinity
            is_other = self.snapshot.dialect == "sqlite" and parent[other].type != child[own].type
            pairs.append(f"p.{quoted(other)} = {'+' if is_other else ''}c.{quoted(own)}")
        return " AND ".join(pairs)
