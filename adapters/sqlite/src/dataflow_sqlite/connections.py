"""The way of a function to the right connection: a scope's own, a reader, or the writer's queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.adapters import PoolState, ScopeOptions
from dataflow.diagnostics import DataFlowError, Where, error_of
from dataflow.operations.operation import Transaction
from dataflow.operations.statement_events import scope_event
from dataflow.plugins.observers import Listeners
from dataflow.transactions import end
from dataflow_sql.scope_problems import foreign, read_only
from dataflow_sqlite.errors import explain
from dataflow_sqlite.opening import Database
from dataflow_sqlite.queue_problem import queue_too_long
from dataflow_sqlite.readers import Readers
from dataflow_sqlite.scopes import Scope
from dataflow_sqlite.worker import ConnectionClosed, Function, Job, Worker
from dataflow_sqlite.writer import Form, Writer, roll_back

if TYPE_CHECKING:
    from dataflow_sqlite.migrations.session import SQLiteSession

#: how long a migration waits for another process to end its writing
SESSION_PATIENCE_S = 60.0


@attrs.define(eq=False)
class Connections:
    """All connections of one instance to one database; in memory there is only one, which everything shares."""

    database: Database
    pool_size: int
    pool_timeout_s: float
    statement_timeout_s: float | None
    listening: Listeners
    writer: Writer = attrs.field(init=False)
    readers: Readers = attrs.field(init=False)
    _in_memory: bool = attrs.field(init=False)
    _closed: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._in_memory = self.database.in_memory
        worker = Worker(self.database.open_writer, self.statement_timeout_s)
        self.writer = Writer(worker, self.database.busy_timeout_s, together=not self.database.in_memory)
        self.readers = Readers(self._reader, self.pool_size)

    def _reader(self) -> Worker:
        return Worker(self.database.open_reader, self.statement_timeout_s)

    def start_read(self, function: Function) -> tuple[Worker, Job] | None:
        """Queue a read outside of scopes; None when it may have to wait for a scope to end."""
        if not self._in_memory:
            worker = self.readers.pick()
            return worker, worker.submit(function)
        return self.start_write(function, Form.STATEMENT)

    def start_write(self, function: Function, form: Form) -> tuple[Worker, Job] | None:
        """Queue a write outside of scopes; None when it may have to wait for a scope to end."""
        writer = self.writer
        return None if writer.is_crowded else (writer.worker, writer.submit(function, form))

    async def read(self, function: Function, transaction: Transaction | None) -> Any:
        """Run a function that only reads."""
        if transaction is not None:
            return await self.own(transaction).run(function)
        return await self._finished(self.start_read(function), function, Form.STATEMENT)

    async def write(self, function: Function, transaction: Transaction | None, kind: str, form: Form) -> Any:
        """Run a function that changes something."""
        if transaction is None:
            return await self._finished(self.start_write(function, form), function, form)
        scope = self.own(transaction)
        if scope.options.read_only:
            raise read_only(kind, scope.options)
        if form is Form.ALONE:
            function = _undone_alone(function)
        return await scope.run(function)

    async def within(self, function: Function, transaction: Transaction) -> Any:
        """Run a function in a scope; what it has done is undone when it fails, and the scope goes on."""
        return await self.own(transaction).run(_undone_alone(function))

    async def _finished(self, started: tuple[Worker, Job] | None, function: Function, form: Form) -> Any:
        if started is None:
            return await self._patiently(function, form)
        worker, job = started
        return await worker.wait(job)

    async def _patiently(self, function: Function, form: Form, undo: Callable[[Any], None] | None = None) -> Any:
        """The same where a scope may stand before it for ever."""
        writer = self.writer
        job = writer.submit(function, form)
        job.undo = undo
        deadline = asyncio.timeout(self.pool_timeout_s)
        try:
            async with deadline:
                return await writer.worker.wait(job)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            held_s = time.monotonic() - writer.held_since
            raise queue_too_long(writer.holder, held_s, self.pool_timeout_s) from error

    def own(self, transaction: Transaction) -> Scope:
        """The transaction as one of these connections' own.

        :raises TransactionError: DF-T108.
        """
        if not isinstance(transaction, Scope):
            raise foreign(type(transaction).__name__)
        if transaction.owner is not self:
            raise foreign(transaction.options.holder)
        return transaction

    async def begin(self, options: ScopeOptions) -> Scope:
        """Open a transaction; SQLite's are always serializable."""
        started = time.perf_counter()
        if options.read_only and not self.database.in_memory:
            return await self._begin_reading(options, started)
        writer, raw_scope = (
            self.writer,
            Scope(self, self.writer.worker, options, self.pool_timeout_s, self._tell, self._explained),
        )

        def start(raw: Any) -> Scope:
            writer.begin(raw)
            if options.read_only:
                raw.execute("PRAGMA query_only = ON")
            writer.hold(options.holder)
            return raw_scope

        raw_scope.release = self._released(options)
        scope: Scope = await self._patiently(start, Form.SCOPE, self._unwanted)
        self._tell("begin", scope, started)
        return scope

    def _explained(self, error: Exception) -> DataFlowError:
        problem = explain(error, Where(operation="transaction"), self.database, self.statement_timeout_s)
        assert problem is not None, error
        return error_of(problem)

    def _tell(self, name: str, scope: Scope, started: float) -> None:
        for observe in self.listening.observers:
            observe(scope_event(name, scope.id, scope.name, scope.options, started))

    def _released(self, options: ScopeOptions) -> Callable[[], None]:
        def release() -> None:
            if options.read_only:
                self.writer.worker.raw().execute("PRAGMA query_only = OFF")
            self.writer.release()

        return release

    def _unwanted(self, scope: Scope) -> None:
        """Undo a scope that was opened after its asker had gone."""

        def undo() -> None:
            roll_back(self.writer.worker.raw())
            if scope.release is not None:
                scope.release()

        if not self._closed:
            self.writer.worker.put(undo)

    @asynccontextmanager
    async def session(self, holder: str) -> AsyncIterator[SQLiteSession]:
        """A connection of its own; in memory the only one, which it has until it ends."""
        # most instances are never migrated
        from dataflow_sqlite.migrations.session import SQLiteSession, settle, unsettle

        if not self.database.in_memory:
            worker = Worker(self.database.open_writer, None)
            try:
                session = SQLiteSession(worker, SESSION_PATIENCE_S)
                await session.call(settle)
                yield session
            finally:
                await end(worker.close())
            return
        writer = self.writer

        def start(raw: Any) -> None:
            settle(raw)
            writer.hold(holder)

        def finish(raw: Any) -> None:
            try:
                unsettle(raw)
            finally:
                writer.release()

        await self._patiently(start, Form.SCOPE, lambda _: writer.worker.put(lambda: finish(writer.worker.raw())))
        try:
            yield SQLiteSession(writer.worker, SESSION_PATIENCE_S)
        finally:
            await end(writer.worker.call(finish))

    async def _begin_reading(self, options: ScopeOptions, started: float) -> Scope:
        try:
            worker = await self.readers.lend(self.pool_timeout_s)
        except TimeoutError as error:
            raise queue_too_long(None, time.perf_counter() - started, self.pool_timeout_s) from error
        try:
            await worker.call(_start_reading)
        except BaseException:
            self.readers.give_back(worker)
            raise
        scope = Scope(
            self,
            worker,
            options,
            self.pool_timeout_s,
            self._tell,
            self._explained,
            lambda: self.readers.give_back(worker),
        )
        self._tell("begin", scope, started)
        return scope

    def pools(self) -> tuple[PoolState, ...]:
        writer = self.writer
        holders = (
            () if writer.holder is None else (f"{writer.holder} for {time.monotonic() - writer.held_since:.3f} s",)
        )
        busy = int(writer.is_active or writer.worker.load > 0)
        states = [PoolState("writer", 1, busy, 1 - busy, writer.waiting, not self._closed, holders)]
        if not self.database.in_memory:
            readers = self.readers
            active = sum(worker.load > 0 for worker in readers.shared) + readers.scopes.inside
            idle = max(len(readers.shared) - active, 0)
            states.append(PoolState("readers", self.pool_size, active, idle, readers.scopes.waiting, not self._closed))
        return tuple(states)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self.writer.close()
        for worker in (self.writer.worker, *self.readers.close()):
            await worker.close()
        # a scope that was open has ended with its connection
        self.writer.holder = None


def _start_reading(raw: Any) -> None:
    raw.execute("BEGIN")
    # a deferred transaction sees the database as of its first read, so that is done now
    raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _undone_alone(function: Function) -> Function:
    """Several statements inside a scope, undone together when one fails."""

    def run(raw: Any) -> Any:
        raw.execute("SAVEPOINT bulk")
        try:
            result = function(raw)
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK TO bulk")
                raw.execute("RELEASE bulk")
            raise
        raw.execute("RELEASE bulk")
        return result

    return run


__all__ = ["ConnectionClosed", "Connections"]
