"""The quick way of a bulk create that changes what is there: ON DUPLICATE KEY, which tells on which key it fired."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.mysql import insert

from dataflow.operations.operation import BulkCreate, Increment
from dataflow_mysql.bulk_update import condition
from dataflow_mysql.errors import is_refusal
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import written
from dataflow_mysql.loading import Loading, packets
from dataflow_sql import Statements
from dataflow_sql.bulk import set_values

#: how often the key that was named was in conflict, how often another was, and which it was at last
TARGET, OTHER, HIT = "@dataflow_target", "@dataflow_other", "@dataflow_hit"
_BEGIN = f"SAVEPOINT dataflow_rows; SET {TARGET} = 0, {OTHER} = 0"
_TOLD = f"SELECT {TARGET} + 0, {OTHER} + 0"
_UNDO = "ROLLBACK TO SAVEPOINT dataflow_rows"


@attrs.define(eq=False)
class Duplicates:
    """One batch of rows, 14 microseconds each; to lock, insert and change them apart takes 60."""

    operation: BulkCreate
    statements: Statements
    loading: Loading

    async def run(self, link: MySQLLink, batch: range) -> int | None:
        """How many rows were there before; None, and nothing done, where another key was in conflict."""
        try:
            return await self._run(link, batch)
        except Exception as error:
            if not (link.is_open and is_refusal(error)):
                raise
            # whoever goes row by row finds out which it was
            with suppress(Exception):
                await link.control(_UNDO)
            return None

    async def _run(self, link: MySQLLink, batch: range) -> int | None:
        names = self.operation.names
        if "id" in names and self._lacks_ids(batch):
            names = tuple(name for name in names if name != "id")
        rows, head, tail = self.loading.rows(names, batch), self.loading.head(names), self.tail()
        await link.control(_BEGIN)
        for start, end in packets(rows, len(head) + len(tail), self.loading.characters(link)):
            await link.answer(head + ",".join(rows[start:end]) + tail)
        ((target, other),) = await link.rows(_TOLD, ())
        if other:
            await link.control(_UNDO)
            return None
        return int(target)

    def _lacks_ids(self, batch: range) -> bool:
        column = self.operation.columns[self.operation.names.index("id")]
        return column[batch.start] is None

    def tail(self) -> str:
        """What happens to a row in conflict."""
        table = self.statements.table
        statement: Any = insert(table).values({name: sa.literal_column("NULL") for name in self.operation.names})
        new = {name: statement.inserted[name] for name in self.operation.changes}
        sets = set_values(self.operation)
        for name in sets:
            given: Any = sa.bindparam(f"s_{name}", None, type_=sa.types.NullType())
            adds = isinstance(self.operation.sets[name], Increment)
            field = self.statements.model.fields[name]
            new[name] = self.statements.dialect.increment(table.c[name], field, given) if adds else given
        statement = statement.on_duplicate_key_update(self._assignments(table, statement, new))
        compiled = statement.compile(dialect=self.statements.dialect.compiler)
        values = [self._stored(name.removeprefix("s_"), sets) for name in compiled.positiontup or ()]
        return " " + written(str(compiled)[str(compiled).index("ON DUPLICATE KEY") :], values)

    def _stored(self, name: str, sets: dict[str, Any]) -> Any:
        encode = self.statements.dialect.codec(self.statements.model.fields[name].type).encode
        return sets[name] if encode is None or sets[name] is None else encode(sets[name])

    def _assignments(self, table: sa.Table, statement: Any, new: dict[str, Any]) -> list[tuple[str, Any]]:
        named = sa.and_(*(table.c[name] == statement.inserted[name] for name in self.operation.conflict_on))
        if self.operation.where is not None:
            # a row that is not to be changed: whoever goes row by row has the unique violation stand
            guard: Any = sa.literal_column(f"({condition(self.statements, self.operation.where)})")
            named = sa.and_(named, guard)
        hit: Any = sa.literal_column(f"({HIT} := 1) AND ({TARGET} := {TARGET} + 1)")
        missed: Any = sa.literal_column(f"({HIT} := 0) OR ({OTHER} := {OTHER} + 1) < 0")
        first: Any = sa.func.IF(named, hit, missed)
        then: Any = sa.literal_column(HIT)
        unchanged = self.operation.conflict_on[0]
        changes = new or {unchanged: table.c[unchanged]}
        return [
            (name, sa.func.IF(then if place else first, value, table.c[name]))
            for place, (name, value) in enumerate(changes.items())
        ]
