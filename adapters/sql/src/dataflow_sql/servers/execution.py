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
from dataflow.runtimes.events import Event
from dataflow_sql.filters import values_of
from dataflow_sql.references import MAX_ROWS, StatementsOf, broken_reference
from dataflow_sql.rows import Row
from dataflow_sql.scope_problems import foreign, read_only
from dataflow_sql.servers.link import Link, NoAnswer
from dataflow_sql.servers.outcome import outcome_unknown
from dataflow_sql.servers.pool import Pool
from dataflow_sql.servers.pools import Pools
from dataflow_sql.servers.scope import Scope

T = TypeVar("T")
Observers = Callable[[], Sequence[Callable[[Event], None]]]
Work = Callable[[Link], Awaitable[T]]


def changes(operation: Operation) -> bool:
    """Whether an operation may change something; a statement of the user's says so itself."""
    return operation.writes and not getattr(operation, "reads_only", False)


def failed(error: Exception) -> Exception:
    """A driver's exception in the form in which it leaves an adapter."""
    return error if isinstance(error, DataFlowError | StatementFailed) else StatementFailed(None, error)


async def _used(pool: Pool, link: Link, work: Work[T]) -> T:
    """Do something on a connection, and give it back: to the pool, or out of it when something is left under way."""
    try:
        result = await work(link)
    except BaseException:
        if link.is_settled:
            pool.release(link)
        else:
            await pool.discard(link)
        raise
    pool.release(link)
    return result


@attrs.define(eq=False)
class Execution:
    """What the executors of one instance share.

    ``begin_sql`` gives the statement that opens a transaction; ``refers`` tells a broken foreign key among the driver's
    exceptions; ``explained`` makes a coded error of one.
    """

    pools: Pools
    observers: Observers
    models: Callable[[], tuple[Model, ...]]
    statements_of: StatementsOf
    begin_sql: Callable[[ScopeOptions], Sequence[str]]
    refers: Callable[[Exception], bool]
    explained: Callable[[Exception], DataFlowError]

    async def rows(self, operation: Operation, sql: str, values: Sequence[Any]) -> Sequence[Row]:
        """The answer of one statement."""
        return await self.perform(operation, sql, len(values), lambda link: link.rows(sql, values))

    async def changed(self, operation: Operation, sql: str, values: Sequence[Any]) -> int:
        """How many rows one statement matched."""
        return await self.perform(operation, sql, len(values), lambda link: link.changed(sql, values))

    async def atomic(self, operation: Operation, sql: str, count: int, work: Work[T]) -> T:
        """Several statements that are done together or not at all."""
        if operation.transaction is not None:
            return await self.perform(operation, sql, count, work)
        return await self.perform(operation, sql, count, lambda link: self._together(link, operation.kind, work))

    async def _together(self, link: Link, kind: str, work: Work[T]) -> T:
        for statement in self.begin_sql(ScopeOptions()):
            await link.control(statement)
        try:
            result = await work(link)
        except Exception:
            if link.is_open:
                await link.control("ROLLBACK")
            raise
        await link.control("COMMIT")
        return result

    async def perform(self, operation: Operation, sql: str, count: int, work: Work[T]) -> T:
        """Do something on the right connection; ``sql`` and the ``count`` of its values are for observers."""
        observers = self.observers()
        started = time.perf_counter() if observers else 0.0
        transaction = operation.transaction
        if transaction is not None:
            result = await self._inside(operation, transaction, work)
        else:
            result = await self._outside(operation, work)
        if observers:
            elapsed_ms = (time.perf_counter() - started) * 1000
            details = {"statement": sql, "params": count}
            event = Event(
                area="sql",
                name="statement",
                # a free statement has no model
                model=getattr(operation.model, "name", None),
                elapsed_ms=elapsed_ms,
                details=details,
            )
            for observe in observers:
                observe(event)
        return result

    async def _inside(self, operation: Operation, transaction: Transaction, work: Work[T]) -> T:
        scope = self.own(transaction)
        if scope.options.read_only and changes(operation):
            raise read_only(operation.kind, scope.options)
        try:
            return await scope.run(work)
        except DataFlowError:
            raise
        except Exception as error:
            raise StatementFailed(operation, error, await self._found(operation, error)) from error

    async def _outside(self, operation: Operation, work: Work[T]) -> T:
        pool = self.pools.here()
        kind = operation.kind
        link = pool.take(kind) or await pool.acquire(kind)
        try:
            return await _used(pool, link, work)
        except DataFlowError:
            raise
        except Exception as error:
            if link.is_open and not isinstance(error, NoAnswer):
                raise StatementFailed(operation, error, await self._found(operation, error)) from error
            if changes(operation):
                where = Where(model=getattr(operation.model, "name", None), operation=kind)
                raise outcome_unknown(kind, where, "the connection was lost before the answer came") from error
            if isinstance(error, NoAnswer):
                raise StatementFailed(operation, error) from error
        # what only reads is done again where the connection went away, once
        return await self.alone(kind, work)

    async def alone(self, holder: str, work: Work[T]) -> T:
        """Do something that belongs to no operation, and may be done twice: where the connection went away it is."""
        pool = self.pools.here()
        link = pool.take(holder) or await pool.acquire(holder)
        try:
            return await _used(pool, link, work)
        except Exception as error:
            if isinstance(error, DataFlowError) or link.is_open:
                raise failed(error) from error
        link = await pool.acquire(holder, fresh=True)
        try:
            return await _used(pool, link, work)
        except Exception as error:
            raise failed(error) from error

    async def _found(self, operation: Operation, error: Exception) -> dict[str, Any]:
        """Which row breaks a foreign key: a database names only the constraint."""
        if not self.refers(error) or operation.model is None:
            return {}
        if operation.transaction is not None and not self.pools.here().has_room:
            # to wait for a second connection while one is kept is how tasks starve one another
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

        try:
            return await self.alone("explain", ask)
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
        pool = self.pools.here()
        link = pool.take(options.holder) or await pool.acquire(options.holder)
        try:
            await self._open(pool, link, options)
        except Exception as error:
            if link.is_open:
                raise failed(error) from error
            link = await pool.acquire(options.holder, fresh=True)
            await self._open(pool, link, options)
        self.tell("begin")
        return Scope(self, pool, link, options, self.tell, self.explained)

    async def _open(self, pool: Pool, link: Link, options: ScopeOptions) -> None:
        try:
            for statement in self.begin_sql(options):
                await link.control(statement)
        except BaseException:
            await pool.discard(link)
            raise

    def tell(self, name: str) -> None:
        for observe in self.observers():
            observe(Event(area="scope", name=name))
