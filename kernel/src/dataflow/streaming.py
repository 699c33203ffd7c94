"""More rows than memory should hold: pages on the way out, batches on the way in."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Any, TypeGuard

import attrs

from dataflow.diagnostics import DataFlowError, Problem
from dataflow.operations.operation import Record, Transaction

Row = Mapping[str, Any]
Rows = Iterable[Row] | AsyncIterable[Row]
Page = Callable[[str | None], Awaitable[Mapping[str, Any]]]
Begin = Callable[[], AbstractAsyncContextManager[Transaction]]
#: rows of a page, where nobody asks for another number
PAGE_SIZE = 1_000
BATCH_SIZE = 10_000


async def pages(page: Page) -> AsyncIterator[list[Record]]:
    """The records of every page; each begins behind the last record of the one before.

    :param page: gives the page at a cursor.
    """
    cursor: str | None = None
    while True:
        found = await page(cursor)
        if found["records"]:
            yield found["records"]
        cursor = found["next_cursor"]
        if cursor is None:
            return


def is_stream(data: object) -> TypeGuard[Rows]:
    """Whether rows come one by one: from a generator, a file, an asynchronous source."""
    if isinstance(data, AsyncIterable):
        return True
    return isinstance(data, Iterable) and not isinstance(data, Sequence | Mapping | set | frozenset)


async def batches(rows: Rows, size: int) -> AsyncIterator[list[Row]]:
    """The rows in lists of ``size``; only one list is held at a time."""
    if not isinstance(rows, AsyncIterable):
        taken = iter(rows)
        while batch := list(islice(taken, size)):
            yield batch
        return
    batch = []
    async for row in rows:
        batch.append(row)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


@attrs.define(eq=False)
class Intake:
    """Rows that come one by one, written batch by batch in one transaction: all or none.

    ``write`` takes the rows of a batch and what is to tell of its progress; results are added up.
    """

    write: Callable[[list[Row], Callable[[int, int], None]], Awaitable[Mapping[str, Any]]]
    progress: Callable[[int, int], None] | None
    done: int = 0

    async def run(self, rows: Rows, size: int) -> dict[str, Any]:
        total: dict[str, Any] = {}
        async for batch in batches(rows, size):
            try:
                result = await self.write(batch, self._tell)
            except DataFlowError as error:
                error.problems = tuple(self._counted(problem) for problem in error.problems)
                raise
            for bad in result.get("errors", ()):
                bad["row"] += self.done
            self.done += len(batch)
            _add(total, result)
        return total or dict(await self.write([], self._tell))

    def _tell(self, done: int, _: int) -> None:
        if self.progress is not None:
            # how many there will be is not known
            self.progress(self.done + done, self.done + done)

    def _counted(self, problem: Problem) -> Problem:
        """A problem of a row by its place among all rows."""
        row = problem.context.get("row")
        if not isinstance(row, int) or not self.done:
            return problem
        path = tuple(part + self.done if part == row else part for part in problem.where.path)
        where = attrs.evolve(problem.where, path=path)
        message = problem.message.replace(f"row {row} ", f"row {row + self.done} ")
        context = {**problem.context, "row": row + self.done}
        return attrs.evolve(problem, where=where, message=message, context=context)


def _add(total: dict[str, Any], result: Mapping[str, Any]) -> None:
    for name, value in result.items():
        if isinstance(value, list):
            total.setdefault(name, []).extend(value)
        elif value is None:
            total.setdefault(name, None)
        else:
            total[name] = total.get(name, 0) + value
