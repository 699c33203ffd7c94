"""Deadlines, cancellation and lost connections: every wait ends, and the server is left with nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import DataFlow, DataFlowError

pytestmark = pytest.mark.databases("mysql")


def sessions(server: Connection[Cursor], database: str) -> list[tuple[int, str]]:
    with server.cursor() as cursor:
        cursor.execute("SELECT id, COALESCE(info, '') FROM information_schema.processlist WHERE db = %s", (database,))
        return [(int(row[0]), str(row[1])) for row in cursor.fetchall()]


def kill_all(server: Connection[Cursor], database: str) -> None:
    with server.cursor() as cursor:
        for number, _ in sessions(server, database):
            cursor.execute(f"KILL {number}")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class Item:
        id: int
        name: str | None = None

    await db.Item.create(name="first")
    yield db
    await db.close()


async def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        # another process has no event to wait for
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_cancelled_statement_ends_on_the_server(
    db: DataFlow, server: Connection[Cursor], database: str, execute: Any
) -> None:
    task = asyncio.create_task(execute(db, "SELECT SLEEP(30)"))
    await until(lambda: any("SLEEP(30)" in text for _, text in sessions(server, database)))
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not any("SLEEP(30)" in text for _, text in sessions(server, database)))
    assert time.monotonic() - started < 3
    assert await db.Item.count() == 1


async def test_a_cancelled_transaction_leaves_nothing(
    db: DataFlow, server: Connection[Cursor], database: str, execute: Any
) -> None:
    task = asyncio.create_task(execute(db, "SELECT SLEEP(30)", before="UPDATE items SET name = 'second'"))
    await until(lambda: any("SLEEP(30)" in text for _, text in sessions(server, database)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.Item.count({"name": "first"}) == 1
    assert all(pool.active == 0 for pool in db.pools())


async def test_a_statement_that_takes_too_long_is_stopped(database_url: str, execute: Any) -> None:
    db = DataFlow(database_url, statement_timeout_s=0.3)
    try:
        with pytest.raises(DataFlowError) as caught:
            await execute(db, "SELECT SUM(SLEEP(0.05)) FROM information_schema.collations")
        assert caught.value.problems[0].message == "the statement ran for longer than 0.3 s and was stopped"
        assert caught.value.code == "DF-A109"
        assert (await execute(db, "SELECT 1 AS one"))["rows"] == [{"one": 1}]
    finally:
        await db.close()


async def test_an_idle_connection_that_was_lost_is_replaced_unseen(
    db: DataFlow, server: Connection[Cursor], database: str
) -> None:
    kill_all(server, database)
    await asyncio.sleep(0.1)
    await db.Item.create(name="second")
    assert await db.Item.count() == 2


async def test_a_write_whose_answer_is_lost_has_an_unknown_outcome(
    db: DataFlow, server: Connection[Cursor], database: str, execute: Any
) -> None:
    task = asyncio.create_task(execute(db, "UPDATE items SET name = SLEEP(5)"))
    await until(lambda: any("SLEEP(5)" in text for _, text in sessions(server, database)))
    kill_all(server, database)
    with pytest.raises(DataFlowError) as caught:
        await task
    assert caught.value.code in ("DF-T104", "DF-A122", "DF-A109")
    assert await db.Item.count() == 1


async def test_a_transaction_whose_connection_is_lost_fails_and_leaves_nothing(
    db: DataFlow, server: Connection[Cursor], database: str
) -> None:
    async def work() -> None:
        async with db.transaction():
            await db.Item.create(name="second")
            kill_all(server, database)
            await db.Item.create(name="third")

    with pytest.raises(DataFlowError) as caught:
        await work()
    assert caught.value.code == "DF-A122"
    assert await db.Item.count() == 1


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


async def test_a_server_that_is_not_there_is_told_from_one_that_is_silent(database_url: str, execute: Any) -> None:
    scheme = database_url.partition(":")[0]
    with closed_port() as port:
        db = DataFlow(f"{scheme}://root@127.0.0.1:{port}/x")
        with pytest.raises(DataFlowError) as caught:
            await execute(db, "SELECT 1")
        assert caught.value.problems[0].message == f"nothing answers at 127.0.0.1:{port}"
        await db.close()

    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    db = DataFlow(f"{scheme}://root@127.0.0.1:{port}/x", connect_timeout_s=0.3)
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SELECT 1")
    assert caught.value.problems[0].message == f"127.0.0.1:{port} did not answer within 0.3 s"
    await db.close()
    for writer in held:
        writer.close()
    silent.close()


@pytest.mark.parametrize(
    ("part", "code", "message"),
    [
        ("nobody:secret@127.0.0.1:3306/test", "DF-A115", "the server refuses the login of user 'nobody'"),
        ("root@127.0.0.1:3306/not_there", "DF-A118", "the server has no database 'not_there'"),
        ("root@no.such.host.invalid:3306/test", "DF-A112", "there is no host 'no.such.host.invalid'"),
    ],
)
async def test_what_prevents_a_connection_is_told(
    database_url: str, part: str, code: str, message: str, execute: Any
) -> None:
    db = DataFlow(f"{database_url.partition(':')[0]}://{part}")
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SELECT 1")
    assert (caught.value.code, caught.value.problems[0].message) == (code, message)
    assert "secret" not in str(caught.value)
    await db.close()


async def test_encryption_that_is_insisted_on_is_used_or_refused(
    database_url: str, variables: dict[str, str], execute: Any
) -> None:
    db = DataFlow(database_url, ssl={"mode": "require"})
    # MySQL makes itself a certificate; MariaDB does so from 11.4 on
    if variables.get("ssl_cert"):
        cipher = (await execute(db, "SHOW SESSION STATUS LIKE 'Ssl_cipher'"))["rows"]
        assert cipher[0]["Value"]
        await db.close()
        return
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "SELECT 1")
    assert caught.value.code == "DF-A121"
    await db.close()


async def test_a_silent_statement_ends_by_the_clients_own_deadline(
    database_url: str, monkeypatch: pytest.MonkeyPatch, execute: Any
) -> None:
    monkeypatch.setattr("dataflow_mysql.link.GRACE_S", 0.2)
    db = DataFlow(database_url, statement_timeout_s=0.2)
    started = time.monotonic()
    with pytest.raises(DataFlowError):
        # no limit of the server's own is left
        await execute(db, "SET STATEMENT max_statement_time = 0 FOR SELECT SLEEP(30)")
    assert time.monotonic() - started < 4
    await db.close()
