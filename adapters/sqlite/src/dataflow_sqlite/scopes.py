"""Transactions: one connection until the end, savepoints inside, nothing committed after a failure."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import attrs

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError
from dataflow.operations.statement_events import transaction_id
from dataflow_sql.gate import Gate
from dataflow_sql.scope_problems import ended, failed_before, inner_open, lost
from dataflow_sqlite.errors import FAILURES
from dataflow_sqlite.worker import Function, Worker
from dataflow_sqlite.writer import roll_back

_numbers = itertools.count(1)


@attrs.define(eq=False)
class Scope:
    """An open transaction or, with ``outer``, a savepoint in one. ``release`` gives the connection back.

    While a savepoint is open the scope around it waits: what ran there meanwhile would be undone with it.
    """

    owner: object
    worker: Worker
    options: ScopeOptions
    patience_s: float
    tell: Callable[[str, Scope, float], None]
    explained: Callable[[Exception], DataFlowError]
    release: Callable[[], None] | None = None
    outer: Scope | None = None
    name: str = ""
    id: str = attrs.field(factory=transaction_id)
    is_open: bool = True
    _failure: BaseException | None = None
    _turn: Gate = attrs.field(factory=Gate)

    async def run(self, function: Function) -> Any:
        """Run a function inside the scope."""
        await self._enter()
        try:
            self._check_sound()
            return await self.worker.call(lambda raw: self._inside(raw, function))
        finally:
            self._turn.leave()

    def _check_sound(self) -> None:
        if self._failure is not None:
            raise failed_before(self.options, self._failure) from self._failure

    def _inside(self, raw: sqlite3.Connection, function: Function) -> Any:
        if not raw.in_transaction:
            # without this, statements after a failure that undid everything would commit one by one
            raise lost(self.options) from self._failure
        return function(raw)

    @property
    def _lives(self) -> bool:
        """Whether it is open, and so are those around it: one that gave up waiting takes what is inside with it."""
        return self.is_open and (self.outer is None or self.outer._lives)

    async def _enter(self) -> None:
        if not self._lives:
            raise ended(self.options)
        try:
            await self._turn.enter(self.patience_s)
        except TimeoutError as error:
            raise inner_open(self.options, self.patience_s) from error
        if not self._lives:
            self._turn.leave()
            raise ended(self.options)

    async def savepoint(self) -> Scope:
        """A scope inside this one; this one waits until it has ended."""
        started = time.perf_counter()
        await self._enter()
        inner = Scope(
            self.owner,
            self.worker,
            self.options,
            self.patience_s,
            self.tell,
            self.explained,
            self._turn.leave,
            self,
            f"s{next(_numbers)}",
            self.id,
        )
        try:
            self._check_sound()
            await self.worker.call(lambda raw: self._inside(raw, lambda own: own.execute(f"SAVEPOINT {inner.name}")))
        except BaseException:
            self._turn.leave()
            raise
        self.tell("begin", inner, started)
        return inner

    def poison(self, cause: BaseException) -> None:
        self._failure = self._failure or cause

    async def commit(self) -> None:
        """Make it last.

        :raises TransactionError: DF-T101 when it has ended, DF-T102 when a statement in it failed.
        """
        was_open, started = self.is_open, time.perf_counter()
        try:
            await self._finish(self._commit_now)
        except Exception:
            # whatever prevents a commit has undone it
            if was_open:
                self.tell("rollback", self, started)
            raise
        self.tell("commit", self, started)

    async def rollback(self) -> None:
        """Undo everything. Does nothing when it has ended."""
        if self._lives:
            started = time.perf_counter()
            await self._finish(self._undo)
            self.tell("rollback", self, started)

    async def _finish(self, work: Function) -> None:
        try:
            await self._enter()
        except DataFlowError:
            if self._lives:
                # a savepoint inside stays open: what it does is undone with the rest, or the connection would be lost
                self.is_open = False
                await self._ended(self._undo)
            raise
        self.is_open = False
        try:
            await self._ended(work)
        finally:
            self._turn.leave()

    async def _ended(self, work: Function) -> None:
        try:
            await self.worker.call(self._last(work))
        except FAILURES as error:
            raise self.explained(error) from error

    def _last(self, work: Function) -> Function:
        def finish(raw: sqlite3.Connection) -> None:
            try:
                work(raw)
            finally:
                if self.release is not None:
                    self.release()

        return finish

    def _commit_now(self, raw: sqlite3.Connection) -> None:
        if self._failure is not None:
            self._undo(raw)
            raise failed_before(self.options, self._failure) from self._failure
        if not raw.in_transaction:
            raise lost(self.options)
        try:
            raw.execute("COMMIT" if self.outer is None else f"RELEASE {self.name}")
        except BaseException:
            self._undo(raw)
            raise

    def _undo(self, raw: sqlite3.Connection) -> None:
        if self.outer is None:
            roll_back(raw)
        elif raw.in_transaction:
            raw.execute(f"ROLLBACK TO {self.name}")
            raw.execute(f"RELEASE {self.name}")
