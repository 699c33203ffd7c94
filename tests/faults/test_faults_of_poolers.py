"""Behind a pooler that lends a session for one transaction: detected, and everything works without prepared statements."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, NodeFailed
from dataflow.checkups import diagnose
from dataflow_testkit import Kind
from dataflow_testkit.pgbouncer import PgBouncer
from dataflow_testkit.throwaway import program

#: what a pooler does with the settings of a session: refuse them, or take no notice
SETTINGS = {"refuses": {}, "ignores": {"ignore_startup_parameters": "statement_timeout,lock_timeout"}}
pytestmark = [
    pytest.mark.databases("postgres"),
    pytest.mark.parametrize("manner", SETTINGS if program("pgbouncer") else []),
]


@pytest.fixture
def pooler(server: Any, database_kind: Kind, manner: str) -> Iterator[PgBouncer]:
    """Start a pooler in front of the server."""
    pooler = PgBouncer.made(server.own, **SETTINGS[manner])
    yield pooler
    pooler.remove()


async def test_eighty_calls_at_once_all_work(pooler: PgBouncer, open_db: Any) -> None:
    db = open_db(pooler.url, pool_size=20)
    await db.Account.create(id="shared", balance=0)

    async def work(number: int) -> None:
        await db.Account.create(id=f"a{number}")
        async with db.transaction():
            await db.Account.update("shared", {"balance": {"$inc": 1}})
            assert (await db.Account.read(f"a{number}"))["balance"] == 0
        await AsyncLocalRuntime().execute(query(db, number))
        await db.Account.bulk_upsert([{"id": f"a{number}", "balance": 2}, {"id": f"b{number}", "balance": 2}])
        await db.Account.bulk_create([{"id": f"c{number}"}, {"id": f"d{number}"}])

    await asyncio.gather(*(work(number) for number in range(80)))
    assert (await db.Account.read("shared"))["balance"] == 80
    assert await db.Account.count() == 1 + 4 * 80


def query(db: DataFlow, number: int) -> Any:
    workflow = db.workflow()
    sql = "SELECT balance FROM accounts WHERE id = :id"
    workflow.add_node("SQLNode", "ask", {"sql": sql, "params": {"id": f"a{number}"}})
    return workflow.build()


async def test_a_statement_that_takes_too_long_is_stopped(
    pooler: PgBouncer, server: Any, open_db: Any, slow_read: Callable[[DataFlow], Any], until: Any
) -> None:
    db = open_db(pooler.url, statement_timeout_s=0.5)
    with pytest.raises(NodeFailed) as failure:
        await AsyncLocalRuntime().execute(slow_read(db))
    assert failure.value.code == "DF-A109"
    await until(lambda: _stopped(server))
    await db.Account.create(id="a")


async def test_a_write_in_a_transaction_is_stopped_by_the_server_itself(
    pooler: PgBouncer, server: Any, open_db: Any, slow: Callable[[DataFlow], Any]
) -> None:
    db = open_db(pooler.url, statement_timeout_s=0.5)

    async def change() -> None:
        async with db.transaction():
            await AsyncLocalRuntime().execute(slow(db))

    # behind others, whose sessions it may get
    await asyncio.gather(*(db.Account.create(id=f"a{number}") for number in range(10)))
    with pytest.raises(NodeFailed) as failure:
        await change()
    assert (failure.value.code, failure.value.message) == (
        "DF-A109",
        "the statement ran for longer than 0.5 s and was stopped",
    )
    assert not await server.sleepers()
    # what a transaction had set is gone with it
    assert await server.ask("SHOW statement_timeout") == [("0",)]


async def test_a_lock_in_a_transaction_is_waited_for_as_long_as_asked(pooler: PgBouncer, open_db: Any) -> None:
    db = open_db(pooler.url, postgres={"lock_timeout_s": 0.3})
    await db.Account.create(id="a")

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})

    async with db.transaction():
        await db.Account.update("a", {"balance": 1})
        # in a task of its own, it is no savepoint of this one
        with pytest.raises(DataFlowError) as caught:
            await asyncio.create_task(change(), context=contextvars.Context())
    assert caught.value.code == "DF-A106"


async def _stopped(server: Any) -> bool:
    return not await server.sleepers()


async def test_a_failed_transaction_leaves_the_session_as_it_was(pooler: PgBouncer, open_db: Any) -> None:
    db = open_db(pooler.url)
    await db.Account.create(id="a", balance=1)

    async def fail() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            await db.Account.create(id="a")

    results = await asyncio.gather(*(fail() for _ in range(20)), return_exceptions=True)
    assert {getattr(one, "code", one) for one in results} == {"DF-A101"}
    assert (await db.Account.read("a"))["balance"] == 1


@pytest.mark.parametrize(("named", "wrong"), [("/postgres", "/nothing"), ("postgres@", "nobody@")])
async def test_what_the_pooler_does_not_know_is_a_refused_login(
    pooler: PgBouncer, open_db: Any, named: str, wrong: str
) -> None:
    db = open_db(pooler.url.replace(named, wrong))
    with pytest.raises(DataFlowError) as caught:
        await db.ping()
    # it does not tell whether the user or the database is unknown to it
    assert (caught.value.code, caught.value.message) == ("DF-A115", "the server refuses the login")


async def test_a_diagnosis_names_the_pooler_and_what_it_does_not_keep(pooler: PgBouncer, open_db: Any) -> None:
    found = await diagnose(open_db(pooler.url, statement_timeout_s=5.0), areas=["database", "pool"])
    assert found.status == "PASS", str(found)
    (line,) = [one.text for one in found.areas()["pool"]]
    assert line.startswith("a pooler lends out the server's connections: prepared statements are off")
    assert "the client alone keeps statement_timeout_s" in line
