"""A server that goes away: what fails says so, nothing is half done, and the next operation works again."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from typing import Any, Literal

import pytest

from dataflow import AdapterError, AsyncLocalRuntime, DataFlow, DataFlowError, NodeFailed, OutcomeUnknown
from dataflow_testkit import Kind, Proxy

Slow = Callable[[DataFlow], Any]
End = Literal["kill", "stop"]


def idle(db: DataFlow) -> bool:
    return all(pool.active == pool.waiting == 0 for pool in db.pools())


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_restart_between_two_operations_is_not_noticed(server: Any, db: DataFlow, how: End) -> None:
    await db.Account.create(id="a", balance=1)
    await asyncio.gather(*(db.Account.read("a") for _ in range(5)))
    await server.restart(getattr(server.own, how))
    await db.Account.create(id="b")
    async with db.transaction():
        assert await db.Account.count() == 2
    assert idle(db)


async def test_a_read_whose_session_is_ended_is_done_again(
    server: Any, db: DataFlow, slow_read: Slow, until: Any
) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow_read(db)))
    await until(server.sleepers)
    (first,) = await server.sleepers()
    await server.ask(server.speech.terminate.format(first))
    await until(server.sleepers)
    assert await server.sleepers() != [first]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert idle(db)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_read_that_the_end_of_the_server_meets_says_that_nothing_answers(
    server: Any, db: DataFlow, slow_read: Slow, until: Any, how: End
) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow_read(db)))
    await until(server.sleepers)
    await asyncio.to_thread(getattr(server.own, how))
    with pytest.raises(NodeFailed) as failure:
        await task
    assert failure.value.code == "DF-A112"
    await asyncio.to_thread(server.own.start)
    await db.Account.create(id="a")
    assert idle(db)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_write_that_the_end_of_the_server_meets_is_unknown(
    server: Any, db: DataFlow, slow: Slow, until: Any, how: End
) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow(db)))
    await until(server.sleepers)
    await server.restart(getattr(server.own, how))
    with pytest.raises(NodeFailed) as failure:
        await task
    assert failure.value.code == "DF-T104"
    await db.Account.create(id="a")
    assert idle(db)


async def test_a_server_that_is_not_there_is_named_until_it_is(server: Any, db: DataFlow) -> None:
    await db.Account.create(id="a")
    await asyncio.to_thread(server.own.stop)
    with pytest.raises(AdapterError) as caught:
        await db.Account.read("a")
    assert caught.value.code == "DF-A112"
    assert caught.value.message == f"nothing answers at 127.0.0.1:{server.own.port}"
    await asyncio.to_thread(server.own.start)
    assert (await db.Account.read("a"))["id"] == "a"
    assert db.pools()[0].healthy


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_transaction_whose_server_ends_leaves_nothing(server: Any, db: DataFlow, how: End) -> None:
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            await server.restart(getattr(server.own, how))
            await db.Account.update("a", {"balance": 3})

    with pytest.raises(DataFlowError) as caught:
        await change()
    assert caught.value.code == "DF-A122"
    assert (await db.Account.read("a"))["balance"] == 1
    assert idle(db)


async def test_a_commit_to_a_server_that_had_ended_before_is_a_plain_failure(server: Any, db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            await server.restart(server.own.kill)

    with pytest.raises(DataFlowError) as caught:
        await change()
    assert caught.value.code == "DF-A122"
    assert (await db.Account.read("a"))["balance"] == 1
    assert idle(db)


@pytest.mark.parametrize(("moment", "balance"), [("before", 1), ("after", 2)])
async def test_a_commit_whose_answer_is_lost_is_unknown(
    proxy: Proxy, server: Any, open_db: Any, moment: Literal["before", "after"], balance: int
) -> None:
    db = open_db(proxy.url(server.url))
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            proxy.at(b"COMMIT", moment)

    with pytest.raises(OutcomeUnknown) as caught:
        await change()
    assert caught.value.message == "the outcome of 'commit' is unknown: the connection was lost before its answer came"
    assert (await db.Account.read("a"))["balance"] == balance
    assert idle(db)


@pytest.mark.parametrize(("moment", "balance"), [("before", 1), ("after", 2)])
async def test_a_commit_that_is_never_answered_is_unknown(
    proxy: Proxy, server: Any, open_db: Any, moment: Literal["before", "after"], balance: int
) -> None:
    db = open_db(proxy.url(server.url), connect_timeout_s=0.5, statement_timeout_s=1.0)
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            proxy.at(b"COMMIT", moment, "stall")

    with pytest.raises(OutcomeUnknown):
        await change()
    assert (await db.Account.read("a"))["balance"] == balance
    assert idle(db)


@pytest.mark.parametrize(("moment", "there"), [("before", 0), ("after", 1)])
async def test_a_write_whose_answer_is_lost_is_unknown(
    proxy: Proxy, server: Any, open_db: Any, moment: Literal["before", "after"], there: int
) -> None:
    db = open_db(proxy.url(server.url))
    # the statement is known to the server after its first use
    await db.Account.create(id="a")
    proxy.at(b"find-me", moment)
    with pytest.raises(OutcomeUnknown) as caught:
        await db.Account.create(id="find-me")
    assert caught.value.message == "the outcome of 'create' is unknown: the connection was lost before the answer came"
    assert await db.Account.count({"id": "find-me"}) == there
    assert idle(db)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_bulk_write_that_is_lost_before_its_commit_is_done_again(
    proxy: Proxy, server: Any, open_db: Any, moment: Literal["before", "after"]
) -> None:
    db = open_db(proxy.url(server.url))
    await db.Account.bulk_create([{"id": f"a{number}"} for number in range(20)])
    proxy.at(b"find-me", moment)
    changes = [{"id": "a1", "balance": 7}, {"id": "find-me", "balance": 8}]
    result = await db.Account.bulk_upsert(changes)
    assert (result["created"], result["updated"]) == (1, 1)
    assert await db.Account.count() == 21
    assert idle(db)


async def test_a_bulk_write_whose_commit_is_lost_is_unknown(proxy: Proxy, server: Any, open_db: Any) -> None:
    db = open_db(proxy.url(server.url))
    await db.Account.create(id="a")
    proxy.at(b"COMMIT", "after")
    with pytest.raises(OutcomeUnknown):
        await db.Account.bulk_upsert([{"id": "b"}, {"id": "c"}])
    assert await db.Account.count() == 3
    assert idle(db)


async def test_connections_that_are_reset_are_replaced(proxy: Proxy, server: Any, open_db: Any) -> None:
    db = open_db(proxy.url(server.url))
    await db.Account.create(id="a")
    await asyncio.gather(*(db.Account.read("a") for _ in range(5)))
    proxy.cut()
    records = await asyncio.gather(*(db.Account.read("a") for _ in range(20)))
    assert {record["id"] for record in records} == {"a"}
    assert idle(db)


@pytest.mark.databases("postgres")
async def test_a_rollback_that_fails_hides_no_failure(
    proxy: Proxy, server: Any, open_db: Any, database_kind: Kind
) -> None:
    await server.ask("DROP ROLE IF EXISTS poor", "CREATE ROLE poor LOGIN")
    db = open_db(proxy.url(server.url).replace("postgres@", "poor@"))
    for _ in range(2):  # on a connection that is lost it is tried once more
        proxy.at(b"ROLLBACK", "before")
    with pytest.raises(AdapterError) as caught:
        await db.Owner.create(id="a")
    assert (caught.value.code, caught.value.message) == (
        "DF-A123",
        "the database user has no permission to use schema public",
    )
    assert "the ROLLBACK after it failed too" in "".join(traceback.format_exception(caught.value))
    assert idle(db)


async def test_a_slow_link_makes_nothing_fail(proxy: Proxy, server: Any, open_db: Any) -> None:
    db = open_db(proxy.url(server.url), pool_size=10)
    await db.Account.create(id="a")
    proxy.delay_s = 0.05
    await asyncio.gather(*(db.Account.update("a", {"balance": {"$inc": 1}}) for _ in range(20)))
    async with db.transaction():
        assert (await db.Account.read("a"))["balance"] == 20
    assert idle(db)


async def test_a_session_that_is_ended_while_idle_is_replaced(server: Any, db: DataFlow, until: Any) -> None:
    await db.Account.create(id="a")
    for number in await server.sessions():
        await server.ask(server.speech.terminate.format(number))
    await db.Account.create(id="b")
    assert await db.Account.count() == 2
    assert idle(db)


async def test_a_session_that_is_ended_while_it_writes_is_unknown(
    server: Any, db: DataFlow, slow: Slow, until: Any
) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow(db)))
    await until(server.sleepers)
    (number,) = await server.sleepers()
    await server.ask(server.speech.terminate.format(number))
    with pytest.raises(NodeFailed) as failure:
        await task
    assert failure.value.code == "DF-T104"
    await db.Account.create(id="a")
    assert idle(db)


async def test_a_statement_that_somebody_stops_is_a_plain_failure(
    server: Any, db: DataFlow, slow: Slow, until: Any
) -> None:
    task = asyncio.create_task(AsyncLocalRuntime().execute(slow(db)))
    await until(server.sleepers)
    (number,) = await server.sleepers()
    await server.ask(server.speech.cancel.format(number))
    with pytest.raises(NodeFailed) as failure:
        await task
    assert failure.value.code == "DF-A109"
    assert idle(db)


async def test_a_server_that_takes_no_writes_says_so(server: Any, open_db: Any) -> None:
    await open_db().Account.create(id="a")
    await server.ask(server.speech.read_only)
    db = open_db()
    try:
        with pytest.raises(AdapterError) as caught:
            await db.Account.create(id="b")
        assert await db.Account.count() == 1
    finally:
        await server.ask(*server.speech.writable)
    assert (caught.value.code, caught.value.message) == ("DF-A111", "the database takes no writes")
