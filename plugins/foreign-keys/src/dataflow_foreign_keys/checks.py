"""What is wrong with the foreign keys of a database, asked of its catalogue and of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from dataflow.inspection.checkups import Finding, passes, warns
from dataflow.migrations import SchemaDialect, SchemaSnapshot, Session
from dataflow.models.model import Model
from dataflow_foreign_keys import findings
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.rows import source_of
from dataflow_foreign_keys.types import differing
from dataflow_foreign_keys.ways import chains, several_ways

#: tables that a cascade may go through, and rows that one deleted row may take along, before it is told of
MAX_LEVELS = 5
MAX_FAN_OUT = 10_000


@attrs.frozen(eq=False)
class Checks:
    """``models`` are those whose fields a cure can be written in."""

    snapshot: SchemaSnapshot
    session: Session
    dialect: SchemaDialect
    models: Sequence[Model]
    graph: ForeignKeyGraph

    def of_the_catalogue(self) -> Iterator[Finding]:
        """What costs nothing to know."""
        for key in self.graph.keys:
            if not key.supporting_index:
                yield warns(findings.missing_index(key, self.dialect, self._model(key)))
            for own, other, what in differing(key, self.snapshot):
                yield warns(findings.other_type(key, own, other, what))
            if not key.validated or not key.enforced:
                yield warns(findings.not_validated(key, self.dialect))
        for table, keys, ancestor in several_ways(self.graph, self.snapshot.dialect):
            yield warns(findings.several_ways(table, keys, ancestor))
        for chain in chains(self.graph):
            if len(chain) > MAX_LEVELS:
                yield warns(findings.deep_cascade(chain, MAX_LEVELS))

    async def of_the_rows(self) -> list[Finding]:
        """What reads every table that refers to another."""
        found: list[Finding] = []
        for key in self.graph.keys:
            number = await self._orphans(key)
            if number:
                found.append(warns(findings.orphans(key, number, self._without_parent(key))))
            if key.ondelete == "cascade":
                widest = await self._fan_out(key)
                if widest > MAX_FAN_OUT:
                    found.append(warns(findings.wide_cascade(key, widest, MAX_FAN_OUT)))
        return found

    def _model(self, key: ForeignKey) -> Model | None:
        return next(
            (model for model in self.models if self.snapshot.spelling_of(model.table) == key.constrained_table), None
        )

    async def _orphans(self, key: ForeignKey) -> int:
        ((number,),) = await self.session.rows(f"SELECT count(*) {self._without_parent(key)}")
        return int(number)

    def _without_parent(self, key: ForeignKey) -> str:
        """From which rows a reference leads nowhere; one without a value is none."""
        quoted = self.dialect.quoted
        given = " AND ".join(f"c.{quoted(name)} IS NOT NULL" for name in key.constrained_columns)
        child = f"FROM {source_of(key.constrained, self.dialect)} c WHERE {given}"
        if key.referred not in self.snapshot.objects or not key.pairs:
            return child
        same = " AND ".join(f"p.{quoted(other)} = c.{quoted(own)}" for own, other in key.pairs)
        return f"{child} AND NOT EXISTS (SELECT 1 FROM {source_of(key.referred, self.dialect)} p WHERE {same})"

    async def _fan_out(self, key: ForeignKey) -> int:
        """How many rows refer to the one that most refer to."""
        names = ", ".join(map(self.dialect.quoted, key.constrained_columns))
        given = " AND ".join(f"{self.dialect.quoted(name)} IS NOT NULL" for name in key.constrained_columns)
        rows = await self.session.rows(
            f"SELECT count(*) FROM {source_of(key.constrained, self.dialect)} WHERE {given}"
            f" GROUP BY {names} ORDER BY 1 DESC LIMIT 1"
        )
        return int(rows[0][0]) if rows else 0


async def checked(
    snapshot: SchemaSnapshot, session: Session, dialect: SchemaDialect, models: Iterable[Model], *, rows: bool = True
) -> list[Finding]:
    """The findings, those of the catalogue first; a line of praise when there are none.

    :param rows: whether the tables are read too.
    """
    graph = ForeignKeyGraph.of(snapshot)
    checks = Checks(snapshot, session, dialect, tuple(models), graph)
    found = [*checks.of_the_catalogue(), *(await checks.of_the_rows() if rows else ())]
    number = len(graph.keys)
    fine = passes(f"{number} foreign key{'' if number == 1 else 's'}, nothing to mend" if number else "no foreign key")
    return [attrs.evolve(one, area="schema") for one in found or [fine]]
