"""Upserts: one record inserted or changed, in every shape that a conflict has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, Index, field
from dataflow_testkit.compliance.suite import Compliance, refused, step


class UpsertItem:
    id: str
    code: str | None = field(default=None, unique=True)
    stock: int = 0
    note: str | None = None
    tags: list[str] = field(default_factory=list)


class UpsertPair:
    __indexes__: ClassVar[Sequence[Index]] = [Index("left", "right", unique=True)]

    id: int
    left: str
    right: int
    value: str = ""


class UpsertSoft:
    __dataflow__: ClassVar[dict[str, Any]] = {"soft_delete": True, "versioned": True}

    id: str
    text: str = ""


class UpsertBare:
    __dataflow__: ClassVar[dict[str, Any]] = {"timestamps": False}

    id: str
    text: str = "default"


class UpsertExcluded:
    """Its table is called as some databases call the row that is in conflict."""

    __dataflow__: ClassVar[dict[str, Any]] = {"table": "excluded", "soft_delete": True, "versioned": True}

    id: str
    stock: int = 0


class TestUpserts(Compliance):
    models: ClassVar[Sequence[type]] = (UpsertItem, UpsertPair, UpsertSoft, UpsertBare, UpsertExcluded)

    async def test_a_new_record_is_created(self, db: DataFlow) -> None:
        result = await db.UpsertItem.upsert({"id": "a", "stock": 3, "tags": ["x"]})
        assert result.pop("created") is True
        assert result == await db.UpsertItem.read("a")

    async def test_a_record_in_conflict_gets_what_is_given(self, db: DataFlow) -> None:
        made = await db.UpsertItem.create(id="a", stock=3, note="old", code="c")
        result = await db.UpsertItem.upsert({"id": "a", "stock": 4})
        assert (result.pop("created"), result["stock"], result["note"], result["code"]) == (False, 4, "old", "c")
        assert result["created_at"] == made["created_at"] <= result["updated_at"]
        assert result == await db.UpsertItem.read("a")

    async def test_a_conflict_on_another_unique_field_keeps_the_key(self, db: DataFlow) -> None:
        await db.UpsertItem.create(id="a", code="c", stock=1)
        result = await db.UpsertItem.upsert({"id": "b", "code": "c", "stock": 2}, conflict_on=["code"])
        assert (result["created"], result["id"], result["stock"]) == (False, "a", 2)
        assert await db.UpsertItem.count() == 1

    async def test_a_conflict_on_two_fields(self, db: DataFlow) -> None:
        first = await db.UpsertPair.upsert({"left": "l", "right": 1, "value": "x"}, conflict_on=["left", "right"])
        other = await db.UpsertPair.upsert({"left": "l", "right": 2, "value": "y"}, conflict_on=["left", "right"])
        again = await db.UpsertPair.upsert({"left": "l", "right": 1, "value": "z"}, conflict_on=["right", "left"])
        assert (first["created"], other["created"], again["created"]) == (True, True, False)
        assert (again["id"], again["value"], await db.UpsertPair.count()) == (first["id"], "z", 2)

    async def test_update_says_what_a_conflict_changes(self, db: DataFlow) -> None:
        await db.UpsertItem.create(id="a", stock=3, note="old")
        result = await db.UpsertItem.upsert(
            {"id": "a", "stock": 99, "note": "never"}, update={"stock": {"$inc": 2}, "tags": ["t"]}
        )
        assert (result["created"], result["stock"], result["note"], result["tags"]) == (False, 5, "old", ["t"])
        fresh = await db.UpsertItem.upsert({"id": "b", "stock": 7}, update={"stock": {"$inc": 2}})
        assert (fresh["created"], fresh["stock"]) == (True, 7)

    async def test_an_update_to_null_and_of_the_field_in_conflict(self, db: DataFlow) -> None:
        await db.UpsertItem.create(id="a", code="c", note="old")
        result = await db.UpsertItem.upsert(
            {"id": "b", "code": "c"}, conflict_on=["code"], update={"note": None, "code": "d"}
        )
        assert (result["id"], result["note"], result["code"]) == ("a", None, "d")

    async def test_no_change_still_tells_the_record(self, db: DataFlow) -> None:
        assert (await db.UpsertBare.upsert({"id": "a"}))["created"] is True
        await db.UpsertBare.update("a", {"text": "kept"})
        assert await db.UpsertBare.upsert({"id": "a"}) == {"id": "a", "text": "kept", "created": False}
        assert await db.UpsertBare.upsert({"id": "a", "text": "x"}, update={}) == {
            "id": "a", "text": "kept", "created": False,
        }  # fmt: skip

    async def test_null_is_in_conflict_with_nothing(self, db: DataFlow) -> None:
        for key in ("a", "b"):
            result = await db.UpsertItem.upsert({"id": key, "code": None}, conflict_on=["code"])
            assert (result["created"], result["id"]) == (True, key)

    async def test_a_violation_of_another_key_stands(self, db: DataFlow) -> None:
        await db.UpsertItem.create(id="a", code="c")
        await db.UpsertItem.create(id="b", code="d")
        error = await refused(db.UpsertItem.upsert({"id": "b", "code": "c"}), "DF-A101")
        assert error.context["fields"] == "code"
        error = await refused(db.UpsertItem.upsert({"id": "n", "code": "c", "stock": 1}), "DF-A101")
        assert (error.context["fields"], error.context["code"]) == ("code", "c")
        error = await refused(db.UpsertItem.upsert({"id": "a", "code": "new"}, conflict_on=["code"]), "DF-A101")
        assert (error.context["fields"], error.context["id"]) == ("id", "a")
        assert [one["code"] for one in (await db.UpsertItem.list(sort=["id"]))["records"]] == ["c", "d"]

    async def test_a_soft_deleted_record_in_conflict_is_not_changed(self, db: DataFlow) -> None:
        await db.UpsertSoft.create(id="a", text="old")
        await db.UpsertSoft.delete("a")
        error = await refused(db.UpsertSoft.upsert({"id": "a", "text": "new"}), "DF-A101")
        assert error.context["fields"] == "id"
        (found,) = (await db.UpsertSoft.list(include_deleted=True))["records"]
        assert (found["text"], found["deleted_at"] is None) == ("old", False)

    async def test_many_records_of_which_one_is_soft_deleted_change_nothing(self, db: DataFlow) -> None:
        await db.UpsertSoft.bulk_create([{"id": "a", "text": "old"}, {"id": "b", "text": "old"}])
        await db.UpsertSoft.delete("b")
        before = (await db.UpsertSoft.list(include_deleted=True, sort=["id"]))["records"]
        rows = [{"id": key, "text": "new"} for key in ("c", "a", "b", "d")]
        error = await refused(db.UpsertSoft.bulk_upsert(rows), "DF-A101")
        assert (error.context["fields"], error.context["row"]) == ("id", 2)
        for return_ids in (True, False):
            error = await refused(
                db.UpsertSoft.bulk_create(rows, on_conflict="update", return_ids=return_ids), "DF-A101"
            )
            assert (error.context["fields"], error.context["row"]) == ("id", 2)
        assert (await db.UpsertSoft.list(include_deleted=True, sort=["id"]))["records"] == before
        collected = await db.UpsertSoft.bulk_create(rows, on_conflict="update", on_error="collect")
        assert (collected["created"], collected["updated"], collected["skipped"]) == (2, 1, 0)
        assert [(one["row"], one["code"]) for one in collected["errors"]] == [(2, "DF-A101")]

    async def test_many_records_that_may_be_changed_are(self, db: DataFlow) -> None:
        await db.UpsertSoft.bulk_create([{"id": "a", "text": "old"}, {"id": "b", "text": "old"}])
        rows = [{"id": key, "text": "new"} for key in ("c", "a", "a")]
        assert await db.UpsertSoft.bulk_upsert(rows) == {"created": 1, "updated": 2}
        versions = {one["id"]: one["version"] for one in (await db.UpsertSoft.list())["records"]}
        assert versions == {"a": 3, "b": 1, "c": 1}
        await db.UpsertSoft.delete("b")
        skipped = await db.UpsertSoft.bulk_create([{"id": "b"}, {"id": "d"}], on_conflict="skip")
        assert (skipped["created"], skipped["skipped"], skipped["ids"]) == (1, 1, ["d"])

    async def test_a_table_that_is_called_as_the_row_in_conflict(self, db: DataFlow) -> None:
        await db.UpsertExcluded.upsert({"id": "a", "stock": 1})
        changed = await db.UpsertExcluded.upsert({"id": "a", "stock": 9}, update={"stock": {"$inc": 1}})
        assert (changed["created"], changed["stock"], changed["version"]) == (False, 2, 2)
        rows = [{"id": "a", "stock": 5}, {"id": "b", "stock": 6}]
        assert await db.UpsertExcluded.bulk_upsert(rows) == {"created": 1, "updated": 1}
        found = (await db.UpsertExcluded.list(sort=["id"]))["records"]
        assert [(one["stock"], one["version"]) for one in found] == [(5, 3), (6, 1)]
        await db.UpsertExcluded.delete("b")
        error = await refused(db.UpsertExcluded.bulk_upsert(rows), "DF-A101")
        assert (error.context["fields"], error.context["row"]) == ("id", 1)

    async def test_many_records_without_anything_to_change(self, db: DataFlow) -> None:
        await db.UpsertBare.create(id="a", text="kept")
        assert await db.UpsertBare.bulk_upsert([{"id": "a"}, {"id": "b"}]) == {"created": 1, "updated": 1}
        assert (await db.UpsertBare.read("a"))["text"] == "kept"

    async def test_a_version_counts_the_change(self, db: DataFlow) -> None:
        first = await db.UpsertSoft.upsert({"id": "a", "text": "x"})
        second = await db.UpsertSoft.upsert({"id": "a", "text": "y"})
        assert second["version"] == first["version"] + 1
        assert (await db.UpsertSoft.read("a"))["version"] == second["version"]

    async def test_a_generated_key_given_by_hand(self, db: DataFlow) -> None:
        made = await db.UpsertPair.create(left="a", right=1)
        key = made["id"] + 50
        result = await db.UpsertPair.upsert({"id": key, "left": "b", "right": 1})
        assert (result["created"], result["id"]) == (True, key)
        assert (await db.UpsertPair.create(left="c", right=1))["id"] > key
        assert (await db.UpsertPair.upsert({"id": key, "left": "b", "right": 2}))["created"] is False

    async def test_many_tasks_create_it_once(self, db: DataFlow) -> None:
        results = await asyncio.gather(
            *(db.UpsertItem.upsert({"id": "a", "stock": 1}, update={"stock": {"$inc": 1}}) for _ in range(20))
        )
        assert sum(one["created"] for one in results) == 1
        assert (await db.UpsertItem.read("a"))["stock"] == 20

    async def test_inside_a_transaction_it_sees_what_was_done_before(self, db: DataFlow) -> None:
        async with db.transaction():
            await db.UpsertItem.create(id="a", stock=1)
            again = await db.UpsertItem.upsert({"id": "a", "stock": 2})
            new = await db.UpsertItem.upsert({"id": "b", "stock": 2})
            third = await db.UpsertItem.upsert({"id": "b", "stock": 3})
        assert (again["created"], new["created"], third["created"]) == (False, True, False)
        assert await db.UpsertItem.count({"stock": {"$in": [2, 3]}}) == 2

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    async def test_the_older_form_means_the_same(self, db: DataFlow) -> None:
        older = {"where": {"code": "c"}, "create": {"id": "a"}, "update": {"stock": 5}}
        workflow = step(db, "UpsertItemUpsertNode", older)
        runtime = AsyncLocalRuntime()
        first = (await runtime.execute(workflow.build()))[0]["step"]
        second = (await runtime.execute(workflow.build()))[0]["step"]
        assert (first["created"], second["created"], second["stock"]) == (True, False, 5)

    async def test_a_field_that_is_not_unique_is_refused(self, db: DataFlow) -> None:
        await refused(db.UpsertItem.upsert({"id": "a", "note": "x"}, conflict_on=["note"]), "DF-N116")
