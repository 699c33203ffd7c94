"""The way of an operation to a connection: its scope's own, or one of the pool's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import attrs

from dataflow.adapters import ScopeOptions, StatementFailed
from dataflow.diagnostics import DataFlowError, Where
from dataflow.models.model import Model
from dataflow.operations.operation import Operation, Transaction
from dataflow.operations.statement_events import Text, scope_event, told_statement
from dataflow.plugins.observers import Listeners
from dataflow.transactions import end
from dataflow_sql.filters import values_of
from dataflow_sql.references import MAX_ROWS, StatementsOf, broken_reference
from dataflow_sql.rows import Row
from dataflow_sql.scope_problems import foreign, lost, read_only
from dataflow_sql.servers.link import Link, NoAnswer, NotDone
from dataflow_sql.servers.outcome import outcome_unknown
from dataflow_sql.servers.pool import Pool
from dataflow_sql.servers.pools import Pools
from dataflow_sql.servers.scope import Scope
from dataflow_sql.servers.undoing import undo

T = TypeVar("T")
Work = Callable[[Link], Awaitable[T]]


def changes(operation: Operation) -> bool:
    """Whether an operation may change something; a statement of the user's says so itself."""
    return operation.writes and not getattr(operation, "reads_only", False)


def own_error(error: Exception) -> Exception:
    """The driver's exception inside."""
    return error.error if isinstance(error, NotDone) else error


def failed(error: Exception) -> Exception:
    """A driver's exception in the form in which it leaves an adapter."""
    return error if isinstance(error, DataFlowError | StatementFailed) else StatementFailed(None, own_error(error))


