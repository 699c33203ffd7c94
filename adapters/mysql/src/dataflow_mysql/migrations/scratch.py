"""A place in which the tables of models are made, so that the server describes them in its own words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress

import attrs

from dataflow.adapters import StatementFailed
from dataflow.diagnostics import DataFlowError, error_of
from dataflow.migrations import SchemaSnapshot
from dataflow.transactions import end
from dataflow_mysql.dialect import quoted
from dataflow_mysql.errors import number_of
from dataflow_mysql.link import MySQLDriver, MySQLLink
from dataflow_mysql.migrations import questions
from dataflow_mysql.migrations.catalogue import snapshot_of
from dataflow_mysql.migrations.folding import respelled
from dataflow_mysql.migrations.temporary import described
from dataflow_sql.servers.scratch import no_scratch

_PREFIX = "dataflow_scratch_"
#: when, by the server's clock, by which connection, for which database
_NAME = re.compile(_PREFIX + r"(\d+)_\d+_[0-9a-f]{8}")
_OWN = "SELECT UNIX_TIMESTAMP(), CONNECTION_ID(), LEFT(SHA2(DATABASE(), 256), 8)"
_SWEPT = f"SELECT schema_name AS n FROM information_schema.schemata WHERE schema_name LIKE '{_PREFIX}%'"
#: the age from which nobody can be using one any more
ABANDONED_S = 3_600
#: not allowed to make a database, or anything in it
_FORBIDDEN = frozenset((1044, 1142, 1227, 1370))


@attrs.frozen
class Scratch:
    """Uses a connection of its own: what is cancelled half-way leaves nothing behind on that of a migration."""

    driver: MySQLDriver

    async def described(self, statements: Sequence[str]) -> SchemaSnapshot:
        """What the server makes of some definitions."""
        try:
            link = await self.driver.connect()
            try:
                server, there = await questions.server(link), await questions.names(link)
                return await self._described(link, respelled(statements, there, bool(server.folds_tables)))
            finally:
                await end(link.close() if link.is_settled else link.stop())
        except DataFlowError:
            raise
        except Exception as error:
            raise StatementFailed(None, error) from error

    async def _described(self, link: MySQLLink, statements: Sequence[str]) -> SchemaSnapshot:
        ((now, own, of),) = await link.rows(_OWN, ())
        await self._sweep(link, int(now))
        name = f"{_PREFIX}{int(now)}_{own}_{of}"
        try:
            await link.control(f"CREATE DATABASE {name}")
        except Exception as error:
            if number_of(error) not in _FORBIDDEN:
                raise
            return await self._described_alone(link, statements)
        except BaseException:
            await end(self._drop(link, name))
            raise
        try:
            # in whatever order the tables come, and however they refer to each other
            await link.control(f"USE {name}; SET SESSION foreign_key_checks = 0")
            for statement in statements:
                await link.answer(statement)
            return await snapshot_of(link)
        finally:
            await end(self._drop(link, name))

    async def _described_alone(self, link: MySQLLink, statements: Sequence[str]) -> SchemaSnapshot:
        try:
            return await described(link, statements)
        except Exception as error:
            if number_of(error) not in _FORBIDDEN:
                raise
            grant = "GRANT CREATE TEMPORARY TABLES ON app.* TO user"
            raise error_of(no_scratch("databases", grant)) from error

    async def _drop(self, link: MySQLLink, name: str) -> None:
        """By another connection where this one was cancelled."""
        drop = f"DROP DATABASE IF EXISTS {quoted(name)}"
        if link.is_settled:
            await link.control(drop)
            return
        await link.stop()
        other = await self.driver.connect()
        try:
            await other.control(drop)
        finally:
            await other.close()

    async def _sweep(self, link: MySQLLink, now: int) -> None:
        """Take away what a process left that ended before it could."""
        for name in abandoned([name for (name,) in await link.rows(_SWEPT.replace("%", "%%"), ())], now):
            # it may be another user's, or another one's sweep came first
            with suppress(Exception):
                await link.control(f"DROP DATABASE IF EXISTS {quoted(name)}")


def abandoned(names: Collection[str], now: int) -> list[str]:
    """Those scratch databases that are older than anybody uses one."""
    made = [(name, _NAME.fullmatch(name)) for name in names]
    return [name for name, found in made if found is not None and now - int(found[1]) > ABANDONED_S]
