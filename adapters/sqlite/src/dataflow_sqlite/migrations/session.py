"""A connection of its own for schema work; in memory, the one connection for as long as the session lasts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs

from dataflow.adapters import StatementFailed
from dataflow.transactions import end
from dataflow_sqlite.errors import FAILURES
from dataflow_sqlite.worker import Worker
from dataflow_sqlite.writer import is_busy, roll_back

T = TypeVar("T")


@attrs.define(eq=False)
class SQLiteSession:
    """Foreign keys are off on it: a rebuilt table is dropped under the rows that refer to it, and in a transaction the setting is void."""

    worker: Worker
    patience_s: float
    _is_exclusive: bool = attrs.field(default=False, init=False)

    @property
    def dialect(self) -> str:
        return "sqlite"

    @property
    def now(self) -> str:
        return "((julianday('now') - 2440587.5) * 86400.0)"

    @property
    def server_id(self) -> int | None:
        return None

    async def call(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function with the connection, on its thread."""
        try:
            return await self.worker.call(function)  # type: ignore[no-any-return]  # what the function gives
        except FAILURES as error:
            raise StatementFailed(None, error) from error

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self.call(lambda raw: raw.execute(sql, values).fetchall())

    async def change(self, sql: str, *values: Any) -> int:
        return await self.call(lambda raw: raw.execute(sql, values).rowcount)

    async def run(self, sql: str) -> None:
        await self.call(lambda raw: raw.execute(sql))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        inside = self._is_exclusive
        commit, undo = (_release, _undo) if inside else (_commit, roll_back)
        await self.call(_save if inside else self._begin(self.patience_s))
        try:
            yield
        except BaseException:
            await end(self.call(undo))
            raise
        await end(self.call(commit))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        if self._is_exclusive:
            # nobody else writes meanwhile
            yield
            return
        await self.run("BEGIN")
        try:
            yield
        finally:
            await end(self.call(roll_back))

    @asynccontextmanager
    async def exclusive(self, timeout_s: float) -> AsyncIterator[None]:
        """The write lock, and so one transaction: a process that is killed has done nothing, and others wait for its commit."""
        try:
            await self.call(self._begin(timeout_s))
        except StatementFailed as error:
            if is_busy(error.error):
                raise TimeoutError from error
            raise
        self._is_exclusive = True
        try:
            yield
        except Exception:
            # what failed is undone alone, by the savepoint that it was in; what was written about it stays
            await self._leave(_commit)
            raise
        except BaseException:
            await self._leave(roll_back)
            raise
        await self._leave(_commit)

    async def _leave(self, work: Callable[[sqlite3.Connection], None]) -> None:
        self._is_exclusive = False
        await end(self.call(work))

    def _begin(self, patience_s: float) -> Callable[[sqlite3.Connection], None]:
        """Take the write lock, on the thread; given up when the task is cancelled."""

        def begin(raw: sqlite3.Connection) -> None:
            until = time.monotonic() + patience_s
            while True:
                try:
                    raw.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or time.monotonic() > until or self.worker.is_dropped():
                        raise

        return begin

    async def wait_at_most(self, limit_s: float) -> None:
        self.patience_s = limit_s

    async def terminate(self, server_id: int) -> bool:
        return False


def _save(raw: sqlite3.Connection) -> None:
    raw.execute("SAVEPOINT migration")


def _release(raw: sqlite3.Connection) -> None:
    raw.execute("RELEASE migration")


def _undo(raw: sqlite3.Connection) -> None:
    # after some errors SQLite has undone everything already
    if raw.in_transaction:
        raw.execute("ROLLBACK TO migration")
        raw.execute("RELEASE migration")


def _commit(raw: sqlite3.Connection) -> None:
    if not raw.in_transaction:
        return
    try:
        raw.execute("COMMIT")
    except BaseException:
        roll_back(raw)
        raise


def settle(raw: sqlite3.Connection) -> None:
    """On the thread, before a session: what its statements rely on."""
    raw.execute("PRAGMA foreign_keys = OFF")
    # views and triggers follow a renamed table, and references to it too
    raw.execute("PRAGMA legacy_alter_table = OFF")


def unsettle(raw: sqlite3.Connection) -> None:
    """On the thread, after a session on a connection that goes on."""
    roll_back(raw)
    raw.execute("PRAGMA foreign_keys = ON")
