"""Transactions: all or nothing, savepoints inside, nothing after a failure, and what a scope refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, get_args

import pytest

from dataflow import AdapterError, DataFlow, TransactionError, field
from dataflow.adapters import Isolation
from dataflow_testkit.compliance.suite import Compliance, Open, names, refused, sql, undone


class TxAccount:
    id: str
    balance: int = 0
    code: str | None = field(default=None, unique=True)


class TxFresh:
    id: int
    text: str = ""


class TxOwner:
    id: str


class TxPet:
    id: str
    owner_id: str | None = field(default=None, references="TxOwner.id")


async def drop(db: DataFlow, *tables: str) -> None:
    for table in tables:
        await sql(db, f"DROP TABLE IF EXISTS {table}")


class TestTransactions(Compliance):
    models: ClassVar[Sequence[type]] = (TxAccount,)

    async def keys(self, db: DataFlow) -> list[str]:
        return names(await db.TxAccount.list(sort=["id"]))

    async def test_everything_inside_is_there_after_the_block(self, db: DataFlow, open: Open) -> None:
        other = open(TxAccount)
        async with db.transaction():
            await db.TxAccount.create(id="a")
            await db.TxAccount.bulk_create([{"id": "b"}, {"id": "c"}])
            assert await self.keys(db) == ["a", "b", "c"]
            seen = await asyncio.create_task(self.keys(other))
        assert (seen, await self.keys(other)) == ([], ["a", "b", "c"])

    async def test_an_exception_undoes_everything(self, db: DataFlow) -> None:
        await db.TxAccount.create(id="a", balance=1)
        async with undone(db):
            await db.TxAccount.update("a", {"balance": 5})
            await db.TxAccount.create(id="b")
            await db.TxAccount.delete("a")
        assert (await db.TxAccount.read("a"))["balance"] == 1
        assert await self.keys(db) == ["a"]

    async def test_a_cancellation_undoes_everything(self, db: DataFlow) -> None:
        inside = asyncio.Event()

        async def work() -> None:
            async with db.transaction():
                await db.TxAccount.create(id="a")
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await self.keys(db) == []

    async def test_a_block_inside_is_undone_alone(self, db: DataFlow) -> None:
        async with db.transaction():
            await db.TxAccount.create(id="a")
            async with undone(db):
                await db.TxAccount.create(id="b")
                await db.TxAccount.update("a", {"balance": 9})
            async with db.transaction():
                await db.TxAccount.create(id="c")
        assert await self.keys(db) == ["a", "c"]
        assert (await db.TxAccount.read("a"))["balance"] == 0

    async def test_a_block_that_ended_well_is_undone_with_the_one_around_it(self, db: DataFlow) -> None:
        async with undone(db), db.transaction():
            await db.TxAccount.create(id="a")
        assert await self.keys(db) == []

    async def test_blocks_stand_inside_one_another(self, db: DataFlow) -> None:
        async def deeper(depth: int) -> None:
            async with db.transaction():
                await db.TxAccount.create(id=f"k{depth}")
                if depth < 6:
                    try:
                        await deeper(depth + 1)
                    except LookupError:
                        assert depth == 3
                        return
                if depth == 4:
                    raise LookupError

        await deeper(0)
        assert await self.keys(db) == ["k0", "k1", "k2", "k3"]

    async def test_a_failed_statement_fails_the_block_even_when_it_was_caught(self, db: DataFlow) -> None:
        await db.TxAccount.create(id="old")

        async def work() -> None:
            async with db.transaction():
                await db.TxAccount.create(id="a")
                await refused(db.TxAccount.create(id="old"), "DF-A101")

        await refused(work(), "DF-T102")
        assert await self.keys(db) == ["old"]

    async def test_nothing_runs_in_a_block_that_has_failed(self, db: DataFlow) -> None:
        await db.TxAccount.create(id="old")

        async def work() -> None:
            async with db.transaction():
                await refused(db.TxAccount.create(id="old"), "DF-A101")
                await refused(db.TxAccount.count(), "DF-T102")
                await refused(db.TxAccount.create(id="a"), "DF-T102")

        await refused(work(), "DF-T102")
        assert await self.keys(db) == ["old"]

    async def test_a_failure_in_a_block_of_its_own_stays_there(self, db: DataFlow) -> None:
        async def both() -> None:
            async with db.transaction():
                await db.TxAccount.create(id="b")
                await db.TxAccount.create(id="old")

        await db.TxAccount.create(id="old")
        async with db.transaction():
            await db.TxAccount.create(id="a")
            await refused(both(), "DF-A101")
            await db.TxAccount.create(id="c")
        assert await self.keys(db) == ["a", "c", "old"]

    async def test_what_was_refused_before_the_database_does_not_fail_the_block(self, db: DataFlow) -> None:
        async with db.transaction():
            await refused(db.TxAccount.create(id="a", balance="x"), "DF-N104")
            await refused(db.TxAccount.read("nobody"), "DF-X102")
            await db.TxAccount.create(id="b")
        assert await self.keys(db) == ["b"]

    async def test_a_block_for_reading_refuses_writes(self, db: DataFlow) -> None:
        await db.TxAccount.create(id="a")

        async def read_and_write() -> None:
            async with db.transaction(read_only=True):
                assert await self.keys(db) == ["a"]
                for write in writes:
                    await refused(write, "DF-T103")

        writes = (
            db.TxAccount.create(id="b"),
            db.TxAccount.update("a", {"balance": 1}),
            db.TxAccount.delete("a"),
            db.TxAccount.upsert({"id": "a", "balance": 2}),
            db.TxAccount.bulk_create([{"id": "b"}]),
            db.TxAccount.bulk_update([{"id": "a", "balance": 3}]),
            sql(db, "DELETE FROM tx_accounts"),
        )
        await refused(read_and_write(), "DF-T102")
        assert await self.keys(db) == ["a"]
        assert (await db.TxAccount.read("a"))["balance"] == 0

    async def test_a_block_for_reading_sees_one_state(self, db: DataFlow, open: Open) -> None:
        other = open(TxAccount)
        await db.TxAccount.create(id="a")
        async with db.transaction(read_only=True, isolation="REPEATABLE READ"):
            assert await self.keys(db) == ["a"]
            await asyncio.create_task(other.TxAccount.create(id="b"))
            assert await self.keys(db) == ["a"]
        assert await self.keys(db) == ["a", "b"]

    @pytest.mark.parametrize("isolation", get_args(Isolation))
    async def test_every_level_of_isolation_is_taken(self, db: DataFlow, isolation: Isolation) -> None:
        assert isolation in db.adapter.capabilities.isolation
        async with db.transaction(isolation=isolation):
            await db.TxAccount.create(id="a")
            async with db.transaction():
                await db.TxAccount.update("a", {"balance": {"$inc": 1}})
        assert (await db.TxAccount.read("a"))["balance"] == 1

    async def test_a_block_that_takes_too_long_is_undone(self, db: DataFlow) -> None:
        async def work() -> None:
            async with db.transaction(timeout_s=0.05):
                await db.TxAccount.create(id="a")
                await asyncio.Event().wait()

        await refused(work(), "DF-T107")
        assert await self.keys(db) == []

    async def test_many_tasks_in_one_block_share_its_connection(self, db: DataFlow) -> None:
        async with db.transaction() as transaction:
            await asyncio.gather(*(db.TxAccount.create(id=f"k{number}") for number in range(12)))
            assert await db.TxAccount.count() == 12
            await db.TxAccount.create(id="given", transaction=transaction)
            assert sum(pool.active for pool in db.pools()) == 1
        assert await db.TxAccount.count() == 13

    async def test_a_block_that_ends_before_one_inside_it_is_undone_and_keeps_nothing(self, open: Open) -> None:
        db = open(TxAccount, pool_size=1, pool_max_overflow=0, pool_timeout_s=0.5, silence=["DF-C204"])
        inside, leave = asyncio.Event(), asyncio.Event()
        inner: list[asyncio.Task[None]] = []

        async def stays() -> None:
            async with db.transaction():
                await db.TxAccount.create(id="b")
                inside.set()
                await leave.wait()
                await db.TxAccount.create(id="c")

        async def ends() -> None:
            async with db.transaction():
                await db.TxAccount.create(id="a")
                inner.append(asyncio.create_task(stays()))
                await inside.wait()

        await db.TxAccount.count()
        await refused(ends(), "DF-A106")
        await db.TxAccount.create(id="later")
        async with db.transaction():
            leave.set()
            (ended,) = await asyncio.gather(*inner, return_exceptions=True)
            await db.TxAccount.create(id="last")
        assert isinstance(ended, TransactionError | AdapterError), repr(ended)
        assert await self.keys(db) == ["last", "later"]
        assert sum(pool.active for pool in db.pools()) == 0

    async def test_a_task_outside_is_not_part_of_it(self, db: DataFlow, open: Open) -> None:
        other = open(TxAccount)
        await other.TxAccount.count()
        async with undone(db):
            assert await other.TxAccount.count() == 0
        await other.TxAccount.create(id="a")
        assert await self.keys(db) == ["a"]

    async def test_one_that_has_ended_is_refused(self, db: DataFlow) -> None:
        async with db.transaction() as transaction:
            await db.TxAccount.create(id="a")
        await refused(db.TxAccount.create(id="b", transaction=transaction), "DF-T101")
        await refused(transaction.commit(), "DF-T101")
        await transaction.rollback()
        assert await self.keys(db) == ["a"]

    async def test_one_of_another_instance_is_refused(self, db: DataFlow, open: Open) -> None:
        other = open(TxAccount)
        async with db.transaction() as transaction:
            await refused(other.TxAccount.count(transaction=transaction), "DF-T108")

    async def test_a_table_that_was_first_used_inside_is_used_after_it(self, open: Open) -> None:
        db = open(TxFresh)
        await drop(db, "tx_freshes")
        async with db.transaction():
            made = await db.TxFresh.create(text="x")
            await db.TxFresh.upsert({"id": made["id"], "text": "y"})
        assert (await db.TxFresh.read(made["id"]))["text"] == "y"
        await drop(db, "tx_freshes")

    async def test_a_table_that_was_first_used_inside_what_was_undone_is_there_when_needed(self, open: Open) -> None:
        db = open(TxOwner, TxPet)
        await drop(db, "tx_pets", "tx_owners")
        async with undone(db):
            async with undone(db):
                await db.TxOwner.create(id="o")
            await db.TxOwner.create(id="o")
            await db.TxPet.create(id="p", owner_id="o")
        assert await db.TxPet.count() == 0
        await db.TxOwner.create(id="o")
        await db.TxPet.create(id="p", owner_id="o")
        await drop(db, "tx_pets", "tx_owners")

    async def test_a_key_made_in_what_was_undone_is_made_anew(self, open: Open) -> None:
        db = open(TxFresh)
        await db.TxFresh.create()
        async with undone(db):
            await db.TxFresh.create()
            await db.TxFresh.create(id=10_000)
        made = [(await db.TxFresh.create())["id"] for _ in range(2)]
        assert (made[0] < made[1], await db.TxFresh.count()) == (True, 3)
        await drop(db, "tx_freshes")
