"""asyncpg behind the seam: a connection, and how one is opened."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

import asyncpg
import attrs

from dataflow.adapters import ScopeOptions
from dataflow.config.tls import TLS
from dataflow_sql.rows import Row
from dataflow_sql.servers import NoAnswer, NotDone
from dataflow_sql.servers.encryption import ssl_context
from dataflow_sql.servers.sockets import abandon

#: how much longer than the server itself the client waits for a statement to be stopped
GRACE_S = 2.0
#: how long a goodbye, the server's stopping of a statement, or a sign of life may take
GOODBYE_S = 2.0
#: per connection; asyncpg's 100 are fewer than an application with many filters has
STATEMENTS = 500
#: deadlines of the server for whoever is slow between two statements, and the versions that brought them
_IDLE = {"idle_in_transaction_session_timeout": 9, "idle_session_timeout": 14, "transaction_timeout": 17}
#: what asyncpg says where a server that is asked for encryption answers with anything that it does not know
_REJECTED = "rejected SSL upgrade"


class PostgresLink:
    """One asyncpg connection. ``raw`` is used directly by the bulk path alone.

    It is itself the context of its calls, for one that is made per statement would cost more than the rest of it.
    """

    holder = ""
    since = 0.0

    def __init__(
        self,
        raw: asyncpg.Connection[Any],
        timeout_s: float | None,
        control_s: float | None,
        lent: Mapping[str, int] | None,
    ) -> None:
        self.raw = raw
        #: how long the server's own deadline for a statement is waited for, and how long where it has none
        self._kept_s = None if timeout_s is None else timeout_s + GRACE_S
        self._unkept_s = timeout_s if lent is not None else self._kept_s
        self.timeout_s = self._unkept_s
        self._control_s = control_s
        #: the deadlines of a session that a pooler lends for one transaction at a time, which each has to set; None
        #: where the session is this client's own: it has them, and knows a statement by its name later
        self._lent = lent
        self.opened_at = time.monotonic()
        self.is_spoiled = False
        self._is_unsettled = False
        self._waited_s: float | None = None
        # kept apart: asyncpg lets go of it when the connection ends
        self._protocol: Any = raw._protocol  # type: ignore[attr-defined]  # it counts what has left
        self._sent = 0
        self._pid = os.getpid()

    @property
    def is_lent(self) -> bool:
        """Whether a pooler lends the session out, for one transaction at a time."""
        return self._lent is not None

    @property
    def is_open(self) -> bool:
        return not self.raw.is_closed()

    @property
    def is_lost(self) -> bool:
        return self.raw.is_closed() and not self._is_unsettled

    @property
    def is_settled(self) -> bool:
        return not (self._is_unsettled or self.raw.is_closed() or self.raw.is_in_transaction())

    def __enter__(self) -> None:
        self._sent = self._protocol.queries_count
        self._waited_s = self.timeout_s

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if isinstance(error, asyncio.CancelledError):
            self._is_unsettled = True
        elif isinstance(error, TimeoutError):
            self._is_unsettled = True
            # a deadline that is none cannot have passed
            raise NoAnswer(self._waited_s or 0.0) from error
        elif isinstance(error, Exception) and self.raw.is_closed() and self._is_undone(error):
            raise NotDone(error) from error

    def _is_undone(self, error: Exception) -> bool:
        """Whether a failure on a connection that is gone leaves nothing done: nothing had left, or the server refused it."""
        refused = isinstance(error, asyncpg.PostgresError) and not isinstance(error, asyncpg.PostgresConnectionError)
        return refused or self._protocol.queries_count == self._sent

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Row]:
        with self:
            return await self.raw.fetch(sql, *values, timeout=self.timeout_s)

    async def changed(self, sql: str, values: Sequence[Any]) -> int:
        if not values:
            # asyncpg would send it as a script
            return (await self.answer(sql, values))[1]
        with self:
            return _count(await self.raw.execute(sql, *values, timeout=self.timeout_s))

    async def answer(self, sql: str, values: Sequence[Any]) -> tuple[list[asyncpg.Record], int]:
        """The rows of any statement, and how many it gave or changed."""
        with self:
            name = None if self._lent is None else ""
            statement = await self.raw.prepare(sql, name=name, timeout=self.timeout_s)
            rows = await statement.fetch(*values, timeout=self.timeout_s)
        return rows, _count(statement.get_statusmsg() or "")

    async def begin(self, options: ScopeOptions) -> None:
        isolation = f" ISOLATION LEVEL {options.isolation}" if options.isolation is not None else ""
        begin = f"BEGIN{isolation}{' READ ONLY' if options.read_only else ''}"
        deadlines = (f"SET LOCAL {name} = {limit_ms}" for name, limit_ms in (self._lent or {}).items())
        await self.control("; ".join((begin, *deadlines)))

    async def control(self, sql: str) -> str:
        with self:
            self._waited_s = self._control_s
            done = await self.raw.execute(sql, timeout=self._control_s)
        # what was cancelled has ended, or this would not have been answered
        self._is_unsettled = False
        if self._lent is not None:
            self.timeout_s = self._kept_s if self.raw.is_in_transaction() else self._unkept_s
        return done

    async def have(self, **deadlines: int) -> None:
        """Give the session other deadlines, in milliseconds."""
        if self._lent is not None:
            # set by each transaction for itself
            self._lent = {**self._lent, **deadlines}
            return
        await self.control("; ".join(f"SET {name} = {limit_ms}" for name, limit_ms in deadlines.items()))

    async def copy(self, table: str, names: Sequence[str], records: Any) -> None:
        """Load rows by binary COPY."""
        with self:
            # asyncpg does not count it
            self._sent = -1
            await self.raw.copy_records_to_table(table, records=records, columns=names, timeout=self.timeout_s)

    async def ping(self) -> None:
        with self:
            self._waited_s = GOODBYE_S if self._control_s is None else min(self._control_s, GOODBYE_S)
            await self.raw.execute("SELECT 1", timeout=self._waited_s)

    async def stop(self) -> None:
        # asyncpg has asked the server to stop what was cancelled; its close waits for that
        await self.close()

    async def close(self) -> None:
        with suppress(Exception):
            await self.raw.close(timeout=GOODBYE_S)
        self.raw.terminate()

    def abandon(self) -> None:
        raw: Any = self.raw
        transport = getattr(raw, "_transport", None)
        # so that nothing is said when the connection is collected
        raw._aborted = True
        if transport is not None:
            abandon(transport, raw._loop, is_own=self._pid == os.getpid())


def _count(done: str) -> int:
    """The number at the end of what was done, such as INSERT 0 1 or UPDATE 3; nothing else has one."""
    count = done.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


@attrs.frozen(kw_only=True)
class PostgresDriver:
    """Opens asyncpg connections.

    ``settings`` and ``deadlines`` (milliseconds) are what a session starts with; a pooler may refuse them.
    ``has_deadlines`` is false where nothing is given up that takes long, such as a change of a large table.
    """

    host: str | None
    port: int | None
    user: str | None
    password: str | None = attrs.field(repr=False)
    database: str | None
    tls: TLS
    connect_timeout_s: float
    statement_timeout_s: float | None
    settings: Mapping[str, str]
    deadlines: Mapping[str, int]
    has_deadlines: bool = True

    @property
    def patient(self) -> PostgresDriver:
        """The same without deadlines, whatever the role's own is; but the one for locks, which others wait behind."""
        locks = {name: limit_ms for name, limit_ms in self.deadlines.items() if name == "lock_timeout"}
        return attrs.evolve(
            self,
            statement_timeout_s=None,
            deadlines={**locks, "statement_timeout": 0},
            # compiling a question to the catalogue takes longer than answering it
            settings={**self.settings, "jit": "off"},
            has_deadlines=False,
        )

    async def connect(self) -> PostgresLink:
        async with asyncio.timeout(self.connect_timeout_s):
            try:
                raw, named = await self._opened()
            except (ConnectionResetError, asyncpg.ConnectionDoesNotExistError) as error:
                # nothing was lost with it: there was no connection yet
                raise ConnectionAbortedError from error
            except ConnectionError as error:
                if type(error) is ConnectionError and self._has_failed(str(error)):
                    raise ConnectionAbortedError from error
                raise
        control_s = self.connect_timeout_s if self.has_deadlines else None
        link = PostgresLink(raw, self.statement_timeout_s, control_s, None if named else self.deadlines)
        if not self.has_deadlines:
            # set once it is there: what a pooler does not know as a setting to start with, it refuses
            version = raw.get_server_version()
            await link.have(**{name: 0 for name, since in _IDLE.items() if version >= (since,)})
        return link

    def _has_failed(self, told: str) -> bool:
        """Whether the server ended in place of its word on encryption, or behind a no that would have done."""
        return _REJECTED not in told or encryption(self.tls) == "prefer"

    async def _opened(self) -> tuple[asyncpg.Connection[Any], bool]:
        """A connection, and whether the server's session behind it stays the same."""
        try:
            raw = await self._connected(self._started, STATEMENTS)
        except asyncpg.ProtocolViolationError:
            # a pooler takes no settings that it does not know
            return await self._connected({}, 0), False
        if not await self._is_pooled(raw):
            return raw, True
        raw.terminate()
        return await self._connected(self._started, 0), False

    @property
    def _started(self) -> dict[str, str]:
        return {**self.settings, **{name: str(limit_ms) for name, limit_ms in self.deadlines.items()}}

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
