"""What is cancelled or too slow leaves nothing half done and nothing held."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from dataflow import AdapterError, AsyncLocalRuntime, DataFlow, NodeFailed, TransactionError
from dataflow_testkit.sessions import PATIENCE_S

#: counts to a number that no test waits for
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000000) SELECT count(*) FROM n"


def endless(db: DataFlow) -> Any:
    workflow = db.workflow()
    workflow.add_node("SQLNode", "slow", {"sql": ENDLESS})
    return workflow.build()


async def idle(db: DataFlow) -> bool:
    """Whether nothing is held any more; a connection's thread answers before it turns to what comes next."""
    async with asyncio.timeout(PATIENCE_S):
        while any(pool.active or pool.waiting for pool in db.pools()):  # noqa: ASYNC110
            await asyncio.sleep(0)
    return True


async def until(db: DataFlow, state: Literal["active", "waiting"]) -> None:
    """Let others run until a pool is in a state; the pools have no event to wait for."""
    while not any(getattr(pool, state) for pool in db.pools()):  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_query_that_is_cancelled_stops(open_db: Any) -> None:
    db = open_db(pool_size=1)
    await db.Account.create(id="a")
    task = asyncio.create_task(AsyncLocalRuntime().execute(endless(db)))
    await until(db, "active")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # the only reader is free again, and the query is not still running on it
    assert await db.Account.read("a")
    assert await idle(db)


async def test_a_statement_that_takes_too_long_is_stopped(open_db: Any) -> None:
    db = open_db(statement_timeout_s=0.05)
    with pytest.raises(NodeFailed) as failure:
        await AsyncLocalRuntime().execute(endless(db))
    assert failure.value.code == "DF-A109"
    await db.Account.create(id="a")
    assert await idle(db)


async def test_a_cancelled_transaction_is_rolled_back(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)
    inside = asyncio.Event()

    async def change() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 2})
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(change())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await db.Account.read("a"))["balance"] == 1
    await db.Account.update("a", {"balance": 3})
    assert await idle(db)


async def test_a_write_that_is_cancelled_while_it_waits_is_never_done(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)
    begin = asyncio.Event()

    async def late() -> None:
        await begin.wait()
        await db.Account.update("a", {"balance": 99})

    task = asyncio.create_task(late())
    async with db.transaction():
        await db.Account.update("a", {"balance": 2})
        begin.set()
        await until(db, "waiting")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await db.Account.read("a"))["balance"] == 2
    assert await idle(db)


async def test_a_write_waits_for_a_scope_as_long_as_it_may(open_db: Any) -> None:
    db = open_db(pool_timeout_s=0.05)
    await db.Account.create(id="a")
    begin = asyncio.Event()

    async def late() -> None:
        await begin.wait()
        await db.Account.update("a", {"balance": 99})

    task = asyncio.create_task(late())
    async with db.transaction():
        begin.set()
        with pytest.raises(AdapterError) as caught:
            await task
        await db.Account.update("a", {"balance": 2})
    assert caught.value.code == "DF-A106"
    assert "db.transaction()" in str(caught.value)
    assert (await db.Account.read("a"))["balance"] == 2


async def test_any_moment_of_a_cancellation_keeps_the_sum(db: DataFlow) -> None:
    await db.Account.bulk_create([{"id": "a", "balance": 100}, {"id": "b", "balance": 0}])

    async def transfer() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": {"$dec": 1}})
            await db.Account.update("b", {"balance": {"$inc": 1}})

    for steps in range(40):
        task = asyncio.create_task(transfer())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        records = (await db.Account.list())["records"]
        assert sum(record["balance"] for record in records) == 100, steps
    await transfer()
    assert await idle(db)


async def test_a_block_ends_in_time(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)

    async def change() -> None:
        async with db.transaction(timeout_s=0.05):
            await db.Account.update("a", {"balance": 2})
            await asyncio.Event().wait()

    with pytest.raises(TransactionError) as caught:
        await change()
    assert caught.value.code == "DF-T107"
    assert (await db.Account.read("a"))["balance"] == 1


async def test_a_scope_of_a_workflow_ends_in_time(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)

    async def wait() -> int:
        await asyncio.Event().wait()
        return 2

    workflow = db.workflow()
    with workflow.transaction("move", timeout_s=0.05):
        workflow.add_node("AccountUpdateNode", "first", {"id": "a", "data": {"balance": 7}})
        workflow.add_node(wait, "wait", {}, after=["first"])
        workflow.add_node("AccountUpdateNode", "second", {"id": "a", "data": {}})
        workflow.add_connection("wait", "result", "second", "data.balance")
    with pytest.raises(NodeFailed) as failure:
        await AsyncLocalRuntime().execute(workflow.build())
    assert (failure.value.code, failure.value.node_id) == ("DF-T107", "move")
    assert (await db.Account.read("a"))["balance"] == 1
    assert await idle(db)


async def test_members_that_need_a_step_outside_do_not_keep_it_waiting(open_db: Any) -> None:
    db = open_db(pool_timeout_s=0.5)
    workflow = db.workflow()
    with workflow.transaction("both"):
        workflow.add_node("AccountCreateNode", "account", {"id": "a"})
    workflow.add_node("OwnerCreateNode", "owner", {"id": "o"})
    workflow.add_connection("owner", "id", "account", "owner_id")
    results, _ = await AsyncLocalRuntime().execute(workflow.build())
    assert results["account"]["owner_id"] == "o"


@pytest.mark.parametrize("url", [None, "sqlite:///:memory:"])
async def test_a_table_made_in_a_transaction_goes_with_it(open_db: Any, url: str | None) -> None:
    db = open_db(url, pool_timeout_s=0.5)

    async def fail() -> None:
        async with db.transaction():
            await db.Account.create(id="a")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert (await db.Account.list())["records"] == []
    async with db.transaction():
        await db.Owner.create(id="o")
        async with db.transaction():
            await db.Account.create(id="a", owner_id="o")
    assert await db.Account.count() == 1
