"""``on_error="collect"``: the good rows of a bulk are written, the bad ones are told with what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import attrs

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError, Problem
from dataflow.operations.operation import BulkCreate, Executor, RejectedRow, Result, Transaction
from dataflow.transactions import end

#: rows that are tried at once: where one is bad, halves are tried until it stands alone
ROWS_AT_ONCE = 1_000
#: what the database refuses of a row, rather than of a statement
_OF_ROWS = ("DF-A101", "DF-A102", "DF-A103", "DF-A104", "DF-A105")


class Scopes(Protocol):
    """Where scopes come from: the instance."""

    async def begin(self, options: ScopeOptions, outer: Transaction | None = None) -> Transaction: ...


def collecting(execute: Executor, scopes: Scopes) -> Executor:
    """The executor of a bulk that may be asked to collect bad rows."""

    async def run(operation: BulkCreate) -> Result:
        if not operation.collects:
            return await execute(operation)
        return await _Collection(execute, operation).run(scopes)

    return run


@attrs.define(eq=False)
class _Collection:
    execute: Executor
    operation: BulkCreate
    _counts: dict[str, Any] = attrs.field(factory=dict)
    _rejected: list[RejectedRow] = attrs.field(init=False)
    _done: int = 0

    def __attrs_post_init__(self) -> None:
        self._rejected = list(self.operation.rejected)

    async def run(self, scopes: Scopes) -> Result:
        """All good rows are committed together, so that an exception leaves none."""
        operation = self.operation
        scope = await scopes.begin(ScopeOptions(holder=operation.kind), operation.transaction)
        try:
            # also without a single row: its answer has the counts
            for start in range(0, max(operation.size, 1), ROWS_AT_ONCE):
                await self._load(scope, start, min(start + ROWS_AT_ONCE, operation.size))
        except BaseException:
            await end(scope.rollback())
            raise
        await end(scope.commit())
        errors = [_told(one) for one in sorted(self._rejected, key=lambda one: one.row)]
        return {**self._counts, "errors": errors}

    async def _load(self, scope: Transaction, start: int, stop: int) -> None:
        inner = await scope.savepoint()
        try:
            result = await self.execute(self._part(inner, start, stop))
        except DataFlowError as error:
            await end(inner.rollback())
            if error.code not in _OF_ROWS:
                raise
            await self._divide(scope, start, stop, error)
            return
        except BaseException:
            await end(inner.rollback())
            raise
        await end(inner.commit())
        for name, value in result.items():
            known = self._counts.get(name)
            self._counts[name] = value if known is None else known + value
        self._tell(stop - start)

    async def _divide(self, scope: Transaction, start: int, stop: int, error: DataFlowError) -> None:
        if stop - start > 1:
            middle = (start + stop) // 2
            await self._load(scope, start, middle)
            await self._load(scope, middle, stop)
            return
        row = start if self.operation.places is None else self.operation.places[start]
        self._rejected.append(RejectedRow(row, error.problems))
        self._tell(1)

    def _part(self, scope: Transaction, start: int, stop: int) -> BulkCreate:
        columns: Sequence[Sequence[Any]] = [column[start:stop] for column in self.operation.columns]
        return attrs.evolve(
            self.operation, columns=columns, size=stop - start, transaction=scope, collects=False, progress=None
        )

    def _tell(self, count: int) -> None:
        self._done += count
        if self.operation.progress is not None:
            self.operation.progress(self._done, self.operation.size)


def _told(rejected: RejectedRow) -> dict[str, Any]:
    """A bad row as the result has it: its place, and the first thing that is wrong with it."""
    first: Problem = rejected.problems[0]
    told = {"row": rejected.row, "code": first.code, "message": first.message}
    field = first.context.get("field") or first.context.get("fields")
    if field is None and first.where.path:
        field = next((part for part in reversed(first.where.path) if isinstance(part, str)), None)
    return told if field is None else {**told, "field": field}
