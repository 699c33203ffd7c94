"""Transactions that run into one another leave nothing half done."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow

ACCOUNTS = ("a", "b", "c")
START = 100
#: the law is about what is left: nothing of it may end because the machine has other things to do
PATIENCE: dict[str, Any] = {"pool_timeout_s": 600.0, "connect_timeout_s": 60.0, "statement_timeout_s": None}


class ChangedMind(Exception):
    """What a transfer raises to be rolled back."""


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "sqlite:///:memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/bank.db"


async def transfer(db: DataFlow, chance: random.Random, fails: bool) -> None:
    # in one order everywhere: two that wait for each other are another matter
    source, target = sorted(chance.sample(ACCOUNTS, 2))
    amount = chance.randint(-50, 50)
    async with db.transaction():
        await db.Account.update(source, {"balance": {"$dec": amount}})
        await pause(chance)
        if chance.random() < 0.3:
            try:
                async with db.transaction():
                    await db.Account.update(target, {"balance": {"$inc": 1_000}})
                    raise ChangedMind
            except ChangedMind:
                await pause(chance)
        await db.Account.update(target, {"balance": {"$inc": amount}})
        if fails:
            raise ChangedMind


async def pause(chance: random.Random) -> None:
    for _ in range(chance.randint(0, 4)):
        await asyncio.sleep(0)


async def audit(db: DataFlow, chance: random.Random) -> int:
    await pause(chance)
    async with db.transaction(read_only=True, isolation="REPEATABLE READ"):
        first = (await db.Account.list())["records"]
        await pause(chance)
        second = (await db.Account.list())["records"]
    assert first == second
    return int(sum(one["balance"] for one in second))


async def cancelled(db: DataFlow, chance: random.Random) -> None:
    task = asyncio.create_task(transfer(db, chance, fails=False))
    for _ in range(chance.randint(0, 30)):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


SEED = st.integers(0, 2**32)
WORK = st.lists(st.sampled_from(["keep", "fail", "cancel", "audit"]), min_size=2, max_size=12)


@given(seed=SEED, work=WORK)
def test_the_sum_is_kept(url: str, seed: int, work: list[str]) -> None:
    keep_the_sum(url, seed, work)


@pytest.mark.databases("postgres", "mysql")
@given(seed=SEED, work=WORK)
def test_the_sum_is_kept_on_a_server(law_url: str, seed: int, work: list[str]) -> None:
    keep_the_sum(law_url, seed, work)


def keep_the_sum(url: str, seed: int, work: list[str]) -> None:
    """Do all of it at once, and count afterwards."""
    chance = random.Random(seed)

    async def main() -> None:
        db = DataFlow(url, **PATIENCE)

        @db.model
        class Account:
            id: str
            balance: int

        try:
            await db.Account.bulk_upsert([{"id": one, "balance": START} for one in ACCOUNTS])
            kinds: dict[str, Any] = {
                "keep": lambda: transfer(db, chance, fails=False),
                "fail": lambda: transfer(db, chance, fails=True),
                "cancel": lambda: cancelled(db, chance),
                "audit": lambda: audit(db, chance),
            }
            results = await asyncio.gather(*(kinds[kind]() for kind in work), return_exceptions=True)
            for kind, result in zip(work, results, strict=True):
                if kind == "audit":
                    assert result == START * len(ACCOUNTS)
                else:
                    assert isinstance(result, ChangedMind) if kind == "fail" else result is None, (kind, result)
            assert await audit(db, chance) == START * len(ACCOUNTS)
            # what was cancelled in its statement gives its connection back once that has ended
            async with asyncio.timeout(30):
                while any(pool.active or pool.waiting for pool in db.pools()):  # noqa: ASYNC110  # the pools have no event to wait for
                    await asyncio.sleep(0)
        finally:
            await db.close()

    asyncio.run(main())
