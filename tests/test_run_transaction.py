"""``db.run_transaction``: the whole of a transaction again where others were in its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dataflow import ContentionError, DataFlow, DataFlowError


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Account:
            id: str
            balance: int = 0

        await db.Account.bulk_create([{"id": "a", "balance": 0}, {"id": "b", "balance": 0}])
        yield db


async def test_what_the_work_returns_comes_back_committed(db: DataFlow) -> None:
    async def work() -> int:
        return int((await db.Account.update("a", {"balance": {"$inc": 1}}))["balance"])

    assert await db.run_transaction(work) == 1
    assert (await db.Account.read("a"))["balance"] == 1


async def test_a_failure_of_the_work_rolls_back_and_is_raised_at_once(db: DataFlow) -> None:
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        await db.Account.update("a", {"balance": 5})
        raise LookupError

    with pytest.raises(LookupError):
        await db.run_transaction(work)
    assert calls == 1
    assert (await db.Account.read("a"))["balance"] == 0


@pytest.mark.databases("postgres", "mysql")
async def test_increments_that_read_first_lose_nothing_under_serializable(db: DataFlow) -> None:
    async def add() -> None:
        async def work() -> None:
            balance = (await db.Account.read("a"))["balance"]
            await db.Account.update("a", {"balance": balance + 1})

        await db.run_transaction(work, isolation="SERIALIZABLE", retries=10)

    await asyncio.gather(*(add() for _ in range(4)))
    assert (await db.Account.read("a"))["balance"] == 4


@pytest.mark.databases("postgres", "mysql")
@pytest.mark.parametrize("retries", [0, 3])
async def test_a_deadlock_is_raised_or_solved(db: DataFlow, retries: int) -> None:
    met = asyncio.Barrier(2)
    attempts = 0

    async def swap(first: str, second: str) -> None:
        async def work() -> None:
            nonlocal attempts
            attempts += 1
            await db.Account.update(first, {"balance": {"$inc": 1}})
            if attempts <= 2:
                await met.wait()
            await db.Account.update(second, {"balance": {"$inc": 1}})

        await db.run_transaction(work, retries=retries)

    ended = await asyncio.gather(swap("a", "b"), swap("b", "a"), return_exceptions=True)
    failures = [one for one in ended if one is not None]
    assert len(failures) == (0 if retries else 1)
    for failure in failures:
        assert isinstance(failure, ContentionError)
        assert failure.code == "DF-A107"
    done = 2 - len(failures)
    assert [one["balance"] for one in (await db.Account.list(sort=["id"]))["records"]] == [done, done]


async def test_inside_another_transaction_it_is_a_part_of_that(db: DataFlow) -> None:
    async def work() -> None:
        await db.Account.update("a", {"balance": 7})

    async def change_and_fail() -> None:
        async with db.transaction():
            await db.run_transaction(work)
            raise LookupError

    with pytest.raises(LookupError):
        await change_and_fail()
    assert (await db.Account.read("a"))["balance"] == 0


async def test_a_number_of_retries_out_of_bounds_is_refused(db: DataFlow) -> None:
    async def work() -> None:
        raise DataFlowError

    with pytest.raises(DataFlowError, match="'retries' must be 0 to 10, not 11") as refused:
        await db.run_transaction(work, retries=11)
    assert refused.value.code == "DF-N105"
