"""Many rows at once, on each of their ways: as arrays, on a stage, and with columns of one value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, Index
from dataflow.diagnostics import DataFlowError
from dataflow_postgres.sources import STAGE_ROWS

pytestmark = pytest.mark.databases("postgres")
SIZES = (7, STAGE_ROWS)


def instance(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["postgres"])

    @db.model
    class Item:
        id: int
        name: str
        stock: int = 3
        price: Decimal = Decimal("1.50")
        day: date = date(2026, 1, 2)
        note: str | None = None

        __dataflow__: ClassVar = {"versioned": True}

    return db


def rows(size: int, **values: Any) -> list[dict[str, Any]]:
    return [{"id": number + 1, "name": f"item {number}", **values} for number in range(size)]


@pytest.mark.parametrize("size", SIZES)
async def test_rows_that_change_the_same_fields_get_their_own_values(database_url: str, size: int) -> None:
    async with instance(database_url) as db:
        await db.Item.bulk_create(rows(size))
        changed = await db.Item.bulk_update([{"id": number + 1, "stock": number} for number in range(size)])
        found = await db.Item.list(sort=["id"], limit=1000)
    assert changed == {"updated": size}
    assert [one["stock"] for one in found["records"][:7]] == list(range(7))
    assert {one["version"] for one in found["records"]} == {2}
    assert {one["note"] for one in found["records"]} == {None}


async def test_a_key_that_comes_twice_in_an_update_is_changed_twice(database_url: str) -> None:
    async with instance(database_url) as db:
        await db.Item.bulk_create(rows(2))
        changed = await db.Item.bulk_update([{"id": 1, "stock": 8}, {"id": 1, "stock": 9}])
        assert changed == {"updated": 2}
        assert (await db.Item.read(1))["stock"] == 9


async def test_rows_may_change_by_amounts(database_url: str) -> None:
    async with instance(database_url) as db:
        await db.Item.bulk_create(rows(2))
        await db.Item.bulk_update([{"id": 1, "stock": {"$inc": 2}}, {"id": 2, "stock": {"$dec": 1}}])
        found = await db.Item.list(sort=["id"])
    assert [one["stock"] for one in found["records"]] == [5, 2]


@pytest.mark.parametrize("size", SIZES)
async def test_an_upsert_sets_what_is_the_same_for_all_rows(database_url: str, size: int) -> None:
    async with instance(database_url) as db:
        await db.Item.bulk_create(rows(3, stock=1))
        done = await db.Item.bulk_upsert(rows(size, note="all alike"))
        found = await db.Item.list(sort=["id"], limit=1000)
    assert done == {"created": size - 3, "updated": 3}
    assert [one["stock"] for one in found["records"][:5]] == [1, 1, 1, 3, 3]
    assert {one["note"] for one in found["records"]} == {"all alike"}
    assert {(one["price"], one["day"]) for one in found["records"]} == {(Decimal("1.5"), date(2026, 1, 2))}


async def test_bulk_operations_follow_each_other_in_one_transaction(database_url: str) -> None:
    async with instance(database_url) as db, db.transaction():
        await db.Item.bulk_upsert(rows(STAGE_ROWS))
        await db.Item.bulk_upsert(rows(STAGE_ROWS + 1))
        await db.Item.bulk_update([{"id": row["id"], "note": row["name"]} for row in rows(STAGE_ROWS)])
        assert (await db.Item.count({"note": None})) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_a_refused_row_is_named_by_its_place(database_url: str, size: int) -> None:
    db = DataFlow(database_url, plugins=["postgres"])

    @db.model
    class Seat:
        id: int
        place: str

        __indexes__ = (Index("place", unique=True),)

    async with db:
        await db.Seat.bulk_create([{"id": number + 1, "place": f"seat {number}"} for number in range(size)])
        changes = [{"id": number + 1, "place": f"new {number}"} for number in range(size)]
        changes[5]["place"] = "new 4"
        with pytest.raises(DataFlowError) as caught:
            await db.Seat.bulk_update(changes)
        assert caught.value.problems[0].context["row"] == 5
        assert (await db.Seat.count({"place": {"$startswith": "new"}})) == 0
