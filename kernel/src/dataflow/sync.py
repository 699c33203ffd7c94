"""``db.sync``: the direct API for code without an event loop."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import DataFlowError
from dataflow.nodes.utility.scope import checked_options
from dataflow.runtimes.loop import LoopThread
from dataflow.transactions import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dataflow.adapters import Isolation
    from dataflow.app import DataFlow
    from dataflow.direct import Operations
    from dataflow.operations.operation import Record, Transaction


@attrs.define(eq=False)
class SyncDataFlow:
    """The instance as plain code sees it; every call waits for its answer, on one background loop of its own.

    The loop's thread is a daemon: an instance that is never closed does not keep the process from exiting.
    """

    _app: DataFlow
    _thread: LoopThread = attrs.field(init=False, factory=lambda: LoopThread("dataflow-sync"))

    def __getattr__(self, name: str) -> SyncOperations:
        return SyncOperations(getattr(self._app, name), self._thread)

    def __getitem__(self, cls: type) -> SyncOperations:
        return SyncOperations(self._app[cls], self._thread)

    def __repr__(self) -> str:
        return f"{self._app!r}.sync"

    def ping(self) -> None:
        """Reach the database, or raise a coded error that says what prevents it."""
        self._thread.run(self._app.ping())

    @contextmanager
    def transaction(self, *, isolation: Isolation | None = None, read_only: bool = False) -> Iterator[Transaction]:
        """``with db.sync.transaction():`` every call of ``db.sync`` inside is part of it.

        Committed at the end, rolled back on any exception; inside another one it is a savepoint.
        """
        options = checked_options("db.sync.transaction()", isolation, read_only)
        transaction = self._thread.run(self._app.begin(options))
        # a call's coroutine runs in a copy of this context, so it finds the transaction there
        token = self._app.ambient.set(transaction)
        try:
            yield transaction
        except BaseException:
            self._app.ambient.reset(token)
            # a block that was never left ends with the process, whose other threads no longer run
            if not sys.is_finalizing():
                self._thread.run(end(transaction.rollback()))
            raise
        self._app.ambient.reset(token)
        try:
            self._thread.run(end(transaction.commit()))
        except DataFlowError as error:
            raise error.located().with_traceback(None) from error.__cause__

    def close(self) -> None:
        """Close the instance and the background loop. Idempotent."""
        if not self._thread.is_closed:
            self._thread.run(self._app.close())
            self._thread.close()


@attrs.frozen(eq=False)
class SyncOperations:
    """``db.sync.User``: the methods of ``db.User``, without ``await``."""

    _operations: Operations
    _thread: LoopThread

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._operations, name)
        if name in ("batches", "stream"):
            return self._batches if name == "batches" else self._stream
        if not inspect.iscoroutinefunction(method):
            raise AttributeError(f"'{name}' is not an operation of {self._operations!r}")

        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return self._thread.run(method(*arguments, **options))
            except DataFlowError as error:
                # the loop's thread has no line of the user's; this one has
                raise error.located().with_traceback(None) from error.__cause__

        return update_wrapper(call, method)

    def _batches(self, *arguments: Any, **options: Any) -> Iterator[list[Record]]:
        found = self._operations.batches(*arguments, **options)
        while True:
            try:
                yield self._thread.run(_next(found))
            except StopAsyncIteration:
                return
            except DataFlowError as error:
                raise error.located().with_traceback(None) from error.__cause__

    def _stream(self, *arguments: Any, **options: Any) -> Iterator[Record]:
        for records in self._batches(*arguments, **options):
            yield from records

    def __repr__(self) -> str:
        return f"{self._operations!r}.sync"


async def _next(batches: AsyncIterator[list[Record]]) -> list[Record]:
    return await anext(batches)
