"""Changes of many rows, each by its own values: one statement joins the table with all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from dataflow.expressions.tree import Expression
from dataflow.operations.operation import BulkUpdate, Increment, Result
from dataflow_mysql.deadlocks import retried
from dataflow_mysql.dialect import quoted
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import literal, written
from dataflow_mysql.rows import Source, named
from dataflow_sql import Statements, values_of
from dataflow_sql.bulk import Change, grouped, teller
from dataflow_sql.rows import column_encoders, encoded_column
from dataflow_sql.servers import Execution, Link

#: of one statement
ROWS = 5_000


def bulk_update(statements: Statements, execution: Execution) -> Callable[[BulkUpdate], Awaitable[Result]]:
    async def run(operation: BulkUpdate) -> Result:
        groups, tell = grouped(operation.rows), teller(operation)

        async def work(link: Link) -> Result:
            assert isinstance(link, MySQLLink)
            changed = done = 0
            for group in groups:
                changed += await _changed(statements, operation, group, link)
                done += len(group)
                tell(done)
            return {"updated": changed}

        sql = f"UPDATE {statements.model.table} ({len(operation.rows)} rows)"
        return await retried(operation, lambda: execution.atomic(operation, sql, len(operation.rows), work))

    return run


async def _changed(statements: Statements, operation: BulkUpdate, group: Sequence[Change], link: MySQLLink) -> int:
    form = {name: isinstance(value, Increment) for name, value in group[0][2].items()}
    if not form:
        return 0
    rows = [
        (key, *(value.amount if isinstance(value, Increment) else value for value in values.values()))
        for _, key, values in group
    ]
    changing = Changing(statements, ("id",), form, {}, operation.where)
    return await changing.run(link, list(zip(*rows, strict=True)), [place for place, _, _ in group])


@attrs.define(eq=False)
class Changing:
    """Rows that change the same fields. ``form`` tells which of them change by an amount.

    ``keys`` are the fields that find a row, ``sets`` are changes that are the same for all.
    """

    statements: Statements
    keys: tuple[str, ...]
    form: Mapping[str, bool]
    sets: Mapping[str, Any]
    where: Expression | None

    async def run(self, link: MySQLLink, columns: Sequence[Sequence[Any]], places: Sequence[int]) -> int:
        """Change them; gives how many there were. The columns are those of the keys, then of the form."""
        names = (*self.keys, *self.form)
        encoders = column_encoders(self.statements.model, names, self.statements.dialect)
        stored = [encoded_column(encode, one) for encode, one in zip(encoders, columns, strict=True)]
        return sum([
            await self._part(link, [one[start : start + ROWS] for one in stored], places[start : start + ROWS])
            for start in range(0, len(places), ROWS)
        ])  # fmt: skip

    async def _part(self, link: MySQLLink, columns: Sequence[Sequence[Any]], places: Sequence[int]) -> int:
        async def attempt(start: int, end: int) -> int:
            return (await link.answer(self._sql([one[start:end] for one in columns]))).affected_rows

        try:
            return await attempt(0, len(places))
        except Exception as error:
            raise await named(link, len(places), error, attempt, places.__getitem__) from error

    def _sql(self, columns: Sequence[Sequence[Any]]) -> str:
        table = quoted(self.statements.model.table)
        # a key may itself change, so that its new value has a place of its own
        source = Source(self.statements, (*self.keys, *self.form))
        same = " AND ".join(
            f"{table}.{quoted(name)} = {source.expression(place)}" for place, name in enumerate(self.keys)
        )
        changes = [
            (name, source.expression(place), adds)
            for place, (name, adds) in enumerate(self.form.items(), len(self.keys))
        ]
        changes += [self._same_for_all(name, value) for name, value in self.sets.items()]
        assigned = ", ".join(
            f"{table}.{quoted(name)} = {f'{table}.{quoted(name)} + ' if adds else ''}{value}"
            for name, value, adds in changes
        )
        guard = f" WHERE {condition(self.statements, self.where)}" if self.where is not None else ""
        # names of the model, quoted, and literals
        return f"UPDATE {table} JOIN {source.table(columns)} ON {same} SET {assigned}{guard}"  # noqa: S608

    def _same_for_all(self, name: str, value: Any) -> tuple[str, str, bool]:
        given = value.amount if isinstance(value, Increment) else value
        encode = self.statements.dialect.codec(self.statements.model.fields[name].type).encode
        return name, literal(given if encode is None or given is None else encode(given)), isinstance(value, Increment)


def condition(statements: Statements, where: Expression) -> str:
    """A condition with its values written out."""
    conditions = statements.conditions()
    prepared = statements.prepare(conditions.clause(where), conditions.encoders)
    return written(prepared.sql, prepared.bind(values_of(where)))
