"""Where the contenders work: files, or a server that is started for this run and gone with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol, get_args
from urllib.parse import urlsplit, urlunsplit

import attrs

from dataflow_testkit.databases import run_mysql, run_postgres
from dataflow_testkit.throwaway import MariaDBServer, PostgresServer

Database = Literal["sqlite", "postgres", "mysql"]
DATABASES: tuple[Database, ...] = get_args(Database)
_ADDED = "DELETE FROM users WHERE id NOT LIKE 'base-%'"


class Place(Protocol):
    """One database per contender."""

    def url(self, number: int) -> str:
        """The URL of a new, empty database."""

    async def settle(self, url: str) -> None:
        """Have the database know its rows as it would after a while."""

    async def sweep(self, url: str) -> None:
        """Take away what a round has added."""


@attrs.frozen
class Files:
    """SQLite."""

    directory: Path

    def url(self, number: int) -> str:
        return f"sqlite:///{self.directory}/{number}.db"

    async def settle(self, url: str) -> None:
        """Nothing: SQLite plans without statistics as well."""

    async def sweep(self, url: str) -> None:
        """Nothing: rows that were added last lie behind all others and cost nobody anything."""


@attrs.frozen
class Postgres:
    server: str

    def url(self, number: int) -> str:
        name = f"contender_{number}"
        _away(run_postgres, self.server, [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"])
        return _named(self.server, name)

    async def settle(self, url: str) -> None:
        _away(run_postgres, url, ["VACUUM ANALYZE", "CHECKPOINT"])

    async def sweep(self, url: str) -> None:
        _away(run_postgres, url, [_ADDED, "TRUNCATE notes", "VACUUM users"])


@attrs.frozen
class MySQL:
    server: str

    def url(self, number: int) -> str:
        name = f"contender_{number}"
        _away(run_mysql, self.server, [f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"])
        return _named(self.server, name)

    async def settle(self, url: str) -> None:
        _away(run_mysql, url, ["ANALYZE TABLE users"])

    async def sweep(self, url: str) -> None:
        _away(run_mysql, url, [_ADDED, "DELETE FROM notes"])


def _away(run: object, url: str, statements: Sequence[str]) -> None:
    """Run statements in a thread, for the running loop is the contenders' own."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run, url, statements).result()  # type: ignore[arg-type]  # a function


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@contextmanager
def place(database: Database, url: str | None) -> Iterator[Place]:
    """Where one database's contenders work; without a URL on a server of its own, which does not wait for its disk.

    :raises FileNotFoundError: when the server is not installed.
    """
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as directory:
            yield Files(Path(directory))
        return
    made = Postgres if database == "postgres" else MySQL
    if url is not None:
        yield made(url)
        return
    with _on_other_cores():
        server = _started(database)
    try:
        yield made(server.url)
    finally:
        server.remove()


def _started(database: Database) -> PostgresServer:
    if database == "postgres":
        return PostgresServer.made(autovacuum="off", max_connections="300", shared_buffers="512MB", max_wal_size="4GB")
    return MariaDBServer.made(max_connections="300", innodb_buffer_pool_size="512M", skip_log_bin="1")


@contextmanager
def _on_other_cores() -> Iterator[None]:
    """What is started here runs on the cores that the client leaves free: else both wait for each other."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    own = os.sched_getaffinity(0)
    others = os.sched_getaffinity(os.getppid()) - own
    os.sched_setaffinity(0, others or own)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def pin() -> None:
    """Keep to one core: across cores, a hop between two threads swings between 37 and 118 microseconds."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
