"""More rows than memory should hold, out and in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError

ROWS = 25


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Item:
            id: int
            name: str
            rank: int = 0

        yield db


def rows(count: int = ROWS) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        yield {"id": number, "name": f"item {number}", "rank": number % 3}


async def late_rows() -> AsyncIterator[dict[str, Any]]:
    for row in rows():
        yield row


async def test_every_record_comes_once_in_order(db: DataFlow) -> None:
    await db.Item.bulk_create(list(rows()))
    assert [one["id"] async for one in db.Item.stream(batch_size=4)] == list(range(1, ROWS + 1))
    found = [(one["rank"], one["id"]) async for one in db.Item.stream({"id": {"$gt": 3}}, sort=["-rank"], batch_size=5)]
    assert found == sorted(((n % 3, n) for n in range(4, ROWS + 1)), key=lambda one: (-one[0], one[1]))


async def test_batches_hold_at_most_their_size(db: DataFlow) -> None:
    await db.Item.bulk_create(list(rows()))
    found = [[one["id"] for one in batch] async for batch in db.Item.batches(batch_size=10, fields=["id"])]
    assert [len(batch) for batch in found] == [10, 10, 5]


async def test_nothing_to_stream_gives_nothing(db: DataFlow) -> None:
    assert [one async for one in db.Item.stream()] == []


async def test_records_that_are_added_meanwhile_disturb_nobody(db: DataFlow) -> None:
    await db.Item.bulk_create(list(rows()))
    seen = []
    async for one in db.Item.stream(batch_size=5):
        seen.append(one["id"])
        if len(seen) == 7:
            await db.Item.create(id=-1, name="before")
            await db.Item.create(id=100, name="behind")
    assert seen == [*range(1, ROWS + 1), 100]


@pytest.mark.parametrize("source", [rows, late_rows])
async def test_rows_may_come_one_by_one(db: DataFlow, source: Any) -> None:
    told: list[tuple[int, int]] = []
    done = await db.Item.bulk_create(source(), batch_size=10, progress=lambda now, total: told.append((now, total)))
    assert done == {"created": ROWS, "skipped": 0, "updated": 0, "ids": None}
    assert await db.Item.count() == ROWS
    assert told[-1] == (ROWS, ROWS)
    again = await db.Item.bulk_upsert(source(), batch_size=10)
    assert again == {"created": 0, "updated": ROWS}


async def test_no_rows_at_all_are_none_created(db: DataFlow) -> None:
    assert (await db.Item.bulk_create(rows(0)))["created"] == 0


async def test_a_bad_row_is_named_by_its_place_and_nothing_is_written(db: DataFlow) -> None:
    def bad() -> Iterator[dict[str, Any]]:
        yield from rows(14)
        yield {"id": "fifteen", "name": "x"}

    with pytest.raises(DataFlowError) as refused:
        await db.Item.bulk_create(bad(), batch_size=10)
    assert refused.value.context["row"] == 14
    with pytest.raises(DataFlowError) as refused:
        await db.Item.bulk_create(({"id": n % 12, "name": "x"} for n in range(20)), batch_size=10)
    assert (refused.value.code, refused.value.context["row"]) == ("DF-A101", 12)
    assert await db.Item.count() == 0


async def test_ids_are_given_where_asked_for(db: DataFlow) -> None:
    done = await db.Item.bulk_create(({"name": "x"} for _ in range(7)), batch_size=3, return_ids=True)
    assert len(set(done["ids"])) == 7


def test_plain_code_streams_too(database_url: str) -> None:
    db = DataFlow(database_url)

    @db.model
    class Item:
        id: int
        name: str
        rank: int = 0

    db.sync.Item.bulk_create(rows(), batch_size=10)
    assert [one["id"] for one in db.sync.Item.stream(batch_size=7)] == list(range(1, ROWS + 1))
    assert [len(batch) for batch in db.sync.Item.batches(batch_size=20)] == [20, 5]
    db.sync.close()
