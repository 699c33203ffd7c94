"""Connections: lent and given back whatever happens, waited for no longer than allowed, and told apart when all are in use."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, DataFlowError
from dataflow_testkit.compliance.suite import Compliance, Open, refused, sql

#: takes longer than any test, and no room
SLOW = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2000000000) SELECT max(n) AS n FROM counted"
#: the longest that giving up may take
PATIENCE_S = 10.0


class PoolItem:
    id: str
    number: int = 0


def active(db: DataFlow) -> int:
    return sum(pool.active for pool in db.pools())


async def until_active(db: DataFlow, count: int = 1) -> None:
    """Let others run until so many connections are in use."""
    async with asyncio.timeout(PATIENCE_S):
        while active(db) < count:  # noqa: ASYNC110  # a pool tells nobody
            await asyncio.sleep(0)


async def is_idle(db: DataFlow) -> bool:
    """Whether no connection is in use, and none waited for; what was cancelled in its statement gives its own back soon."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while active(db) or any(pool.waiting for pool in db.pools()):  # noqa: ASYNC110  # a pool tells nobody
                await asyncio.sleep(0)
            return True
    return False


class TestConnections(Compliance):
    models: ClassVar[Sequence[type]] = (PoolItem,)

    async def test_nothing_is_open_before_the_first_use(self, open: Open) -> None:
        db = open(PoolItem)
        assert active(db) == 0
        await db.ping()
        assert all(pool.healthy for pool in db.pools())

    async def test_all_are_given_back_after_work_of_any_end(self, open: Open) -> None:
        db = open(PoolItem, pool_size=3, pool_max_overflow=2)
        await db.PoolItem.create(id="a")

        async def failing() -> None:
            async with db.transaction():
                await db.PoolItem.create(id="a")

        works: list[Any] = [db.PoolItem.read("a"), db.PoolItem.read("nobody"), db.PoolItem.create(id="a"), failing()]
        works += [db.PoolItem.bulk_create([{"id": "b"}, {"id": "a"}]), sql(db, "SELEKT"), sql(db, "SELECT 1 AS one")]
        ended = await asyncio.gather(*works, return_exceptions=True)
        assert [isinstance(one, DataFlowError) for one in ended] == [False, True, True, True, True, True, False]
        assert active(db) == 0
        assert await db.PoolItem.count() == 1

    async def test_a_pool_that_is_used_up_names_who_uses_it(self, open: Open) -> None:
        db = open(PoolItem, pool_size=1, pool_max_overflow=0, pool_timeout_s=0.5, silence=["DF-C204"])
        await db.PoolItem.count()
        inside, leave = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with db.transaction():
                await db.PoolItem.create(id="a")
                inside.set()
                await leave.wait()

        holding = asyncio.create_task(hold())
        await inside.wait()
        error = await refused(db.PoolItem.create(id="b"), "DF-A106")
        assert "db.transaction()" in str(error)
        leave.set()
        await holding
        await db.PoolItem.create(id="b")
        assert (await db.PoolItem.count(), active(db)) == (2, 0)

    async def test_who_waits_gets_it_when_it_is_given_back(self, open: Open) -> None:
        db = open(PoolItem, pool_size=1, pool_max_overflow=0)
        await db.PoolItem.count()
        async with db.transaction():
            await db.PoolItem.create(id="a")
            waiting = [asyncio.create_task(db.PoolItem.create(id=f"k{number}")) for number in range(5)]
            await asyncio.sleep(0)
            waiting[2].cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in ended] == [False, False, True, False, False]
        assert (await db.PoolItem.count(), active(db)) == (5, 0)

    async def test_fifty_tasks_at_once_leave_none_behind(self, open: Open) -> None:
        db = open(PoolItem, pool_size=2, pool_max_overflow=3)
        await asyncio.gather(*(db.PoolItem.upsert({"id": f"k{number}"}) for number in range(50)))
        await asyncio.gather(*(db.PoolItem.read(f"k{number}") for number in range(50)))
        states = db.pools()
        assert (active(db), sum(pool.waiting for pool in states)) == (0, 0)
        assert all(pool.idle <= pool.size for pool in states)

    async def test_a_statement_that_takes_too_long_is_stopped(self, open: Open) -> None:
        db = open(PoolItem, statement_timeout_s=0.1)
        async with asyncio.timeout(PATIENCE_S):
            error = await refused(sql(db, SLOW, read_only=True), "DF-A109")
        assert "0.1 s" in error.message
        await db.PoolItem.create(id="a")
        assert active(db) == 0

    async def test_one_that_takes_too_long_fails_its_transaction(self, open: Open) -> None:
        db = open(PoolItem, statement_timeout_s=0.1)

        async def work() -> None:
            async with db.transaction():
                await db.PoolItem.create(id="a")
                await refused(sql(db, SLOW), "DF-A109")

        await refused(work(), "DF-T102")
        assert (await db.PoolItem.count(), active(db)) == (0, 0)

    async def test_a_cancelled_statement_is_stopped_and_its_connection_given_back(self, open: Open) -> None:
        db = open(PoolItem, pool_size=1, pool_max_overflow=0)
        await db.PoolItem.count()
        task = asyncio.create_task(sql(db, SLOW))
        await until_active(db)
        task.cancel()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(asyncio.CancelledError):
                await task
            await db.PoolItem.create(id="a")
        assert active(db) == 0

    async def test_a_cancelled_statement_fails_its_transaction(self, open: Open) -> None:
        db = open(PoolItem)

        async def work() -> None:
            async with db.transaction():
                await db.PoolItem.create(id="a")
                task = asyncio.create_task(sql(db, SLOW))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await db.PoolItem.create(id="b")

        await db.PoolItem.count()
        async with asyncio.timeout(PATIENCE_S):
            (ended,) = await asyncio.gather(work(), return_exceptions=True)
        # a cancellation that came before the statement had begun has cancelled nothing of the transaction
        whole = ended is None or (isinstance(ended, DataFlowError) and ended.code == "DF-T102")
        assert whole, repr(ended)
        assert (await db.PoolItem.count(), active(db)) == (2 if ended is None else 0, 0)

    async def test_a_storm_of_cancellations_leaves_whole_transactions_and_no_connection(self, open: Open) -> None:
        db = open(PoolItem, pool_size=3, pool_max_overflow=1)
        await db.PoolItem.count()
        seed = random.randrange(2**32)
        chance = random.Random(seed)

        async def pair(number: int) -> None:
            async with db.transaction():
                await db.PoolItem.create(id=f"left-{number:02}")
                await db.PoolItem.create(id=f"right-{number:02}")

        async def cancelled(number: int) -> bool:
            task = asyncio.create_task(pair(number))
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return False
            return True

        async with asyncio.timeout(6 * PATIENCE_S):
            reported = await asyncio.gather(*(cancelled(number) for number in range(40)))
        stored = [record["id"] for record in (await db.PoolItem.list(sort=["id"], limit=100))["records"]]
        left = {name.removeprefix("left-") for name in stored if name.startswith("left-")}
        right = {name.removeprefix("right-") for name in stored if name.startswith("right-")}
        assert left == right, f"seed {seed}"
        assert {f"{number:02}" for number, done in enumerate(reported) if done} <= left, f"seed {seed}"
        assert await is_idle(db), f"seed {seed}"
        await asyncio.gather(*(db.PoolItem.upsert({"id": f"k{number}"}) for number in range(10)))

    async def test_other_threads_and_loops_use_the_same_instance(self, open: Open) -> None:
        db = open(PoolItem)
        await db.PoolItem.create(id="here")

        def elsewhere(number: int) -> None:
            async def work() -> None:
                await db.PoolItem.create(id=f"k{number}")
                async with db.transaction():
                    await db.PoolItem.update("here", {"number": {"$inc": 1}})

            asyncio.run(work())

        threads = [threading.Thread(target=elsewhere, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        await asyncio.gather(*(asyncio.to_thread(thread.join, PATIENCE_S) for thread in threads))
        await asyncio.to_thread(lambda: db.sync.PoolItem.update("here", {"number": {"$inc": 1}}))
        assert (await db.PoolItem.read("here"))["number"] == 5
        assert await db.PoolItem.count() == 5

    async def test_a_closed_instance_says_so(self, open: Open) -> None:
        db = open(PoolItem)
        await db.PoolItem.count()
        await db.close()
        await db.close()
        await refused(db.PoolItem.count(), "DF-X104")
        assert active(db) == 0

    async def test_closing_ends_what_is_under_way(self, open: Open) -> None:
        db = open(PoolItem, pool_size=1, pool_max_overflow=0)
        await db.PoolItem.count()
        inside = asyncio.Event()

        async def work() -> None:
            async with db.transaction():
                await db.PoolItem.create(id="a")
                inside.set()
                await asyncio.sleep(0)

        working = asyncio.create_task(work())
        await inside.wait()
        async with asyncio.timeout(PATIENCE_S):
            await db.close()
            ended = await asyncio.gather(working, return_exceptions=True)
        assert isinstance(ended[0], DataFlowError | None)
        assert active(db) == 0

    async def test_the_display_url_masks_the_password(self, db: DataFlow) -> None:
        assert db.adapter.name
        assert (
            "***" in db.adapter.display_url
            or "@" not in db.adapter.display_url
            or ":" not in (db.adapter.display_url.partition("://")[2].partition("@")[0])
        )
