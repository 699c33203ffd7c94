"""The impact as statistics have it: every row is taken to have as many referring rows as the average."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import attrs

from dataflow.migrations import ObjectRef
from dataflow.models.model import Model
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.impact import Block, Impact, Reason, TableImpact
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.statistics import Statistics

#: what is less than half a row follows from rounding
LEAST = 0.5
MAX_ROUNDS = 1000


@attrs.define
class Spread:
    """Expected rows, step by step along the keys; never more than a table has."""

    graph: ForeignKeyGraph
    known: Statistics
    deleted: dict[ObjectRef, float] = attrs.field(factory=lambda: defaultdict(float))
    written: dict[ForeignKey, float] = attrs.field(factory=lambda: defaultdict(float))
    held: dict[ForeignKey, float] = attrs.field(factory=lambda: defaultdict(float))

    def run(self, table: ObjectRef, rows: float) -> None:
        fresh = {table: rows}
        self.deleted[table] = rows
        for _ in range(MAX_ROUNDS):
            fresh = self._step(fresh)
            if not fresh:
                return

    def _step(self, fresh: dict[ObjectRef, float]) -> dict[ObjectRef, float]:
        following: dict[ObjectRef, float] = defaultdict(float)
        for table, rows in fresh.items():
            for key in self.graph.referring_to(table):
                number = min(rows * self.known.fan_out(key), self.known.children(key))
                if key.ondelete == "cascade":
                    room = max(0.0, self.known.rows.get(key.constrained, 0.0) - self.deleted[key.constrained])
                    number = min(number, room)
                    self.deleted[key.constrained] += number
                    following[key.constrained] += number
                elif key.ondelete in ("set null", "set default"):
                    self.written[key] += number
                else:
                    self.held[key] += number
        return {table: rows for table, rows in following.items() if rows >= LEAST}


def estimated(
    model: Model, table: ObjectRef, rows: int, graph: ForeignKeyGraph, known: Statistics, caveats: tuple[str, ...] = ()
) -> Impact:
    """The impact of deleting so many rows of a model's table."""
    spread = Spread(graph, known)
    spread.run(table, rows)
    return Impact(
        model=model.name,
        action="delete",
        rows=rows,
        tables=tuple(one for one in _tables(spread) if one.is_touched),
        blocked=tuple(_blocks(spread)),
        method="estimated",
        source=known.source,
        caveats=caveats,
    )


def _tables(spread: Spread) -> Iterator[TableImpact]:
    for table in sorted({*spread.deleted, *(key.constrained for key in spread.written)}):
        numbers: dict[str, dict[str, int]] = {"set null": {}, "set default": {}}
        for key, rows in spread.written.items():
            if key.constrained == table and rows >= LEAST:
                columns = numbers[key.ondelete]
                for name in key.written:
                    columns[name] = columns.get(name, 0) + round(rows)
        nulled, defaulted = numbers["set null"], numbers["set default"]
        yield TableImpact(
            table.dotted,
            round(spread.deleted.get(table, 0.0)),
            max(nulled.values(), default=0),
            max(defaulted.values(), default=0),
            nulled,
            defaulted,
        )


def _blocks(spread: Spread) -> Iterator[Block]:
    for key, rows in spread.held.items():
        if rows >= LEAST:
            reason: Reason = "restrict" if key.ondelete == "restrict" else "no action"
            yield Block(
                key.constraint_name,
                key.constrained.dotted,
                round(rows),
                reason,
                "commit" if key.is_deferred else "statement",
            )
