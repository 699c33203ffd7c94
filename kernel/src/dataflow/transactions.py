"""``async with db.transaction()``: a scope for everything that is awaited inside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Never, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import attrs

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.operations.operation import Transaction

T = TypeVar("T")
Ambient = ContextVar[Transaction | None]
Begin = Callable[[ScopeOptions], Awaitable[Transaction]]
#: what a cancellation says that came while the answer to COMMIT was on its way
COMMITTED = "the transaction was committed: the cancellation came too late to stop it"


#: the blocks inside each open transaction
_INSIDE: WeakKeyDictionary[Transaction, WeakSet[ScopeBlock]] = WeakKeyDictionary()


@attrs.define(eq=False)
class ScopeBlock(AbstractAsyncContextManager[Transaction]):
    """Open a scope, or a savepoint inside the one that surrounds it; commit it, or roll it back on any exception.

    Tasks started inside inherit it. A statement that failed inside has poisoned the scope: committing it
    raises DF-T102, even when the exception was caught; a nested scope keeps such a failure to itself.
    No generator: at its shutdown a loop would close it apart from the code that is inside.
    """

    begin: Begin
    ambient: Ambient
    options: ScopeOptions
    _transaction: Transaction | None = None
    _is_outermost: bool = True
    _token: Token[Transaction | None] | None = None
    _deadline: asyncio.Timeout | None = None
    _undoing: asyncio.Future[None] | None = None

    def __enter__(self) -> Never:
        raise error_of(_plain_with())

    def __exit__(self, *_: object) -> None:
        """Never reached; Python asks for it before ``__enter__``."""

    async def __aenter__(self) -> Transaction:
        outer = self.ambient.get()
        if outer is not None and outer.is_open:
            transaction = await outer.savepoint()
            _INSIDE.setdefault(outer, WeakSet()).add(self)
            self._is_outermost = False
        else:
            transaction = await self.begin(self.options)
        self._transaction, self._token = transaction, self.ambient.set(transaction)
        if self.options.timeout_s is not None:
            self._deadline = await asyncio.timeout(self.options.timeout_s).__aenter__()
        return transaction

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._transaction is not None
        late = await self._is_late(kind, error, trace)
        self._leave()
        if error is not None or late is not None:
            if isinstance(error, asyncio.CancelledError | GeneratorExit):
                # who works in a block inside may never come back to end it
                await undo_inside(self._transaction)
            await self.undo()
        if late is not None:
            raise error_of(timed_out(self.options)) from late
        if error is None:
            await self._commit(self._transaction)

    async def _is_late(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> TimeoutError | None:
        """The end of the time that there was, if it is why the block ends."""
        try:
            if self._deadline is not None:
                await self._deadline.__aexit__(kind, error, trace)
        except TimeoutError as late:
            return late
        return None

    async def _commit(self, transaction: Transaction) -> None:
        try:
            await end(transaction.commit(), COMMITTED if self._is_outermost else None)
        except DataFlowError as error:
            # the commit is a task of its own, without a line of the user's; here there is one
            raise error.located(anew=True) from error.__cause__

    async def undo(self) -> None:
        """Roll back; whoever comes meanwhile waits for it."""
        assert self._transaction is not None
        if self._undoing is None:
            self._undoing = asyncio.ensure_future(self._transaction.rollback())
        await end(self._undoing)

    def _leave(self) -> None:
        assert self._token is not None
        try:
            self.ambient.reset(self._token)
        except ValueError:
            # a block that was never left is ended by the loop's shutdown, in another context, where nothing was set
            return


async def undo_inside(transaction: Transaction) -> None:
    """Roll back the blocks that are open inside a transaction, innermost first."""
    for block in tuple(_INSIDE.get(transaction, ())):
        inner = block._transaction
        if inner is not None and inner.is_open:
            await undo_inside(inner)
            await block.undo()


async def end(outcome: Awaitable[T], note: str | None = None) -> T:
    """Await a commit or rollback to its end, whatever is cancelled meanwhile; then let the cancellation go on.

    ``note`` is what a cancellation that came too late tells of the outcome.
    """
    task = asyncio.ensure_future(outcome)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:
            break
    result = task.result()
    if cancelled is None:
        return result
    if note is not None:
        cancelled.add_note(note)
    raise cancelled


def _plain_with() -> Problem:
    return Problem(
        code="DF-X110",
        message="db.transaction() was entered with 'with', where it takes 'async with'",
        where=Where(operation="transaction"),
        cause="opening a transaction has to be awaited",
        solutions=(
            Solution("in a coroutine:", "async with db.transaction():"),
            Solution("or, in code without an event loop:", "with db.sync.transaction():"),
        ),
    )


def timed_out(options: ScopeOptions) -> Problem:
    """The problem of a scope that was open for too long."""
    return Problem(
        code="DF-T107",
        message=f"the transaction of '{options.holder}' was open for more than {options.timeout_s:g} s and was rolled back",
        where=Where(operation="transaction"),
        context={"timeout_s": options.timeout_s, "opened by": options.holder},
        cause="a scope keeps a connection, and on SQLite every other writer waits for it",
        solutions=(Solution("do slow work before the scope, or give it more time:", "timeout_s=..."),),
    )
