"""What a table holds, as a number of rows and a digest of the first of them: equal before and after where nothing was to change."""

from __future__ import annotations

import hashlib

import attrs

from dataflow.migrations import Column, ObjectRef, SchemaDialect, SchemaSnapshot, Session

CHUNK = 1_000


@attrs.frozen
class Content:
    """``digest`` by column, over the first rows in the order of the key; empty where the table has none."""

    rows: int
    digests: dict[str, str]


@attrs.frozen(eq=False)
class Contents:
    """Reads at most ``limit`` rows of a table; ``touched`` columns are left out, for a plan changes them."""

    session: Session
    dialect: SchemaDialect
    schema: SchemaSnapshot
    limit: int
    touched: frozenset[str]

    async def of(self, table: ObjectRef) -> Content:
        quoted = self.dialect.quoted
        ((rows,),) = await self.session.rows(f"SELECT count(*) FROM {quoted(table.name)}")
        key = self.schema.key_of(table)
        columns = [one.ref.name for one in self.schema.columns_of(table) if self._is_kept(one)]
        if not key or not columns or not self.limit:
            return Content(int(rows), {})
        digests = {name: hashlib.sha256() for name in columns}
        order = ", ".join(map(quoted, key))
        listed = ", ".join(map(quoted, columns))
        for offset in range(0, min(int(rows), self.limit), CHUNK):
            found = await self.session.rows(
                f"SELECT {listed} FROM {quoted(table.name)} ORDER BY {order} LIMIT {CHUNK} OFFSET {offset}"
            )
            for row in found:
                for name, value in zip(columns, row, strict=True):
                    digests[name].update(repr(value).encode())
        return Content(int(rows), {name: digest.hexdigest()[:16] for name, digest in digests.items()})

    def _is_kept(self, column: Column) -> bool:
        return column.ref.name not in self.touched and column.generated is None
