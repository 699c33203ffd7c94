"""``timeout_s`` of a transaction that plain code has open: its loop watches the time, for the code itself cannot be stopped."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

import attrs

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import error_of
from dataflow.operations.operation import Transaction
from dataflow.runtimes.loop import LoopThread
from dataflow.transactions import end, timed_out

T = TypeVar("T")
Begin = Callable[[ScopeOptions], Awaitable[Transaction]]


@attrs.define(eq=False)
class SyncScope:
    """One open transaction. All but its making happens on the loop."""

    options: ScopeOptions
    is_late: bool = False
    #: what is under way inside
    calls: set[asyncio.Task[Any]] = attrs.field(factory=set)
    _transaction: Transaction | None = None
    _watch: asyncio.Task[None] | None = None

    async def open(self, begin: Begin) -> Transaction:
        self._transaction = await begin(self.options)
        if self.options.timeout_s is not None:
            self._watch = asyncio.create_task(self._expire(self._transaction, self.options.timeout_s))
        return self._transaction

    async def _expire(self, transaction: Transaction, timeout_s: float) -> None:
        await asyncio.sleep(timeout_s)
        self.is_late = True
        for call in self.calls:
            call.cancel()
        if self.calls:
            await asyncio.wait(self.calls)
        await transaction.rollback()

    async def commit(self) -> None:
        """Make it last.

        :raises TransactionError: DF-T107 when it was open for too long, and what a commit raises.
        """
        await self._end()
        if self.is_late:
            raise error_of(timed_out(self.options))
        if self._transaction is not None:
            await end(self._transaction.commit())

    async def rollback(self) -> None:
        await self._end()
        if self._transaction is not None and not self.is_late:
            await end(self._transaction.rollback())

    async def _end(self) -> None:
        """Watch no longer; what is under way comes to its end."""
        if self._watch is not None:
            if not self.is_late:
                self._watch.cancel()
            await asyncio.wait([self._watch])
            # a rollback that fails has lost the connection, and with it what it was to undo
            _ = self._watch.cancelled() or self._watch.exception()


#: the transactions with a ``timeout_s`` around the code that runs, outermost first
around: ContextVar[tuple[SyncScope, ...]] = ContextVar("dataflow_sync_scopes", default=())


def call(thread: LoopThread, work: Coroutine[Any, Any, T]) -> T:
    """Run a call of plain code on its loop and wait for it, for as long as the transactions around it have time.

    :raises TransactionError: DF-T107.
    """
    scopes = around.get()
    if not scopes:
        return thread.run(work)
    try:
        return thread.run(_bounded(scopes, work))
    finally:
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            work.close()


async def _bounded(scopes: Sequence[SyncScope], work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None
    _check_time(scopes)
    for scope in scopes:
        scope.calls.add(task)
    try:
        return await work
    except asyncio.CancelledError:
        _check_time(scopes)
        raise
    finally:
        for scope in scopes:
            scope.calls.discard(task)


def _check_time(scopes: Sequence[SyncScope]) -> None:
    late = next((scope for scope in scopes if scope.is_late), None)
    if late is not None:
        raise error_of(timed_out(late.options))
