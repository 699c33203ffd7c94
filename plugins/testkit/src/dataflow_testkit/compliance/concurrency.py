"""Transactions side by side: what one sees of another, and that no change is lost without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, get_args

import pytest

from dataflow import ConflictError, ContentionError, DataFlow, UniqueError
from dataflow.adapters import Capabilities, Isolation
from dataflow_testkit.compliance.suite import Compliance, Open

LEVELS: Sequence[Isolation] = get_args(Isolation)


class SideAccount:
    id: str
    balance: int = 0


class SideVersioned:
    __dataflow__: ClassVar[dict[str, Any]] = {"versioned": True}

    id: str
    balance: int = 0


async def outcome(work: Awaitable[Any]) -> str:
    """How it ended: empty, or the code of the contention."""
    try:
        await work
    except ContentionError as error:
        return error.code
    return ""


async def again(work: Callable[[], Awaitable[None]]) -> None:
    """Do a whole transaction until nothing stands against it."""
    while await outcome(work()):
        pass


class TestConcurrency(Compliance):
    models: ClassVar[Sequence[type]] = (SideAccount, SideVersioned)

    async def _balances(self, db: DataFlow) -> list[int]:
        return [one["balance"] for one in (await db.SideAccount.list(sort=["id"]))["records"]]

    @pytest.mark.parametrize("isolation", LEVELS)
    async def test_what_is_not_committed_is_seen_where_the_level_says_so(
        self, db: DataFlow, open: Open, can: Capabilities, isolation: Isolation
    ) -> None:
        other = open(SideAccount)
        await db.SideAccount.create(id="a", balance=1)
        async with db.transaction():
            await db.SideAccount.update("a", {"balance": 2})

            async def look() -> int:
                async with other.transaction(isolation=isolation, read_only=True):
                    return int((await other.SideAccount.list())["records"][0]["balance"])

            # where a reader waits for the writer, it reads what is committed
            looking = asyncio.create_task(look())
            if can.isolation[isolation] != "SERIALIZABLE" or not can.concurrent_writers:
                seen = await looking
                assert seen == (2 if can.isolation[isolation] == "READ UNCOMMITTED" else 1)
        assert await looking in (1, 2)

    @pytest.mark.parametrize("isolation", LEVELS)
    async def test_what_was_read_changes_where_the_level_lets_it(
        self, db: DataFlow, open: Open, can: Capabilities, isolation: Isolation
    ) -> None:
        other = open(SideAccount)
        await db.SideAccount.create(id="a", balance=1)
        may_change = can.isolation[isolation] in ("READ UNCOMMITTED", "READ COMMITTED")
        async with db.transaction(isolation=isolation, read_only=True):
            assert await self._balances(db) == [1]
            changing = asyncio.create_task(other.SideAccount.update("a", {"balance": 2}))
            adding = asyncio.create_task(other.SideAccount.create(id="b", balance=3))
            if may_change:
                await asyncio.gather(changing, adding)
            assert await self._balances(db) == ([2, 3] if may_change else [1])
        await asyncio.gather(changing, adding)
        assert await self._balances(db) == [2, 3]

    async def test_amounts_by_many_transactions_are_all_kept(self, db: DataFlow) -> None:
        await db.SideAccount.create(id="a")

        async def work() -> None:
            async with db.transaction():
                await db.SideAccount.update("a", {"balance": {"$inc": 1}})

        await asyncio.gather(*(again(work) for _ in range(20)))
        assert await self._balances(db) == [20]

    async def test_of_stale_versions_one_wins_and_the_others_are_told(self, db: DataFlow) -> None:
        made = await db.SideVersioned.create(id="a")

        async def change(number: int) -> bool:
            try:
                await db.SideVersioned.update("a", {"balance": number}, expected_version=made["version"])
            except ConflictError:
                return False
            return True

        assert sum(await asyncio.gather(*(change(number) for number in range(10)))) == 1
        assert (await db.SideVersioned.read("a"))["version"] == made["version"] + 1

    async def test_reading_and_writing_back_loses_nothing_with_versions(self, db: DataFlow) -> None:
        await db.SideVersioned.create(id="a")

        async def add() -> None:
            while True:
                found = await db.SideVersioned.read("a")
                try:
                    await db.SideVersioned.update(
                        "a", {"balance": found["balance"] + 1}, expected_version=found["version"]
                    )
                except ConflictError:
                    continue
                return

        await asyncio.gather(*(add() for _ in range(10)))
        assert (await db.SideVersioned.read("a"))["balance"] == 10

    async def test_serializable_transactions_keep_what_each_has_checked(self, db: DataFlow) -> None:
        await db.SideAccount.bulk_create([{"id": "a", "balance": 1}, {"id": "b", "balance": 1}])

        async def take(key: str) -> None:
            async with db.transaction(isolation="SERIALIZABLE"):
                if sum(await self._balances(db)) >= 2:
                    await db.SideAccount.update(key, {"balance": 0})

        await asyncio.gather(*(again(lambda key=key: take(key)) for key in "ab"))  # type: ignore[misc]  # mypy knows no such lambda
        assert sorted(await self._balances(db)) == [0, 1]

    async def test_two_that_wait_for_each_other_are_told_apart(self, db: DataFlow, can: Capabilities) -> None:
        await db.SideAccount.bulk_create([{"id": "a"}, {"id": "b"}])
        both = asyncio.Barrier(2)

        async def work(first: str, second: str) -> None:
            async with db.transaction():
                await db.SideAccount.update(first, {"balance": {"$inc": 1}})
                if can.concurrent_writers:
                    await both.wait()
                await db.SideAccount.update(second, {"balance": {"$inc": 1}})

        ends = await asyncio.gather(outcome(work("a", "b")), outcome(work("b", "a")))
        assert sorted(ends) == (["", "DF-A107"] if can.concurrent_writers else ["", ""])
        assert await self._balances(db) == [ends.count(""), ends.count("")]

    async def test_one_that_changed_what_another_has_read_is_told(self, db: DataFlow, can: Capabilities) -> None:
        await db.SideAccount.bulk_create([{"id": "a", "balance": 1}, {"id": "b", "balance": 1}])
        both = asyncio.Barrier(2)

        async def take(key: str) -> None:
            async with db.transaction(isolation="SERIALIZABLE"):
                total = sum(await self._balances(db))
                if can.concurrent_writers:
                    await both.wait()
                if total >= 2:
                    await db.SideAccount.update(key, {"balance": 0})

        ends = await asyncio.gather(outcome(take("a")), outcome(take("b")))
        refused = [code for code in ends if code]
        assert len(refused) == (1 if can.concurrent_writers else 0)
        assert set(refused) <= {"DF-A107", "DF-A108"}
        assert sorted(await self._balances(db)) == [0, 1]

    async def test_a_write_waits_for_the_transaction_before_it(self, db: DataFlow, open: Open) -> None:
        other = open(SideAccount)
        await db.SideAccount.create(id="a", balance=1)
        async with db.transaction():
            await db.SideAccount.update("a", {"balance": {"$inc": 1}})
            adding = asyncio.create_task(other.SideAccount.update("a", {"balance": {"$inc": 10}}))
            await asyncio.sleep(0)
            await db.SideAccount.update("a", {"balance": {"$inc": 100}})
            assert (await db.SideAccount.read("a"))["balance"] == 102
        await adding
        assert await self._balances(db) == [112]

    async def test_one_of_many_that_create_the_same_record_wins(self, db: DataFlow) -> None:
        results = await asyncio.gather(
            *(db.SideAccount.create(id="a", balance=number) for number in range(15)), return_exceptions=True
        )
        assert sum(isinstance(one, UniqueError) for one in results) == 14
        assert await db.SideAccount.count() == 1

    async def test_transfers_in_every_direction_keep_the_sum(self, db: DataFlow) -> None:
        keys = "abcd"
        await db.SideAccount.bulk_create([{"id": key, "balance": 100} for key in keys])

        async def transfer(source: str, target: str) -> None:
            async with db.transaction():
                # in one order everywhere, or they wait for each other
                for key in sorted((source, target)):
                    await db.SideAccount.update(key, {"balance": {"$dec" if key == source else "$inc": 7}})

        pairs = [(one, two) for one in keys for two in keys if one != two]
        await asyncio.gather(*(again(lambda pair=pair: transfer(*pair)) for pair in pairs * 2))  # type: ignore[misc]  # same
        assert sum(await self._balances(db)) == 400

    async def test_fifty_tasks_share_a_small_pool(self, open: Open) -> None:
        db = open(SideAccount, pool_size=2, pool_max_overflow=1)
        await db.SideAccount.create(id="a")

        async def work(number: int) -> None:
            await db.SideAccount.create(id=f"k{number}")
            async with db.transaction():
                await db.SideAccount.read(f"k{number}")
                await db.SideAccount.update(f"k{number}", {"balance": number})

        await asyncio.gather(*(again(lambda number=number: work(number)) for number in range(50)))  # type: ignore[misc]  # same
        assert await db.SideAccount.count() == 51
        assert sum(pool.active for pool in db.pools()) == 0