@attrs.define(eq=False)
class Execution:
    """What the executors of one instance share.

    ``refers`` and ``takes_no_writes`` tell a broken foreign key, and a refusal of every write, among the driver's
    exceptions; ``explained`` makes a coded error of one.
    """

    pools: Pools
    listening: Listeners
    models: Callable[[], tuple[Model, ...]]
    statements_of: StatementsOf
    refers: Callable[[Exception], bool]
    takes_no_writes: Callable[[Exception], bool]
    explained: Callable[[Exception], DataFlowError]

    async def rows(self, operation: Operation, sql: str, values: Sequence[Any]) -> Sequence[Row]:
        """The answer of one statement."""
        return await self.perform(operation, sql, len(values), lambda link: link.rows(sql, values))

    async def changed(self, operation: Operation, sql: str, values: Sequence[Any]) -> int:
        """How many rows one statement matched."""
        return await self.perform(operation, sql, len(values), lambda link: link.changed(sql, values))

    async def atomic(self, operation: Operation, sql: Text, count: int, work: Work[T]) -> T:
        """Several statements that are done together or not at all."""
        if operation.transaction is not None:
            return await self.perform(operation, sql, count, work)
        return await self.perform(operation, sql, count, lambda link: self._together(link, operation.kind, work))

    async def _together(self, link: Link, kind: str, work: Work[T]) -> T:
        options = ScopeOptions(holder=kind)
        try:
            await link.begin(options)
            result = await work(link)
        except Exception as error:
            await undo(link, error)
            if isinstance(error, DataFlowError | NotDone):
                raise
            raise NotDone(error) from error
        # a cancellation waits: half-way through nobody could tell what was done
        if (await end(link.control("COMMIT"))).startswith("ROLLBACK"):
            raise lost(options)
        return result

    async def perform(self, operation: Operation, sql: Text, count: int, work: Work[T]) -> T:
        """Do something on the right connection; ``sql`` and the ``count`` of its values are for observers."""
        observers = self.listening.observers
        transaction = operation.transaction
        if transaction is not None:
            done = self._inside(operation, transaction, work)
        else:
            done = self._outside(operation, work)
        return await (told_statement(done, operation, sql, count, observers) if observers else done)

    async def _inside(self, operation: Operation, transaction: Transaction, work: Work[T]) -> T:
        scope = self.own(transaction)
        if scope.options.read_only and changes(operation):
            raise read_only(operation.kind, scope.options)
        try:
            return await scope.run(work)
        except DataFlowError:
            raise
        except Exception as error:
            cause = own_error(error)
            if changes(operation):
                self.note(scope.pool, scope.link, cause)
            raise StatementFailed(operation, cause, await self._found(operation, cause)) from cause

    async def _outside(self, operation: Operation, work: Work[T]) -> T:
        pool = self.pools.here()
        kind = operation.kind
        for again in (True, False):
            link = pool.take(kind) or await pool.acquire(kind)
            try:
                return await self._used(pool, link, work, changes(operation))
            except DataFlowError:
                raise
            except Exception as error:
                await self._judge(operation, link, error, again)
        raise AssertionError("unreachable: the second attempt returns or raises")

    async def _used(self, pool: Pool, link: Link, work: Work[T], may_write: bool) -> T:
        """Do something on a connection, and give it back: to the pool, or out of it when something is left under way."""
        try:
            result = await work(link)
        except BaseException as error:
            if may_write and isinstance(error, Exception):
                self.note(pool, link, own_error(error))
            if link.is_settled:
                pool.release(link)
            else:
                await pool.discard(link)
            raise
        pool.release(link)
        return result

    def note(self, pool: Pool, link: Link, error: Exception) -> None:
        """Renew the pool where a server takes no writes that nobody asked not to.

        It may be a primary no more, whose connections stay: new ones reach the server that took over. A session that
        the user's own statement has changed may be read only for that.
        """
        if not link.is_spoiled and self.takes_no_writes(error):
            pool.renew()

    async def _judge(self, operation: Operation, link: Link, error: Exception, again: bool) -> None:
        """Raise what a failure means, or return where it may be done again: nothing of it was done, or it only reads."""
        cause = own_error(error)
        silent = isinstance(cause, NoAnswer)
        if link.is_open and not silent:
            raise StatementFailed(operation, cause, await self._found(operation, cause)) from cause
        if changes(operation) and not isinstance(error, NotDone):
            where = Where(model=getattr(operation.model, "name", None), operation=operation.kind)
            why = "the server did not answer in time" if silent else "the connection was lost before the answer came"
            raise outcome_unknown(operation.kind, where, why) from cause
        if silent or not again:
            raise StatementFailed(operation, cause) from cause

    async def alone(self, holder: str, work: Work[T]) -> T:
        """Do something that belongs to no operation, and may be done twice: where the connection went away it is."""
        pool = self.pools.here()
        for again in (True, False):
            link = pool.take(holder) or await pool.acquire(holder)
            try:
                return await self._used(pool, link, work, True)
            except Exception as error:
                self._judge_alone(link, error, again)
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _judge_alone(self, link: Link, error: Exception, again: bool) -> None:
        if isinstance(error, DataFlowError | StatementFailed):
            raise error
        if not again or link.is_open or isinstance(error, NoAnswer):
            raise failed(error) from own_error(error)

    async def _found(self, operation: Operation, error: Exception) -> dict[str, Any]:
        """Which row breaks a foreign key: a database names only the constraint."""
        if not self.refers(error) or operation.model is None:
            return {}
        questions = broken_reference(operation, self.models(), self.statements_of)

        async def ask(link: Link) -> dict[str, Any]:
            try:
                question = next(questions)
                while True:
                    prepared = question.statements.select(question.where, question.names, (), None)
                    rows = await link.rows(prepared.sql, prepared.bind(values_of(question.where)))
                    question = questions.send(question.statements.decoder(question.names)(rows[:MAX_ROWS]))
            except StopIteration as found:
                return found.value  # type: ignore[no-any-return]  # what a generator returns is untyped here

        pool = self.pools.here()
        try:
            # never waited for: whoever asks may hold a connection, and wait for one that waits for it
            link = await pool.spare("explain")
            return {} if link is None else await self._used(pool, link, ask, False)
        except Exception:
            # the questions are only asked to say more; the failure itself is known
            return {}

    def own(self, transaction: Transaction) -> Scope:
        """The transaction as one of this database's.

        :raises TransactionError: DF-T108.
        """
        if not isinstance(transaction, Scope):
            raise foreign(type(transaction).__name__)
        if transaction.owner is not self:
            raise foreign(transaction.options.holder)
        return transaction

    async def begin(self, options: ScopeOptions) -> Scope:
        """Open a transaction; a connection that turns out to be lost is replaced, for nothing was done on it."""
        pool, started = self.pools.here(), time.perf_counter()
        for again in (True, False):
            link = pool.take(options.holder) or await pool.acquire(options.holder)
            try:
                await self._open(pool, link, options)
            except Exception as error:
                self._judge_alone(link, error, again)
            else:
                scope = Scope(self, pool, link, options, self.tell, self.explained)
                self.tell("begin", scope, started)
                return scope
        raise AssertionError("unreachable: the second attempt returns or raises")

    async def _open(self, pool: Pool, link: Link, options: ScopeOptions) -> None:
        try:
            await link.begin(options)
        except BaseException:
            if link.is_settled:
                pool.release(link)
            else:
                await pool.discard(link)
            raise

    def tell(self, name: str, scope: Scope, started: float) -> None:
        for observe in self.listening.observers:
            observe(scope_event(name, scope.id, scope.name, scope.options, started))
