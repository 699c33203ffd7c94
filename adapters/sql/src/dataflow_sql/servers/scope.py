"""Transactions: one connection until the end, savepoints inside, nothing committed after a failure."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from dataflow.adapters import ScopeOptions, StatementFailed
from dataflow.diagnostics import DataFlowError, Where
from dataflow.operations.statement_events import transaction_id
from dataflow_sql.gate import Gate
from dataflow_sql.scope_problems import ended, failed_before, inner_open, lost
from dataflow_sql.servers.link import Link, NoAnswer, NotDone
from dataflow_sql.servers.outcome import outcome_unknown
from dataflow_sql.servers.pool import Pool
from dataflow_sql.servers.pool_problems import stayed_behind

T = TypeVar("T")
Explained = Callable[[Exception], DataFlowError]
_WHERE = Where(operation="transaction")
_numbers = itertools.count(1)


@attrs.define(eq=False)
class Scope:
    """An open transaction or, with ``outer``, a savepoint in one.

    While a savepoint is open the scope around it waits: what ran there meanwhile would be undone with it.
    """

    owner: object
    pool: Pool
    link: Link
    options: ScopeOptions
    tell: Callable[[str, Scope, float], None]
    explained: Explained
    outer: Scope | None = None
    name: str = ""
    id: str = attrs.field(factory=transaction_id)
    is_open: bool = True
    #: tables that were made in the transaction, which a rollback takes away
    made: set[str] = attrs.field(factory=set)
    _failure: BaseException | None = None
    _turn: Gate = attrs.field(factory=Gate)

    async def run(self, work: Callable[[Link], Awaitable[T]]) -> T:
        """Do something on the scope's connection; a failure there fails the scope."""
        await self._enter()
        try:
            if self._failure is not None:
                raise failed_before(self.options, self._failure) from self._failure
            return await work(self.link)
        except DataFlowError:
            raise
        except BaseException as error:
            # a cancelled statement too: the server has undone it, and on some servers everything before it
            self.poison(error)
            raise
        finally:
            self._turn.leave()

    async def _enter(self) -> None:
        if not self.is_open:
            raise ended(self.options)
        if asyncio.get_running_loop() is not self.pool.loop:
            raise stayed_behind()
        patience_s = self.pool.settings.timeout_s
        try:
            await self._turn.enter(patience_s)
        except TimeoutError as error:
            raise inner_open(self.options, patience_s) from error
        if not self.is_open:
            self._turn.leave()
            raise ended(self.options)

    async def _enter_last(self) -> None:
        """The same for what ends the scope, which it does also where a savepoint inside stays open."""
        started = time.perf_counter()
        try:
            await self._enter()
        except DataFlowError as error:
            # a scope of another loop goes on there
            if self.is_open and asyncio.get_running_loop() is self.pool.loop:
                self.is_open = False
                self.poison(error)
                await self._give_up()
                self.tell("rollback", self, started)
            raise
        self.is_open = False

    async def _give_up(self) -> None:
        """Undo everything without the connection, which somebody inside may be using."""
        if self.outer is None:
            await self.pool.discard(self.link)
        else:
            self._lose_outer()
            await self.link.stop()
            self.outer._turn.leave()

    async def savepoint(self) -> Scope:
        """A scope inside this one; this one waits until it has ended."""
        started = time.perf_counter()
        await self._enter()
        name = f"s{next(_numbers)}"
        try:
            if self._failure is not None:
                raise failed_before(self.options, self._failure) from self._failure
            await self._mark(name)
        except BaseException:
            self._turn.leave()
            raise
        inner = Scope(
            self.owner,
            self.pool,
            self.link,
            self.options,
            self.tell,
            self.explained,
            self,
            name,
            self.id,
            made=self.made,
        )
        self.tell("begin", inner, started)
        return inner

    def poison(self, cause: BaseException) -> None:
        # the coded form of a failure is the one to show: the driver's own text may hold values
        if self._failure is None or (isinstance(cause, DataFlowError) and not isinstance(self._failure, DataFlowError)):
            self._failure = cause

    async def commit(self) -> None:
        """Make it last.

        :raises TransactionError: DF-T101 when it has ended, DF-T102 when a statement in it failed, DF-T104 when the
            server's answer never came.
        """
        started = time.perf_counter()
        await self._enter_last()
        try:
            if self._failure is not None:
                await self._undo()
                raise failed_before(self.options, self._failure) from self._failure
            await (self._commit() if self.outer is None else self._release())
        except BaseException:
            self.tell("rollback", self, started)
            raise
        finally:
            await self._leave()
        self.tell("commit", self, started)

    async def rollback(self) -> None:
        """Undo everything. Does nothing when it has ended."""
        if not self.is_open:
            return
        started = time.perf_counter()
        try:
            await self._enter_last()
        except DataFlowError:
            if self.is_open:
                raise
            # what would not end lost its connection, and with it everything is undone
            return
        try:
            await self._undo()
        finally:
            await self._leave()
        self.tell("rollback", self, started)

    async def _commit(self) -> None:
        try:
            done = await self.link.control("COMMIT")
        except NotDone as error:
            raise self._explained(error) from error.error
        except Exception as error:
            if self.link.is_open and not isinstance(error, NoAnswer):
                # the server's own answer: it has rolled back
                raise self._explained(error) from error
            raise outcome_unknown("commit", _WHERE, "the connection was lost before its answer came") from error
        if done.startswith("ROLLBACK"):
            raise lost(self.options)

    async def _release(self) -> None:
        try:
            await self.link.control(f"RELEASE SAVEPOINT {self.name}")
        except Exception as error:
            assert self.outer is not None
            self.outer.poison(error)
            raise self._explained(error) from error

    async def _undo(self) -> None:
        """Roll back; a connection that cannot is closed, which rolls back too."""
        if not self.link.is_open:
            self._lose_outer()
            return
        try:
            if self.outer is None:
                await self.link.control("ROLLBACK")
            else:
                await self.link.control(f"ROLLBACK TO SAVEPOINT {self.name}")
        except Exception as error:
            self._failure = self._failure or error
            self._lose_outer()
            await self.link.stop()

    def _lose_outer(self) -> None:
        if self.outer is not None:
            self.outer.poison(self._failure or ConnectionError("the connection was lost"))

    async def _mark(self, name: str) -> None:
        try:
            await self.link.control(f"SAVEPOINT {name}")
        except BaseException as error:
            self.poison(error)
            if isinstance(error, Exception):
                raise self._explained(error) from error
            raise

    def _explained(self, error: Exception) -> DataFlowError:
        return self.explained(StatementFailed(None, error.error if isinstance(error, NotDone) else error))

    async def _leave(self) -> None:
        self._turn.leave()
        if self.outer is not None:
            self.outer._turn.leave()
        elif self.link.is_settled:
            self.pool.release(self.link)
        else:
            await self.pool.discard(self.link)
