"""A connection of its own for schema work, in the words of MySQL and MariaDB."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from dataflow.adapters import StatementFailed, driver_error
from dataflow.transactions import end
from dataflow_mysql.errors import number_of
from dataflow_mysql.link import MySQLLink
from dataflow_sql.servers import Link
from dataflow_sql.servers.session import ServerSession

#: the name is the server's, not the database's; names may have 64 characters
_LOCK = "CONCAT('dataflow migration ', LEFT(SHA2(DATABASE(), 256), 40))"
_QUOTED_OR_MARK = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`|\?", re.DOTALL)
#: no such thread; not allowed to end it, by either server
_GONE, _FORBIDDEN = 1094, frozenset((1095, 1227))
#: the most that both servers take
MOST_S = 31_536_000
#: how long a connection that was ended may take to undo what it did, and how often that is asked for
UNDOING_S, ASKING_S = 600.0, 0.05


class MySQLSession(ServerSession):
    """What a step leaves in its session when it fails, such as the modes of a routine, is put back before the next one."""

    link: MySQLLink

    def __init__(self, link: Link) -> None:
        assert isinstance(link, MySQLLink)
        super().__init__(link)

    @property
    def dialect(self) -> str:
        return "mariadb" if self.link.session.mariadb else "mysql"

    @property
    def now(self) -> str:
        return "UNIX_TIMESTAMP(NOW(6))"

    @property
    def server_id(self) -> int:
        return self.link.raw.thread_id()

    def placeholder(self, number: int) -> str:
        return "%s"

    def _bound(self, sql: str, values: tuple[Any, ...]) -> str:
        # the link writes values into the text by this sign, and halves it where there are none
        doubled = sql.replace("%", "%%")
        return _QUOTED_OR_MARK.sub(lambda found: "%s" if found[0] == "?" else found[0], doubled) if values else doubled

    async def _sent(self, sql: str) -> None:
        try:
            await self.link.as_it_stands(sql)
        except Exception:
            if self.link.is_settled:
                with suppress(Exception):
                    await self.link.as_it_stands(f"SET {self.link.settings}")
            raise

    @asynccontextmanager
    async def exclusive(self, timeout_s: float) -> AsyncIterator[None]:
        # the one waits for fractions of a second, the other rounds them to none
        wait_s = min(max(0.0, timeout_s), MOST_S)
        patience = wait_s if self.dialect == "mariadb" else math.ceil(wait_s)
        ((got,),) = await self.rows(f"SELECT GET_LOCK({_LOCK}, ?)", patience)
        if not got:
            raise TimeoutError(f"another session has the lock of migrations after {timeout_s:g} s")
        try:
            yield
        finally:
            # a connection that is lost or stopped has let go of it by itself
            if self.link.is_open and not self.link.is_stopped:
                with suppress(Exception):
                    await end(self.link.rows(f"SELECT RELEASE_LOCK({_LOCK})", ()))

    async def wait_at_most(self, limit_s: float) -> None:
        # the one is for tables, and a day long by itself; the other, for rows, may be shorter already
        whole_s = max(1, math.ceil(min(limit_s, MOST_S)))
        rows = f"LEAST(@@SESSION.innodb_lock_wait_timeout, {whole_s})"
        await self.run(f"SET SESSION lock_wait_timeout = {whole_s}, SESSION innodb_lock_wait_timeout = {rows}")

    async def terminate(self, server_id: int) -> bool:
        try:
            await self.run(f"KILL {int(server_id)}")
        except StatementFailed as failure:
            number = number_of(driver_error(failure))
            if number in _FORBIDDEN:
                return False
            if number != _GONE:
                raise
        async with asyncio.timeout(UNDOING_S):
            while True:
                if not await self.rows("SELECT 1 FROM information_schema.processlist WHERE id = ?", server_id):
                    return True
                await asyncio.sleep(ASKING_S)
