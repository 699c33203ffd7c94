"""The databases that tests run on: found or started, each test's own emptied before it."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit, urlunsplit

import attrs

from dataflow_testkit.throwaway import MariaDBServer, PostgresServer, ThrowawayServer

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

Kind = Literal["sqlite", "postgres", "mysql"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: of the URLs of each kind: that of the usual driver first
SCHEMES: Mapping[Kind, tuple[str, ...]] = {
    "sqlite": ("sqlite",),
    "postgres": ("postgresql",),
    "mysql": ("mysql", "mysql+asyncmy"),
}
_STANDARD = {
    "postgres": ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://127.0.0.1:5432/postgres"),
    "mysql": ("mysql://root@127.0.0.1:3306/mysql",),
}
_DRIVERS = {"postgres": "asyncpg", "mysql": "pymysql"}
_CONNECT_S = 5


@attrs.define(eq=False)
class Databases:
    """One database per kind, of this process alone; gone when it ends."""

    _urls: dict[Kind, str] = attrs.field(factory=dict)
    _admin: dict[Kind, str] = attrs.field(factory=dict)
    _started: dict[Kind, ThrowawayServer] = attrs.field(factory=dict)
    #: why a kind is not there
    missing: dict[Kind, str] = attrs.field(factory=dict)
    #: the servers that another process has found
    _given: Mapping[Kind, str] = attrs.field(factory=dict)

    def kinds(self) -> list[Kind]:
        """The kinds that are there."""
        return [kind for kind in KINDS if kind == "sqlite" or self._url(kind) is not None]

    def servers(self) -> dict[Kind, str]:
        """The servers that are there, each by the URL of a user who may make databases."""
        return {kind: self._admin[kind] for kind in self.kinds() if kind in self._admin}

    def url(self, kind: Kind, directory: Path) -> str:
        """The URL of an empty database."""
        if kind == "sqlite":
            return f"sqlite:///{directory}/test.db"
        url = self._url(kind)
        assert url is not None, kind
        EMPTY[kind](url)
        return url

    def _url(self, kind: Kind) -> str | None:
        if kind not in self._urls and kind not in self.missing:
            try:
                self._urls[kind] = self._made(kind)
            except Exception as error:
                # whatever keeps a server from being there is told at the end of the run
                self.missing[kind] = f"{type(error).__name__}: {error}"
        return self._urls.get(kind)

    def _made(self, kind: Kind) -> str:
        importlib.import_module(_DRIVERS[kind])
        admin = self._admin[kind] = self._found(kind)
        name = f"dataflow_test_{os.getpid()}"
        _RUN[kind](admin, [f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"])
        parts = urlsplit(admin)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def _found(self, kind: Kind) -> str:
        given = self._given.get(kind) or os.environ.get(f"DATAFLOW_TEST_{kind.upper()}_URL")
        for url in [given] if given else _STANDARD[kind]:
            try:
                _RUN[kind](url, ["SELECT 1"])
            except Exception:
                if given:
                    raise
            else:
                return url
        server: ThrowawayServer = PostgresServer.made() if kind == "postgres" else MariaDBServer.made()
        self._started[kind] = server
        return server.url

    def close(self) -> None:
        """Drop the databases, and remove the servers that were started for them."""
        for kind, url in self._urls.items():
            if kind not in self._started:
                _DROP[kind](self._admin[kind], urlsplit(url).path.strip("/"))
        for server in self._started.values():
            server.remove()
        self._urls.clear()
        self._started.clear()


def run_postgres(url: str, statements: Sequence[str]) -> list[Any]:
    """Run statements one by one; gives the rows of the last."""
    import asyncpg  # not every machine that tests has it

    async def run() -> list[Any]:
        connection = await asyncpg.connect(url, timeout=_CONNECT_S, ssl="disable")
        rows: list[Any] = []
        try:
            for statement in statements:
                rows = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows

    return asyncio.run(run())


def connect_mysql(url: str) -> Connection[Cursor]:
    """A connection of a test's own, that commits each statement."""
    import pymysql  # not every machine that tests has it

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=parts.username or "root",
        password=parts.password or "",
        database=parts.path.strip("/") or None,
        connect_timeout=_CONNECT_S,
        autocommit=True,
        # to encrypt, the driver reads all certificates of the machine for each connection: ten times its cost
        ssl_disabled=not parts.password,
    )


def run_mysql(url: str, statements: Sequence[str]) -> list[Any]:
    """Run statements one by one; gives the rows of the last."""
    connection = connect_mysql(url)
    rows: Any = []
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall()
    finally:
        connection.close()
    return list(rows)


def _empty_postgres(url: str) -> None:
    run_postgres(url, ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC"])


def _empty_mysql(url: str) -> None:
    name = urlsplit(url).path.strip("/")
    admin = urlunsplit(urlsplit(url)._replace(path="/mysql"))
    run_mysql(admin, [f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"])


def _drop_postgres(admin: str, name: str) -> None:
    run_postgres(admin, [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"])


def _drop_mysql(admin: str, name: str) -> None:
    run_mysql(admin, [f"DROP DATABASE IF EXISTS {name}"])


_RUN: dict[Kind, Callable[[str, Sequence[str]], list[Any]]] = {"postgres": run_postgres, "mysql": run_mysql}
EMPTY: dict[Kind, Callable[[str], None]] = {"postgres": _empty_postgres, "mysql": _empty_mysql}
_DROP: dict[Kind, Callable[[str, str], None]] = {"postgres": _drop_postgres, "mysql": _drop_mysql}
