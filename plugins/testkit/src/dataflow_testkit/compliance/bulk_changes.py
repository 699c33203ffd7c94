"""Many records changed or deleted at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, field
from dataflow_testkit.compliance.suite import Compliance, names, refused


class ChangeItem:
    id: str
    code: str | None = field(default=None, unique=True)
    stock: int | None = 0
    price: float = 0.0
    tags: list[str] = field(default_factory=list)


class ChangeSoft:
    __dataflow__: ClassVar[dict[str, Any]] = {"soft_delete": True, "versioned": True}

    id: int
    text: str = ""


class TestBulkChanges(Compliance):
    models: ClassVar[Sequence[type]] = (ChangeItem, ChangeSoft)

    async def _made(self, db: DataFlow, count: int = 4) -> None:
        await db.ChangeItem.bulk_create([{"id": f"k{number}", "stock": number} for number in range(count)])

    async def _stocks(self, db: DataFlow) -> list[Any]:
        return [one["stock"] for one in (await db.ChangeItem.list(sort=["id"]))["records"]]

    async def test_each_row_gets_its_own_values(self, db: DataFlow) -> None:
        await self._made(db)
        rows = [{"id": "k2", "stock": 20}, {"id": "k0", "stock": None}, {"id": "k3", "tags": ["t"], "price": 1.5}]
        assert await db.ChangeItem.bulk_update(rows) == {"updated": 3}
        assert await self._stocks(db) == [None, 1, 20, 3]
        found = await db.ChangeItem.read("k3")
        assert (found["tags"], found["price"], found["updated_at"] > found["created_at"]) == (["t"], 1.5, True)

    async def test_rows_that_are_not_there_do_not_count(self, db: DataFlow) -> None:
        await self._made(db)
        assert await db.ChangeItem.bulk_update([{"id": "k1", "stock": 9}, {"id": "nobody", "stock": 9}]) == {
            "updated": 1
        }
        assert await db.ChangeItem.count() == 4

    async def test_no_rows_change_nothing(self, db: DataFlow) -> None:
        await self._made(db)
        assert await db.ChangeItem.bulk_update([]) == {"updated": 0}

    async def test_a_row_that_comes_twice_is_changed_twice_in_order(self, db: DataFlow) -> None:
        await self._made(db)
        rows = [{"id": "k1", "stock": 5}, {"id": "k1", "stock": {"$inc": 2}}, {"id": "k1", "stock": {"$inc": 3}}]
        assert await db.ChangeItem.bulk_update(rows) == {"updated": 3}
        assert await self._stocks(db) == [0, 10, 2, 3]

    async def test_amounts_and_values_stand_side_by_side(self, db: DataFlow) -> None:
        await self._made(db)
        rows = [{"id": "k1", "stock": {"$inc": 10}}, {"id": "k2", "stock": {"$dec": 1}}, {"id": "k3", "stock": 0}]
        assert await db.ChangeItem.bulk_update(rows) == {"updated": 3}
        assert await self._stocks(db) == [0, 11, 1, 0]

    @pytest.mark.parametrize("count", [3, 2_400])
    async def test_the_refused_row_is_named_and_nothing_is_changed(self, db: DataFlow, count: int) -> None:
        await self._made(db, count)
        await db.ChangeItem.update("k0", {"code": "taken"})
        rows: list[dict[str, Any]] = [{"id": f"k{number}", "code": f"c{number}"} for number in range(1, count)]
        rows[count // 2]["code"] = "taken"
        error = await refused(db.ChangeItem.bulk_update(rows), "DF-A101")
        assert (error.context["row"], error.context["fields"], error.context["code"]) == (count // 2, "code", "taken")
        assert await db.ChangeItem.count({"code": None}) == count - 1

    async def test_a_row_without_a_key_is_named(self, db: DataFlow) -> None:
        error = await refused(db.ChangeItem.bulk_update([{"id": "k0", "stock": 1}, {"stock": 2}]), "DF-N117")
        assert error.context["row"] == 1

    async def test_many_rows_are_changed_and_progress_is_told(self, db: DataFlow) -> None:
        await self._made(db, 2_500)
        told: list[tuple[int, int]] = []
        rows = [{"id": f"k{number}", "stock": number + 1} for number in range(2_500)]
        done = await db.ChangeItem.bulk_update(
            rows, batch_size=600, progress=lambda done, total: told.append((done, total))
        )
        await asyncio.sleep(0)
        assert (done, told[-1]) == ({"updated": 2_500}, (2_500, 2_500))
        assert (await db.ChangeItem.read("k2499"))["stock"] == 2_500

    async def test_what_matches_gets_the_same_values(self, db: DataFlow) -> None:
        await self._made(db)
        assert await db.ChangeItem.bulk_update({"stock": {"$inc": 5}}, filter={"stock": {"$gte": 2}}) == {"updated": 2}
        assert await self._stocks(db) == [0, 1, 7, 8]
        await refused(db.ChangeItem.bulk_update({"stock": 1}, filter={}), "DF-N108")
        assert await db.ChangeItem.bulk_update({"stock": 1}, filter={}, all=True) == {"updated": 4}

    async def test_soft_deleted_rows_are_passed_over_and_versions_count(self, db: DataFlow) -> None:
        first, second = (await db.ChangeSoft.bulk_create([{"text": "a"}, {"text": "b"}]))["ids"]
        await db.ChangeSoft.delete(first)
        rows = [{"id": first, "text": "x"}, {"id": second, "text": "y"}]
        assert await db.ChangeSoft.bulk_update(rows) == {"updated": 1}
        found = (await db.ChangeSoft.list(include_deleted=True, sort=["id"]))["records"]
        assert [one["text"] for one in found] == ["a", "y"]
        assert (await db.ChangeSoft.read(second))["version"] == 2

    async def test_delete_by_ids_or_by_filter(self, db: DataFlow) -> None:
        await self._made(db, 6)
        assert await db.ChangeItem.bulk_delete(["k0", "k1", "nobody", "k0"]) == {"deleted": 2}
        assert await db.ChangeItem.bulk_delete(filter={"stock": {"$lt": 4}}) == {"deleted": 2}
        assert names(await db.ChangeItem.list(sort=["id"])) == ["k4", "k5"]
        assert await db.ChangeItem.bulk_delete([]) == {"deleted": 0}
        await refused(db.ChangeItem.bulk_delete(filter={}), "DF-N108")
        assert await db.ChangeItem.bulk_delete(filter={}, all=True) == {"deleted": 2}

    async def test_delete_of_thousands_is_one_call(self, db: DataFlow) -> None:
        await self._made(db, 2_000)
        assert await db.ChangeItem.bulk_delete([f"k{number}" for number in range(1_990)]) == {"deleted": 1_990}
        assert await db.ChangeItem.count() == 10

    async def test_soft_delete_in_bulk_can_be_taken_back(self, db: DataFlow) -> None:
        ids = (await db.ChangeSoft.bulk_create([{}, {}, {}]))["ids"]
        assert await db.ChangeSoft.bulk_delete(ids[:2]) == {"deleted": 2}
        assert await db.ChangeSoft.count() == 1
        assert await db.ChangeSoft.restore(filter={"id": {"$in": ids}}) == {"restored": 2}
        assert await db.ChangeSoft.bulk_delete(ids, hard=True) == {"deleted": 3}
        assert await db.ChangeSoft.count(include_deleted=True) == 0
