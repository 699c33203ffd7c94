"""asyncpg behind the seam: a connection, and how one is opened."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import asyncpg
import attrs

from dataflow.config.tls import TLS
from dataflow_sql.rows import Row
from dataflow_sql.servers import NoAnswer
from dataflow_sql.servers.encryption import ssl_context

#: how much longer than the server itself the client waits for a statement to be stopped
GRACE_S = 5.0
#: how long a goodbye, or the server's stopping of a statement, may take
GOODBYE_S = 3.0
#: per connection; asyncpg's 100 are fewer than an application with many filters has
STATEMENTS = 500


class PostgresLink:
    """One asyncpg connection. ``raw`` is used directly by the bulk path alone."""

    holder = ""
    since = 0.0

    def __init__(self, raw: asyncpg.Connection[Any], timeout_s: float | None, control_s: float) -> None:
        self.raw = raw
        self.timeout_s = timeout_s
        self._control_s = control_s
        self.opened_at = time.monotonic()
        self._is_unsettled = False

    @property
    def is_open(self) -> bool:
        return not self.raw.is_closed()

    @property
    def is_settled(self) -> bool:
        return not (self._is_unsettled or self.raw.is_closed() or self.raw.is_in_transaction())

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Row]:
        try:
            return await self.raw.fetch(sql, *values, timeout=self.timeout_s)
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            raise NoAnswer from error

    async def changed(self, sql: str, values: Sequence[Any]) -> int:
        if not values:
            # asyncpg would send it as a script
            return (await self.answer(sql, values))[1]
        try:
            done = await self.raw.execute(sql, *values, timeout=self.timeout_s)
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            raise NoAnswer from error
        return _count(done)

    async def answer(self, sql: str, values: Sequence[Any]) -> tuple[list[asyncpg.Record], int]:
        """The rows of any statement, and how many it gave or changed."""
        try:
            statement = await self.raw.prepare(sql, timeout=self.timeout_s)
            rows = await statement.fetch(*values, timeout=self.timeout_s)
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            raise NoAnswer from error
        return rows, _count(statement.get_statusmsg() or "")

    async def control(self, sql: str) -> str:
        try:
            done = await self.raw.execute(sql, timeout=self._control_s)
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            raise NoAnswer from error
        # what was cancelled has ended, or this would not have been answered
        self._is_unsettled = False
        return done

    async def copy(self, table: str, names: Sequence[str], records: Any) -> None:
        """Load rows by binary COPY."""
        try:
            await self.raw.copy_records_to_table(table, records=records, columns=names, timeout=self.timeout_s)
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            raise NoAnswer from error

    async def ping(self) -> None:
        await self.control("SELECT 1")

    async def stop(self) -> None:
        # asyncpg has asked the server to stop what was cancelled; its close waits for that
        await self.close()

    async def close(self) -> None:
        with suppress(Exception):
            await self.raw.close(timeout=GOODBYE_S)
        self.raw.terminate()

    def abandon(self) -> None:
        transport: Any = getattr(self.raw, "_transport", None)
        found = None if transport is None else transport.get_extra_info("socket")
        if found is not None:
            with suppress(OSError):
                socket.socket(fileno=found.fileno()).close()


def _count(done: str) -> int:
    """The number at the end of what was done, such as INSERT 0 1 or UPDATE 3; nothing else has one."""
    count = done.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


@attrs.frozen(kw_only=True)
class PostgresDriver:
    """Opens asyncpg connections. ``settings`` are what a session starts with; a pooler may refuse them."""

    host: str | None
    port: int | None
    user: str | None
    password: str | None = attrs.field(repr=False)
    database: str | None
    tls: TLS
    connect_timeout_s: float
    statement_timeout_s: float | None
    settings: dict[str, str]

    async def connect(self) -> PostgresLink:
        try:
            raw = await self._connected(self.settings, STATEMENTS)
        except asyncpg.ProtocolViolationError:
            # a pooler takes no settings that it does not know
            raw = await self._connected({}, 0)
        else:
            if await self._is_pooled(raw):
                await raw.close(timeout=GOODBYE_S)
                raw = await self._connected(self.settings, 0)
        timeout_s = None if self.statement_timeout_s is None else self.statement_timeout_s + GRACE_S
        return PostgresLink(raw, timeout_s, self.connect_timeout_s + GRACE_S)

    async def _connected(self, settings: dict[str, str], statements: int) -> asyncpg.Connection[Any]:
        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.database,
            ssl=encryption(self.tls),
            timeout=self.connect_timeout_s,
            server_settings=settings,
            statement_cache_size=statements,
            max_cached_statement_lifetime=0,
        )

    async def _is_pooled(self, raw: asyncpg.Connection[Any]) -> bool:
        """Whether somebody in between lends out the server's connections: the process that answers is another.

        Behind such a pooler a prepared statement may be looked for on a connection that never saw it.
        """
        try:
            return bool(
                await raw.fetchval("SELECT pg_backend_pid()", timeout=self.connect_timeout_s) != raw.get_server_pid()
            )
        except BaseException:
            raw.terminate()
            raise


def encryption(tls: TLS) -> ssl.SSLContext | Literal["disable", "prefer"]:
    """What asyncpg takes for ``ssl``."""
    if tls.mode in ("disable", "prefer") and tls.ca is None and tls.cert is None:
        return tls.mode
    return ssl_context(tls)
