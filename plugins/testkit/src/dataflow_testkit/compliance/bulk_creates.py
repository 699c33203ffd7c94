"""Many records created at once: all or none, each conflict as it was asked for, the row that was refused named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from dataflow import DataFlow, Index, field
from dataflow_testkit.compliance.suite import Compliance, names, refused, undone


class BulkItem:
    id: str
    code: str | None = field(default=None, unique=True)
    stock: int = 0
    note: str | None = "none"
    tags: list[str] = field(default_factory=list)


class BulkCounter:
    __indexes__: ClassVar[Sequence[Index]] = [Index("left", "right", unique=True)]

    id: int
    left: str = ""
    right: int = 0
    value: str = ""


class BulkToken:
    id: UUID = field(default_factory=uuid4)
    number: int = 0


class BulkSoft:
    __dataflow__: ClassVar[dict[str, Any]] = {"versioned": True}

    id: str
    text: str = ""


def items(*keys: str, **values: Any) -> list[dict[str, Any]]:
    return [{"id": key, **values} for key in keys]


class TestBulkCreates(Compliance):
    models: ClassVar[Sequence[type]] = (BulkItem, BulkCounter, BulkToken, BulkSoft)

    async def test_all_rows_are_there_as_they_were_given(self, db: DataFlow) -> None:
        result = await db.BulkItem.bulk_create([*items("a", "b", stock=1), *items("c", tags=["x"])])
        assert result == {"created": 3, "skipped": 0, "updated": 0, "ids": ["a", "b", "c"]}
        found = (await db.BulkItem.list(sort=["id"]))["records"]
        assert [(one["stock"], one["note"], one["tags"]) for one in found] == [
            (1, "none", []), (1, "none", []), (0, "none", ["x"]),
        ]  # fmt: skip

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_no_rows_are_no_error(self, db: DataFlow, on_conflict: str) -> None:
        result = await db.BulkItem.bulk_create([], on_conflict=on_conflict)
        assert result == {"created": 0, "skipped": 0, "updated": 0, "ids": []}

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_ids_are_left_out_where_nobody_wants_them(self, db: DataFlow, on_conflict: str) -> None:
        result = await db.BulkItem.bulk_create(items("a", "b"), on_conflict=on_conflict, return_ids=False)
        assert result == {"created": 2, "skipped": 0, "updated": 0, "ids": None}

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_made_keys_are_given_in_the_order_of_the_rows(self, db: DataFlow, on_conflict: str) -> None:
        rows = [{"left": str(number)} for number in range(20)]
        result = await db.BulkCounter.bulk_create(rows, on_conflict=on_conflict)
        assert result["ids"] == sorted(result["ids"])
        found = {one["id"]: one["left"] for one in (await db.BulkCounter.list())["records"]}
        assert [found[key] for key in result["ids"]] == [row["left"] for row in rows]

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_keys_given_in_between_move_the_counter(self, db: DataFlow, on_conflict: str) -> None:
        start = (await db.BulkCounter.create(left="start"))["id"]
        rows = [{"left": "a", "right": 1}, {"id": start + 500, "left": "b", "right": 2}, {"left": "c", "right": 3}]
        if on_conflict == "update":
            rows = [{**row, "id": row.get("id")} for row in rows if "id" in row]
        result = await db.BulkCounter.bulk_create(rows, on_conflict=on_conflict)
        assert (len(set(result["ids"])), start + 500 in result["ids"]) == (len(rows), True)
        found = {one["id"]: one["left"] for one in (await db.BulkCounter.list())["records"]}
        assert [found[key] for key in result["ids"]] == [row["left"] for row in rows]
        assert (await db.BulkCounter.create(left="later"))["id"] > start + 500
        more = await db.BulkCounter.bulk_create([{"left": "more", "right": number} for number in range(3)])
        assert min(more["ids"]) > start + 500

    async def test_keys_from_a_factory_are_given(self, db: DataFlow) -> None:
        result = await db.BulkToken.bulk_create([{"number": number} for number in range(3)])
        assert [type(one) for one in result["ids"]] == [UUID] * 3
        assert [(await db.BulkToken.read(key))["number"] for key in result["ids"]] == [0, 1, 2]

    @pytest.mark.parametrize("count", [1, 7, 2_500])
    async def test_the_refused_row_is_named_and_none_remains(self, db: DataFlow, count: int) -> None:
        await db.BulkItem.create(id="old", code="taken")
        rows = [{"id": f"k{number}", "code": f"c{number}"} for number in range(count)]
        rows.insert(count // 2, {"id": "new", "code": "taken"})
        error = await refused(db.BulkItem.bulk_create(rows), "DF-A101")
        assert (error.context["row"], error.context["fields"], error.context["code"]) == (count // 2, "code", "taken")
        assert names(await db.BulkItem.list()) == ["old"]

    async def test_a_row_that_repeats_an_earlier_one_is_named(self, db: DataFlow) -> None:
        error = await refused(db.BulkItem.bulk_create(items("a", "b", "c", "b")), "DF-A101")
        assert (error.context["row"], error.context["id"]) == (3, "b")
        assert await db.BulkItem.count() == 0

    @pytest.mark.parametrize("on_conflict", ["skip", "update"])
    async def test_a_row_that_breaks_another_key_is_named(self, db: DataFlow, on_conflict: str) -> None:
        await db.BulkItem.create(id="old", code="taken")
        rows = [{"id": "a", "code": "1"}, {"id": "b", "code": "taken"}, {"id": "c", "code": "3"}]
        error = await refused(db.BulkItem.bulk_create(rows, on_conflict=on_conflict), "DF-A101")
        assert (error.context["row"], error.context["fields"]) == (1, "code")
        assert names(await db.BulkItem.list()) == ["old"]

    async def test_a_wrong_row_is_named_before_the_database(self, db: DataFlow) -> None:
        error = await refused(db.BulkItem.bulk_create([{"id": "a"}, {"id": "b", "stock": "x"}]), "DF-N104")
        assert error.context["row"] == 1

    async def test_skip_leaves_what_is_there(self, db: DataFlow) -> None:
        await db.BulkItem.bulk_create(items("a", "c", stock=1))
        result = await db.BulkItem.bulk_create(items("a", "b", "c", "d", stock=2), on_conflict="skip")
        assert (result["created"], result["skipped"], result["updated"]) == (2, 2, 0)
        assert result["ids"] == ["b", "d"]
        found = (await db.BulkItem.list(sort=["id"]))["records"]
        assert [one["stock"] for one in found] == [1, 2, 1, 2]

    async def test_skip_keeps_the_first_of_rows_that_repeat(self, db: DataFlow) -> None:
        rows = [{"id": "a", "stock": 1}, {"id": "a", "stock": 2}, {"id": "b", "stock": 3}]
        result = await db.BulkItem.bulk_create(rows, on_conflict="skip")
        assert (result["created"], result["skipped"], result["ids"]) == (2, 1, ["a", "b"])
        assert (await db.BulkItem.read("a"))["stock"] == 1

    async def test_skip_on_another_unique_field(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="old", code="taken")
        rows: list[dict[str, Any]] = [{"id": "a", "code": "taken"}, *({"id": key, "code": None} for key in "bc")]
        result = await db.BulkItem.bulk_create(rows, on_conflict="skip", conflict_on=["code"])
        assert (result["created"], result["skipped"], result["ids"]) == (2, 1, ["b", "c"])

    async def test_update_takes_what_the_rows_give(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="a", stock=1, note="kept")
        result = await db.BulkItem.bulk_create(items("a", "b", stock=5), on_conflict="update")
        assert (result["created"], result["updated"], result["skipped"]) == (1, 1, 0)
        assert result["ids"] == ["a", "b"]
        found = (await db.BulkItem.list(sort=["id"]))["records"]
        assert [(one["stock"], one["note"]) for one in found] == [(5, "kept"), (5, "none")]

    async def test_update_ends_with_the_last_of_rows_that_repeat(self, db: DataFlow) -> None:
        rows: list[dict[str, Any]] = [{"id": "a", "stock": number} for number in range(4)] + [{"id": "b", "stock": 9}]
        result = await db.BulkItem.bulk_create(rows, on_conflict="update", return_ids=False)
        assert (result["created"], result["updated"]) == (2, 3)
        assert [one["stock"] for one in (await db.BulkItem.list(sort=["id"]))["records"]] == [3, 9]

    async def test_ids_of_an_update_are_in_the_order_of_the_rows(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="b")
        result = await db.BulkItem.bulk_create(items("c", "b", "a", "c", stock=1), on_conflict="update")
        assert result["ids"] == ["c", "b", "a", "c"]

    async def test_update_on_two_fields_keeps_the_key(self, db: DataFlow) -> None:
        made = await db.BulkCounter.create(left="l", right=1, value="old")
        rows = [{"left": "l", "right": 1, "value": "new"}, {"left": "l", "right": 2, "value": "x"}]
        result = await db.BulkCounter.bulk_create(rows, on_conflict="update", conflict_on=["left", "right"])
        assert (result["created"], result["updated"], result["ids"][0]) == (1, 1, made["id"])
        assert (await db.BulkCounter.read(made["id"]))["value"] == "new"

    async def test_update_counts_the_version(self, db: DataFlow) -> None:
        made = await db.BulkSoft.create(id="a")
        await db.BulkSoft.bulk_create(items("a", "b", text="x"), on_conflict="update")
        assert (await db.BulkSoft.read("a"))["version"] == made["version"] + 1
        assert (await db.BulkSoft.read("b"))["version"] == made["version"]

    async def test_update_with_nothing_to_change_counts_what_is_there(self, db: DataFlow) -> None:
        await db.BulkToken.create(id=UUID(int=1), number=4)
        result = await db.BulkToken.bulk_create(
            [{"id": UUID(int=1)}, {"id": UUID(int=2)}], on_conflict="update", return_ids=False
        )
        assert (result["created"], result["updated"]) == (1, 1)
        assert (await db.BulkToken.read(UUID(int=1)))["number"] == 4

    async def test_rows_of_different_fields_are_refused_where_they_change_others(self, db: DataFlow) -> None:
        rows: list[dict[str, Any]] = [{"id": "a", "stock": 1}, {"id": "b"}]
        await refused(db.BulkItem.bulk_create(rows, on_conflict="update"), "DF-N117")
        assert (await db.BulkItem.bulk_create(rows))["created"] == 2

    async def test_upsert_creates_and_changes(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="a", note="kept")
        rows = items("a", "b", "c", "b", stock=4)
        assert await db.BulkItem.bulk_upsert(rows) == {"created": 2, "updated": 2}
        found = (await db.BulkItem.list(sort=["id"]))["records"]
        assert [(one["stock"], one["note"]) for one in found] == [(4, "kept"), (4, "none"), (4, "none")]

    async def test_upsert_on_a_nullable_unique_field(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="a", code="c", stock=1)
        rows: list[dict[str, Any]] = [
            {"id": "x", "code": "c", "stock": 2},
            *({"id": key, "code": None, "stock": 3} for key in "yz"),
        ]
        assert await db.BulkItem.bulk_upsert(rows, conflict_on=["code"]) == {"created": 2, "updated": 1}
        assert (await db.BulkItem.read("a"))["stock"] == 2

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    @pytest.mark.parametrize(("size", "count"), [(1, 3), (4, 10), (10, 10), (100, 10)])
    async def test_progress_is_told_to_the_end(self, db: DataFlow, on_conflict: str, size: int, count: int) -> None:
        told: list[tuple[int, int]] = []
        rows = items(*(f"k{number:02}" for number in range(count)))
        await db.BulkItem.bulk_create(
            rows, on_conflict=on_conflict, batch_size=size, progress=lambda done, total: told.append((done, total))
        )
        # what a thread reports arrives in the next rounds of the loop
        await asyncio.sleep(0)
        assert told[-1] == (count, count)
        assert told == sorted(set(told))

    @pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
    async def test_many_rows_in_small_batches_are_all_or_none(self, db: DataFlow, on_conflict: str) -> None:
        rows = [{"id": f"k{number:05}", "stock": number} for number in range(3_000)]
        result = await db.BulkItem.bulk_create(rows, on_conflict=on_conflict, batch_size=700)
        assert (result["created"], len(result["ids"]), await db.BulkItem.count()) == (3_000, 3_000, 3_000)
        assert result["ids"] == [row["id"] for row in rows]
        again = await db.BulkItem.bulk_create(rows, on_conflict="update", return_ids=False)
        assert (again["created"], again["updated"]) == (0, 3_000)

    async def test_inside_a_transaction_it_is_undone_with_it(self, db: DataFlow) -> None:
        async with undone(db):
            await db.BulkItem.bulk_create(items("a"))
            await db.BulkItem.bulk_create(items("a", "b"), on_conflict="skip")
            await db.BulkItem.bulk_upsert(items("b", "c"))
            assert await db.BulkItem.count() == 3
        assert await db.BulkItem.count() == 0

    async def test_a_failure_in_a_block_of_its_own_leaves_the_rest(self, db: DataFlow) -> None:
        await db.BulkItem.create(id="old")
        async with db.transaction():
            await db.BulkItem.create(id="new")
            for rows, how in ((items("x", "old"), "error"), (items("y", "z", code="same"), "skip")):
                await refused(self._nested(db, rows, how), "DF-A101")
        assert names(await db.BulkItem.list(sort=["id"])) == ["new", "old"]

    async def _nested(self, db: DataFlow, rows: list[dict[str, Any]], how: str) -> None:
        async with db.transaction():
            await db.BulkItem.bulk_create(rows, on_conflict=how)
