"""``db.sync``: the direct API for code without an event loop."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Never, TypeVar

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.direct import Operations
from dataflow.models.missing import missing_attribute, not_a_collection
from dataflow.nodes.utility.scope import checked_options
from dataflow.retrying import check_retries, is_conflict, pause_s
from dataflow.runtimes.loop import LoopThread
from dataflow.sync_scopes import SyncScope, around, call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextvars import Token

    from dataflow.adapters import Isolation
    from dataflow.app import DataFlow
    from dataflow.inspection.plans import Explanation
    from dataflow.operations.operation import Record, Transaction

T = TypeVar("T")


@attrs.define(eq=False)
class SyncDataFlow:
    """The instance as plain code sees it; every call waits for its answer, on one background loop of its own.

    The loop's thread is a daemon: an instance that is never closed does not keep the process from exiting.
    """

    _app: DataFlow
    _thread: LoopThread = attrs.field(init=False, factory=lambda: LoopThread("db.sync", "db = DataFlow(...)"))

    def __getattr__(self, name: str) -> SyncOperations:
        operations = self._app.__dict__.get(name)
        if not isinstance(operations, Operations):
            raise missing_attribute(name, self._app.models)
        return SyncOperations(operations, self._thread)

    def __getitem__(self, cls: type) -> SyncOperations:
        return SyncOperations(self._app[cls], self._thread)

    def __repr__(self) -> str:
        return f"{self._app!r}.sync"

    def ping(self) -> None:
        """Reach the database, or raise a coded error that says what prevents it."""
        call(self._thread, self._app.ping())

    def explain(self, query: str | type, given: Any = None, /, **options: Any) -> Explanation:
        """The database's plan for a query, as ``db.explain`` gives it."""
        try:
            return call(self._thread, self._app.explain(query, given, **options))
        except DataFlowError as error:
            raise error.located().with_traceback(None) from error.__cause__

    @property
    def migrations(self) -> SyncCalls:
        """``db.migrations`` and its engines, without ``await``."""
        return SyncCalls(self._app.migrations, self._thread)

    @contextmanager
    def transaction(
        self, *, isolation: Isolation | None = None, read_only: bool = False, timeout_s: float | None = None
    ) -> Iterator[Transaction]:
        """``with db.sync.transaction():`` every call of ``db.sync`` inside is part of it.

        Committed at the end, rolled back on any exception; inside another one it is a savepoint. After ``timeout_s`` it
        is rolled back, whatever the code inside does meanwhile; its next call, or its end, is then DF-T107.

        :raises NodeError: DF-N104, DF-N111 for options that cannot be followed.
        :raises TransactionError: DF-T102 when a statement inside failed and the exception was caught; DF-T107.
        """
        scope = SyncScope(checked_options("db.sync.transaction()", isolation, read_only, timeout_s))
        transaction = call(self._thread, scope.open(self._app.begin))
        # a call's coroutine runs in a copy of this context, so it finds the transaction there
        token = self._app.ambient.set(transaction)
        timed = around.set((*around.get(), scope)) if timeout_s is not None else None
        try:
            yield transaction
        except BaseException:
            self._leave(token, timed)
            # a block that was never left ends with the process, whose other threads no longer run
            if not sys.is_finalizing():
                self._thread.run(scope.rollback())
            raise
        self._leave(token, timed)
        try:
            self._thread.run(scope.commit())
        except DataFlowError as error:
            raise error.located().with_traceback(None) from error.__cause__

    def _leave(self, token: Token[Transaction | None], timed: Token[tuple[SyncScope, ...]] | None) -> None:
        self._app.ambient.reset(token)
        if timed is not None:
            around.reset(timed)

    def run_transaction(
        self,
        work: Callable[[], T],
        *,
        retries: int = 3,
        isolation: Isolation | None = None,
        timeout_s: float | None = None,
    ) -> T:
        """Call ``work()``, a plain function, in a transaction of its own, and all of it again when others were in its way.

        What it does again, and when, is as in ``db.run_transaction``.

        :param retries: 0 to 10.
        :raises NodeError: DF-N101 for an asynchronous function, DF-N105 for another number.
        :raises ContentionError: when the last attempt failed for such a reason too.
        """
        check_retries(retries)
        if inspect.iscoroutinefunction(work):
            raise error_of(_asynchronous(work))
        outer = self._app.ambient.get()
        tries = 0 if outer is not None and outer.is_open else retries
        for attempt in range(1, tries + 1):
            try:
                with self.transaction(isolation=isolation, timeout_s=timeout_s):
                    return work()
            except DataFlowError as error:
                if not is_conflict(error):
                    raise
                self._app.tell_retry(attempt, error)
            time.sleep(pause_s(attempt))
        with self.transaction(isolation=isolation, timeout_s=timeout_s):
            return work()

    def close(self) -> None:
        """Close the instance and the background loop. Idempotent."""
        if not self._thread.is_closed:
            self._thread.run(self._app.close())
            self._thread.close()


@attrs.frozen(eq=False)
class SyncCalls:
    """An object whose asynchronous methods are waited for; what it is made of is so too."""

    _target: Any
    _thread: LoopThread

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            is_engine = name in getattr(self._target, "capabilities", ())
            return SyncCalls(found, self._thread) if is_engine else found

        def called(*arguments: Any, **options: Any) -> Any:
            try:
                given = found(*arguments, **options)
                return call(self._thread, given) if isinstance(given, Coroutine) else given
            except DataFlowError as error:
                # the loop's thread has no line of the user's; this one has
                raise error.located().with_traceback(None) from error.__cause__

        return update_wrapper(called, found)

    def __repr__(self) -> str:
        return f"{self._target!r}.sync"


@attrs.frozen(eq=False)
class SyncOperations:
    """``db.sync.User``: the methods of ``db.User``, without ``await``."""

    _operations: Operations
    _thread: LoopThread

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(f"the operations of {self._operations!r} have no '{name}'")
        method = getattr(self._operations, name)
        if name in ("batches", "stream"):
            return self._batches if name == "batches" else self._stream
        work = inspect.unwrap(getattr(type(self._operations), name))

        def called(*arguments: Any, **options: Any) -> Any:
            try:
                return call(self._thread, work(self._operations, *arguments, **options))
            except DataFlowError as error:
                # the loop's thread has no line of the user's; this one has
                raise error.located().with_traceback(None) from error.__cause__

        return update_wrapper(called, method)

    def __iter__(self) -> Never:
        raise not_a_collection(self._operations._model.name)

    def __call__(self, *_: object, **__: object) -> Never:
        raise not_a_collection(self._operations._model.name)

    def __len__(self) -> Never:
        raise not_a_collection(self._operations._model.name)

    def __bool__(self) -> bool:
        return True

    def _batches(self, *arguments: Any, **options: Any) -> Iterator[list[Record]]:
        found = self._operations.batches(*arguments, **options)
        while True:
            try:
                yield call(self._thread, _next(found))
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


def _asynchronous(work: Callable[..., Any]) -> Problem:
    name = getattr(work, "__name__", "work")
    return Problem(
        code="DF-N101",
        message=f"db.sync.run_transaction() takes a plain function, and '{name}' is asynchronous",
        where=Where(operation="transaction"),
        context={"given": name},
        cause="plain code cannot await it",
        solutions=(
            Solution("write it as a plain function that calls db.sync:", f"def {name}(): db.sync.User.create(...)"),
            Solution("or await it:", f"await db.run_transaction({name})"),
        ),
    )
