"""A connection of its own for schema work, and the lock that everybody takes who makes tables."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from dataflow.adapters import ScopeOptions, StatementFailed, driver_error
from dataflow.transactions import end
from dataflow_postgres.catalogue import LOCK
from dataflow_postgres.link import PostgresDriver, PostgresLink
from dataflow_sql.servers.session import ServerSession, failed

if TYPE_CHECKING:
    from dataflow_sql.servers.link import Driver, Link

Ask = Callable[[float], Awaitable[None]]
MOST_MS = 2**31 - 1
#: between two tries for a lock, and two looks at whether a connection is gone
POLL_S = 0.05
#: how long a connection that is ended may take to undo what it has under way
GONE_S = 30.0


class PostgresSession(ServerSession):
    """``driver`` opens a second connection where a pooler lends this one out for a transaction at a time."""

    def __init__(self, link: Link, driver: Driver) -> None:
        super().__init__(link)
        self.driver = driver

    @property
    def raw(self) -> asyncpg.Connection[asyncpg.Record]:
        assert isinstance(self.link, PostgresLink)
        return self.link.raw

    @property
    def dialect(self) -> str:
        return "postgresql"

    @property
    def now(self) -> str:
        return "extract(epoch from clock_timestamp())::float8"

    @property
    def server_id(self) -> int | None:
        """None behind a pooler that answers with another process each time."""
        return None if self._is_lent else self.raw.get_server_pid()

    @property
    def _is_lent(self) -> bool:
        assert isinstance(self.link, PostgresLink)
        return self.link.is_lent

    def placeholder(self, number: int) -> str:
        return f"${number}"

    @asynccontextmanager
    async def exclusive(self, timeout_s: float) -> AsyncIterator[None]:
        async with self._elsewhere() if self._is_lent else self._here() as ask:
            await ask(timeout_s)
            yield

    @asynccontextmanager
    async def _here(self) -> AsyncIterator[Ask]:
        """The lock is the session's, and outlives its transactions."""
        is_held = False

        async def ask(timeout_s: float) -> None:
            nonlocal is_held
            await _acquired(self.link, "pg_try_advisory_lock", timeout_s)
            is_held = True

        try:
            yield ask
        finally:
            if is_held:
                await end(self._released())

    async def _released(self) -> None:
        if self.link.is_settled:
            await self.link.rows(f"SELECT pg_advisory_unlock({LOCK})", ())
        else:
            # the server lets go of it with the connection
            await self.link.stop()

    @asynccontextmanager
    async def _elsewhere(self) -> AsyncIterator[Ask]:
        """The lock is that of a transaction left open, for which a pooler keeps a session."""
        link = await self.driver.connect()
        try:
            await link.begin(ScopeOptions(holder="migration lock"))
            yield lambda timeout_s: _acquired(link, "pg_try_advisory_xact_lock", timeout_s)
        finally:
            await end(link.stop())

    async def wait_at_most(self, limit_s: float) -> None:
        assert isinstance(self.link, PostgresLink)
        assert isinstance(self.driver, PostgresDriver)
        given_ms = self.driver.deadlines.get("lock_timeout", math.inf)
        # the server takes 0 for no limit, and no more than its largest integer
        limit_ms = min(max(1, limit_s * 1000), given_ms, MOST_MS)
        try:
            await self.link.have(lock_timeout=round(limit_ms))
        except Exception as error:
            raise failed(error) from error

    async def terminate(self, server_id: int) -> bool:
        try:
            await self.rows("SELECT pg_terminate_backend(?)", server_id)
        except StatementFailed as error:
            if isinstance(driver_error(error), asyncpg.InsufficientPrivilegeError):
                return False
            raise
        async with asyncio.timeout(GONE_S):
            while await self._is_there(server_id):  # noqa: ASYNC110  # the server tells nobody
                await asyncio.sleep(POLL_S)
        return True

    async def _is_there(self, server_id: int) -> bool:
        # a transaction sees the activity as it was when it first looked
        await self.rows("SELECT pg_stat_clear_snapshot()::text")
        return bool(await self.rows("SELECT 1 FROM pg_stat_activity WHERE pid = ?", server_id))


async def _acquired(link: Link, function: str, timeout_s: float) -> None:
    """Ask again and again: what waits in the server would have to be cancelled, and might have the lock by then."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not (await link.rows(f"SELECT {function}({LOCK})", ()))[0][0]:
        left_s = deadline - asyncio.get_running_loop().time()
        if left_s <= 0:
            raise TimeoutError
        await asyncio.sleep(min(POLL_S, left_s))
