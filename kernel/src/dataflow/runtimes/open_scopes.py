"""The transactions that a run has open, and how long they may be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import attrs

from dataflow.diagnostics import error_of
from dataflow.operations.operation import Transaction
from dataflow.runtimes.branches import OpenedScope
from dataflow.transactions import timed_out


@attrs.define(eq=False)
class OpenScopes:
    """By the task that opened them. ``overdue`` is the one whose time ran out."""

    overdue: int | None = None
    _open: dict[int, OpenedScope] = attrs.field(factory=dict)
    _due: dict[int, float] = attrs.field(factory=dict)
    _deadline: asyncio.Timeout | None = None

    @property
    def any_open(self) -> bool:
        return bool(self._open)

    def opened(self, number: int, scope: OpenedScope) -> None:
        self._open[number] = scope
        if scope.options.timeout_s is not None:
            self._due[number] = asyncio.get_running_loop().time() + scope.options.timeout_s
            self._reschedule()

    def ended(self, number: int) -> Transaction | None:
        """Take a scope out; None when it was never opened."""
        scope = self._open.pop(number, None)
        if self._due.pop(number, None) is not None:
            self._reschedule()
        return None if scope is None else scope.transaction

    @property
    def innermost(self) -> int | None:
        """The scope that was opened last and has not ended."""
        return next(reversed(self._open), None)

    async def bounded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of a run; it is cancelled when a scope is open for longer than its ``timeout_s``.

        :raises TransactionError: DF-T107.
        """
        deadline = self._deadline = asyncio.timeout(None)
        try:
            async with deadline:
                await work()
        except TimeoutError as error:
            if not deadline.expired():
                raise
            self.overdue = min(self._due, key=self._due.__getitem__)
            raise error_of(timed_out(self._open[self.overdue].options)) from error
        finally:
            self._due.clear()

    def _reschedule(self) -> None:
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(min(self._due.values(), default=None))
