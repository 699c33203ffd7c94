"""Scopes on a real server: isolation, deadlocks, savepoints."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError

pytestmark = pytest.mark.databases("mysql")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class Account:
        id: str
        balance: int = 0

    await db.Account.bulk_create([{"id": "a", "balance": 100}, {"id": "b", "balance": 100}])
    yield db
    await db.close()


async def test_a_deadlock_is_told_and_leaves_nothing_half_done(db: DataFlow) -> None:
    barrier = asyncio.Barrier(2)

    async def move(source: str, target: str) -> None:
        async with db.transaction():
            await db.Account.update(source, {"balance": {"$dec": 10}})
            await barrier.wait()
            await db.Account.update(target, {"balance": {"$inc": 10}})

    results = await asyncio.gather(move("a", "b"), move("b", "a"), return_exceptions=True)
    failed = [one for one in results if one is not None]
    assert [one.code for one in failed if isinstance(one, DataFlowError)] == ["DF-A107"]
    assert sum(one["balance"] for one in (await db.Account.list())["records"]) == 200


async def test_a_lost_update_is_noticed_where_reads_repeat_on_mariadb(db: DataFlow, variables: dict[str, str]) -> None:
    async def work() -> None:
        async with db.transaction(isolation="REPEATABLE READ"):
            found = await db.Account.read("a")
            await outside(db)
            await db.Account.update("a", {"balance": found["balance"] + 1})

    if "innodb_snapshot_isolation" not in variables:
        # MySQL has no such setting, and its repeatable reads overwrite; a version or SERIALIZABLE does not
        await work()
        assert (await db.Account.read("a"))["balance"] == 101
        return
    with pytest.raises(DataFlowError) as caught:
        await work()
    assert caught.value.code == "DF-A108"
    assert (await db.Account.read("a"))["balance"] == 150


async def outside(db: DataFlow) -> None:
    await asyncio.create_task(db.Account.update("a", {"balance": 150}), context=contextvars.Context())


async def test_a_transaction_that_only_reads_sees_one_state(db: DataFlow) -> None:
    async with db.transaction(read_only=True):
        before = (await db.Account.read("a"))["balance"]
        await outside(db)
        assert (await db.Account.read("a"))["balance"] == before


@pytest.mark.parametrize("before", [None, "UPDATE accounts SET balance = 1"])
async def test_a_statement_that_says_it_reads_cannot_write(db: DataFlow, before: str | None, execute: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        await execute(db, "UPDATE accounts SET balance = 0", before=before, read_only=True)
    assert caught.value.code == "DF-A111"
    assert (await db.Account.read("a"))["balance"] == 100


async def fails(scope: Any, work: Any, *arguments: Any) -> None:
    async with scope:
        await work(*arguments)
        raise KeyError


async def test_a_savepoint_is_undone_alone(db: DataFlow) -> None:
    async with db.transaction():
        await db.Account.update("a", {"balance": 1})
        with pytest.raises(KeyError):
            await fails(db.transaction(), db.Account.update, "a", {"balance": 2})
        await db.Account.update("b", {"balance": 3})
    assert [one["balance"] for one in (await db.Account.list(sort=["id"]))["records"]] == [1, 3]


async def test_the_table_of_a_new_model_does_not_end_the_transaction(db: DataFlow) -> None:
    @db.model
    class Late:
        id: int

    async def work() -> None:
        async with db.transaction():
            await db.Account.update("a", {"balance": 1})
            await db.Late.create()
            raise KeyError

    with pytest.raises(KeyError):
        await work()
    assert (await db.Account.read("a"))["balance"] == 100
    assert await db.Late.count() == 0


@pytest.mark.parametrize("sql", ["CREATE TABLE x (id INT)", "/* x */ TRUNCATE accounts", "SET autocommit = 1"])
async def test_what_would_commit_it_is_refused(db: DataFlow, sql: str, execute: Any) -> None:
    with pytest.raises(DataFlowError) as caught:
        await execute(db, sql, before="SELECT 1")
    assert caught.value.code == "DF-A120"


async def test_a_wait_for_a_lock_ends(database_url: str) -> None:
    db = DataFlow(database_url, mysql={"lock_timeout_s": 1.0})

    @db.model
    class Row:
        id: int
        n: int = 0

    made = await db.Row.create()
    async with db.transaction():
        await db.Row.update(made["id"], {"n": 1})
        other = asyncio.create_task(db.Row.update(made["id"], {"n": 2}), context=contextvars.Context())
        with pytest.raises(DataFlowError) as caught:
            await other
    assert caught.value.code == "DF-A106"
    await db.close()
