"""The rows of a bulk create as inserts of as many as a packet takes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import attrs

from dataflow.operations.operation import BulkCreate, Result
from dataflow_mysql.dialect import quoted
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import column
from dataflow_mysql.rows import named
from dataflow_sql import Statements
from dataflow_sql.bulk import teller
from dataflow_sql.rows import column_encoders, encoded_column

#: of one insert; longer ones take as long a row
CHARACTERS = 1_000_000


@attrs.define(eq=False)
class Loading:
    """The rows of one bulk create, as the statement takes them."""

    operation: BulkCreate
    statements: Statements
    literals: dict[str, list[str]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        names = self.operation.names
        encoders = column_encoders(self.statements.model, names, self.statements.dialect)
        self.literals = {
            name: column(encoded_column(encode, values))
            for name, encode, values in zip(names, encoders, self.operation.columns, strict=True)
        }

    async def inserted(self, link: MySQLLink) -> Result:
        ids = await self.insert(link, range(self.operation.size), teller(self.operation))
        return {
            "created": self.operation.size, "skipped": 0, "updated": 0, "ids": ids if self.operation.return_ids else None,
        }  # fmt: skip

    async def insert(self, link: MySQLLink, places: Sequence[int], tell: Callable[[int], None]) -> list[Any]:
        """Insert some of the rows; gives their ids.

        Those that have one come first, so that none that the server makes is one of theirs.
        """
        given = self._given_ids()
        if given is None or all(given[place] is None for place in places):
            names = tuple(name for name in self.operation.names if name != "id")
            return await self._insert(link, names, places, tell)
        with_id = [place for place in places if given[place] is not None]
        without = [place for place in places if given[place] is None]
        await self._insert(link, self.operation.names, places if not without else with_id, tell)
        if not without:
            return list(given) if len(places) == len(given) else [given[place] for place in places]
        made = await self._insert(link, tuple(name for name in self.operation.names if name != "id"), without, tell)
        new = iter(made)
        return [next(new) if given[place] is None else given[place] for place in places]

    def _given_ids(self) -> Sequence[Any] | None:
        names = self.operation.names
        return self.operation.columns[names.index("id")] if "id" in names else None

    async def _insert(
        self, link: MySQLLink, names: tuple[str, ...], places: Sequence[int], tell: Callable[[int], None]
    ) -> list[int]:
        rows = self.rows(names, places)
        head = self.head(names)
        ids: list[int] = []
        for start, end in packets(rows, len(head), self.characters(link)):
            try:
                first = (await link.answer(head + ",".join(rows[start:end]))).insert_id
            except Exception as error:
                raise await self._named(link, head, rows[start:end], error, places, start) from error
            # InnoDB makes the ids of one insert whose rows are counted beforehand at once
            ids += range(first, first + (end - start) * link.session.step, link.session.step)
            tell(end)
        return ids

    def rows(self, names: tuple[str, ...], places: Sequence[int]) -> list[str]:
        columns: list[Sequence[str]] = [self.literals[name] for name in names]
        if len(places) != self.operation.size:
            columns = [[one[place] for place in places] for one in columns]
        if not columns:
            return ["()"] * len(places)
        return [f"({row})" for row in map(",".join, zip(*columns, strict=True))]

    def head(self, names: tuple[str, ...]) -> str:
        # names of the model, quoted
        return f"INSERT INTO {quoted(self.statements.model.table)} ({', '.join(map(quoted, names))}) VALUES "  # noqa: S608

    def characters(self, link: MySQLLink) -> int:
        # a character has up to four bytes
        return min(CHARACTERS, link.session.packet // 4)

    async def _named(
        self, link: MySQLLink, head: str, rows: list[str], error: Exception, places: Sequence[int], start: int
    ) -> Exception:
        async def attempt(first: int, end: int) -> None:
            await link.answer(head + ",".join(rows[first:end]))

        return await named(link, len(rows), error, attempt, lambda row: places[start + row])


def packets(rows: Sequence[str], head: int, limit: int) -> Iterator[tuple[int, int]]:
    """From where to where a packet's rows go; a row that is longer than a packet goes alone."""
    ends = list(accumulate((len(row) + 1 for row in rows), initial=0))
    start = 0
    while start < len(rows):
        end = max(start + 1, bisect_right(ends, ends[start] + limit - head) - 1)
        yield start, end
        start = end
