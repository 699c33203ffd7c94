"""A connection to MySQL or MariaDB, and how one is opened."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import attrs

from dataflow.adapters import ScopeOptions
from dataflow_mysql.drivers import Answer, DriverForm, Place, Raw
from dataflow_mysql.literals import written
from dataflow_mysql.refusals import SessionChanged, TooLarge, Unencrypted
from dataflow_sql.rows import Row
from dataflow_sql.servers import NoAnswer, NotDone
from dataflow_sql.servers.sockets import abandon, drop

#: how much longer than the server itself the client waits for a statement to be stopped
GRACE_S = 2.0
#: how long a goodbye, a sign of life, or having the server stop a statement, may take
GOODBYE_S = 2.0
_IN_TRANSACTION = 1
#: the driver's numbers for a connection that ended
_ENDED = {2006, 2013, 2055}
_NO_BACKSLASHES = 512


@attrs.frozen(kw_only=True)
class Session:
    """What the server told of itself. ``step`` is the distance between two generated ids."""

    mariadb: bool
    packet: int
    step: int


class MySQLLink:
    """One connection of either driver."""

    holder = ""
    since = 0.0

    def __init__(self, raw: Raw, driver: MySQLDriver, session: Session) -> None:
        self.raw = raw
        self.session = session
        self.opened_at = time.monotonic()
        self.is_spoiled = False
        self._driver = driver
        # a driver that closes by itself lets go of it
        self._transport = driver.form.transport(raw)
        self._timeout_s = None if driver.statement_timeout_s is None else driver.statement_timeout_s + GRACE_S
        self._control_s = driver.control_timeout_s
        self._ping_s = min(driver.connect_timeout_s, GOODBYE_S)
        self._is_unsettled = False
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()

    @property
    def is_open(self) -> bool:
        return self._driver.form.is_open(self.raw)

    @property
    def is_lost(self) -> bool:
        # both drivers close the socket of what is cancelled
        return not (self.is_open or self._is_unsettled)

    @property
    def is_settled(self) -> bool:
        return not self._is_unsettled and self.is_open and not self.in_transaction

    @property
    def is_stopped(self) -> bool:
        """Whether a statement was cancelled or ran out of time, so that nothing more can be asked."""
        return self._is_unsettled

    @property
    def settings(self) -> str:
        """What the session started with."""
        return self._driver.settings

    @property
    def in_transaction(self) -> bool:
        return bool(self.raw.server_status & _IN_TRANSACTION)

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Row]:
        return (await self._asked(written(sql, values), self._timeout_s))[0].rows or ()

    async def changed(self, sql: str, values: Sequence[Any]) -> int:
        return (await self._asked(written(sql, values), self._timeout_s))[0].affected_rows

    async def inserted(self, sql: str, values: Sequence[Any]) -> int:
        """Insert rows; gives the id that the server made for the first."""
        return (await self._asked(written(sql, values), self._timeout_s))[0].insert_id

    async def answer(self, sql: str) -> Answer:
        """The whole answer to a statement whose values are written in."""
        return (await self._asked(sql, self._timeout_s))[0]

    async def script(self, statements: Sequence[str]) -> list[Answer]:
        """Several statements, their values written in, in one round trip; the first that fails is the last."""
        return await self._asked("; ".join(statements), self._timeout_s)

    async def begin(self, options: ScopeOptions) -> None:
        # one that only reads sees one state of the database from its first statement on, which costs nothing here
        isolation = options.isolation or ("REPEATABLE READ" if options.read_only else None)
        start = "START TRANSACTION READ ONLY" if options.read_only else "START TRANSACTION"
        await self.control(start if isolation is None else f"SET TRANSACTION ISOLATION LEVEL {isolation}; {start}")

    async def control(self, sql: str) -> str:
        await self._asked(sql, self._control_s)
        return ""

    async def as_it_stands(self, sql: str) -> None:
        """Run a statement into which no values were written, whatever backslashes mean in it."""
        self._check_size(sql)
        await self._answered(sql, self._control_s)

    async def _asked(self, sql: str, timeout_s: float | None) -> list[Answer]:
        self._check(sql)
        return await self._answered(sql, timeout_s)

    async def _answered(self, sql: str, timeout_s: float | None) -> list[Answer]:
        raw = self.raw
        try:
            async with asyncio.timeout(timeout_s):
                await raw.query(sql)
                answers: list[Answer] = [raw._result]
                while answers[-1].has_next:
                    await raw.next_result()
                    answers.append(raw._result)
                return answers
        except asyncio.CancelledError:
            self._is_unsettled = True
            raise
        except TimeoutError as error:
            self._is_unsettled = True
            # a deadline that is none cannot have passed
            raise NoAnswer(timeout_s or 0.0) from error

    def _check(self, sql: str) -> None:
        """Refuse what would be read in another way than written, and what ``_check_size`` does."""
        self._check_size(sql)
        if self.raw.server_status & _NO_BACKSLASHES:
            self.raw.close()
            raise SessionChanged

    def _check_size(self, sql: str) -> None:
        """Refuse what the server would close the connection for."""
        if not self.is_open:
            raise NotDone(ConnectionResetError())
        limit = self.session.packet
        # at most four bytes a character, so that most statements need not be measured
        if len(sql) * 4 >= limit and len(sql.encode("utf-8", "surrogateescape")) >= limit:
            raise TooLarge(limit)

    async def ping(self) -> None:
        await self._asked("SELECT 1", self._ping_s)

    async def stop(self) -> None:
        if self._is_unsettled or self.is_open:
            # both drivers close the socket when they are cancelled, which the server notices at its next word
            with suppress(Exception):
                await self._driver.kill(self.raw.thread_id())
        await self.close()

    async def close(self) -> None:
        if self.is_open and not self._is_unsettled:
            with suppress(Exception):
                async with asyncio.timeout(GOODBYE_S):
                    await self.raw.ensure_closed()
        with suppress(Exception):
            self.raw.close()
        drop(self._transport)
        # the transport closes its socket in the loop's next round
        await asyncio.sleep(0)

    def abandon(self) -> None:
        if self._transport is not None:
            # before it is let go of: its collection would close it by the loop
            abandon(self._transport, self._loop, is_own=self._pid == os.getpid())
        self._driver.form.forget(self.raw)


@attrs.frozen(kw_only=True)
class MySQLDriver:
    """Opens connections. ``settings`` are assignments that a session starts with.

    ``learned`` is told what the first server said of itself.
    """

    form: DriverForm
    place: Place
    connect_timeout_s: float
    statement_timeout_s: float | None
    #: of transaction control, settings and DDL
    control_timeout_s: float | None
    settings: str
    learned: Any

    async def connect(self) -> MySQLLink:
        try:
            async with asyncio.timeout(self.connect_timeout_s):
                raw = await self.form.open(self.place)
                transport = self.form.transport(raw)
                try:
                    return await self._begun(raw)
                except BaseException:
                    raw.close()
                    drop(transport)
                    raise
        except Exception as error:
            if set(error.args[:1]) & _ENDED or isinstance(error.__cause__ or error, ConnectionResetError):
                # nothing was lost with it: there was no connection yet
                raise ConnectionAbortedError from error
            raise

    async def _begun(self, raw: Raw) -> MySQLLink:
        tls = self.place.tls
        if tls.mode not in ("disable", "prefer") and self.place.unix_socket is None:
            transport = self.form.transport(raw)
            if transport is None or transport.get_extra_info("ssl_object") is None:
                raise Unencrypted
        # what PostgreSQL does: a statement sees all that was committed before it, and holds no gaps between rows
        begin = f"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET {self.settings}"
        await raw.query(f"{begin}; SELECT @@max_allowed_packet, @@auto_increment_increment")
        while raw._result.has_next:
            await raw.next_result()
        ((packet, step),) = raw._result.rows
        session = Session(mariadb="MariaDB" in raw.get_server_info(), packet=packet, step=step)
        self.learned(session)
        return MySQLLink(raw, self, session)

    async def kill(self, thread: int) -> None:
        """Have the server stop a session with what it does, by another one."""
        async with asyncio.timeout(GOODBYE_S):
            raw = await self.form.open(self.place)
            transport = self.form.transport(raw)
            try:
                await raw.query(f"KILL {thread}")
            finally:
                with suppress(Exception):
                    await raw.ensure_closed()
                raw.close()
                drop(transport)
