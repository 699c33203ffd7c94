"""``async with db.transaction()``: a scope for everything that is awaited inside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar, Token
from typing import TypeVar

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.operations.operation import Transaction

T = TypeVar("T")
Ambient = ContextVar[Transaction | None]
Begin = Callable[[ScopeOptions], Awaitable[Transaction]]
#: what a cancellation says that came while the answer to COMMIT was on its way
COMMITTED = "the transaction was committed: the cancellation came too late to stop it"


@asynccontextmanager
async def scope(begin: Begin, ambient: Ambient, options: ScopeOptions) -> AsyncIterator[Transaction]:
    """Open a scope, or a savepoint inside the one that surrounds it; commit it, or roll it back on any exception.

    Tasks started inside inherit it. A statement that failed inside has poisoned the scope: committing it
    raises DF-T102, even when the exception was caught; a nested scope keeps such a failure to itself.
    """
    outer = ambient.get()
    is_outermost = outer is None or not outer.is_open
    transaction = await (begin(options) if outer is None or is_outermost else outer.savepoint())
    token = ambient.set(transaction)
    try:
        async with _deadline(options):
            yield transaction
    except BaseException:
        _leave(ambient, token)
        await end(transaction.rollback())
        raise
    _leave(ambient, token)
    try:
        await end(transaction.commit(), COMMITTED if is_outermost else None)
    except DataFlowError as error:
        # the commit is a task of its own, without a line of the user's; here there is one
        raise error.located() from error.__cause__


def _leave(ambient: Ambient, token: Token[Transaction | None]) -> None:
    try:
        ambient.reset(token)
    except ValueError:
        # a block that was never left is ended by the loop's shutdown, in another context, where nothing was set
        return


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


@asynccontextmanager
async def _deadline(options: ScopeOptions) -> AsyncIterator[None]:
    if options.timeout_s is None:
        yield
        return
    deadline = asyncio.timeout(options.timeout_s)
    try:
        async with deadline:
            yield
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise error_of(timed_out(options)) from error


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
