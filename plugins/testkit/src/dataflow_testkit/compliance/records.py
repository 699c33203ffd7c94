"""Records one by one: what create, read, update, delete and count do, and what they leave alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, field
from dataflow_testkit.compliance.suite import Compliance, names, refused


class RecordNote:
    id: str
    text: str = "new"
    number: int | None = None
    price: Decimal = Decimal("0.5")
    score: float = 0.0
    tags: list[str] = field(default_factory=list)


class RecordCounter:
    """One whose key the database makes."""

    id: int
    name: str = ""


class RecordSoft:
    __dataflow__: ClassVar[dict[str, Any]] = {"soft_delete": True, "versioned": True}

    id: str
    code: str = field(default="none", unique=True)


class RecordOrder:
    """One whose names are words of SQL."""

    __dataflow__: ClassVar[dict[str, Any]] = {"table": "Order", "timestamps": False}

    id: int
    group: str | None = None
    select: int | None = None
    Desc: str | None = None
    naïve: str | None = None


class TestRecords(Compliance):
    models: ClassVar[Sequence[type]] = (RecordNote, RecordCounter, RecordSoft, RecordOrder)

    async def test_create_gives_what_read_gives(self, db: DataFlow) -> None:
        made = await db.RecordNote.create(id="a", number=3, tags=["x"])
        assert made == await db.RecordNote.read("a")
        assert (made["text"], made["price"], made["score"]) == ("new", Decimal("0.5"), 0.0)

    async def test_keys_are_made_in_order_and_not_again(self, db: DataFlow) -> None:
        first = (await db.RecordCounter.create())["id"]
        second = (await db.RecordCounter.create(name="b"))["id"]
        await db.RecordCounter.delete(second)
        third = (await db.RecordCounter.create())["id"]
        assert first < second < third

    async def test_a_key_that_is_given_moves_the_counter_past_it(self, db: DataFlow) -> None:
        first = (await db.RecordCounter.create())["id"]
        await db.RecordCounter.create(id=first + 10)
        later = (await db.RecordCounter.create())["id"]
        assert later > first + 10
        await db.RecordCounter.create(id=first + 5)
        assert (await db.RecordCounter.create())["id"] > later

    async def test_a_key_below_one_does_not_disturb_the_counter(self, db: DataFlow) -> None:
        assert (await db.RecordCounter.create(id=-7))["id"] == -7
        assert (await db.RecordCounter.create())["id"] > 0
        assert (await db.RecordCounter.upsert({"id": -7, "name": "x"}))["created"] is False

    async def test_a_key_given_at_once_by_many_tasks_keeps_the_counter_ahead(self, db: DataFlow) -> None:
        start = (await db.RecordCounter.create())["id"]
        await asyncio.gather(*(db.RecordCounter.create(id=start + 100 + number) for number in range(8)))
        made = await asyncio.gather(*(db.RecordCounter.create() for _ in range(8)))
        assert min(one["id"] for one in made) > start + 107
        assert len({one["id"] for one in made}) == 8

    async def test_read_by_filter_gives_the_first_by_id(self, db: DataFlow) -> None:
        for key in ("b", "a", "c"):
            await db.RecordNote.create(id=key, number=1)
        assert (await db.RecordNote.read(filter={"number": 1}))["id"] == "a"

    async def test_read_gives_some_fields_in_the_order_asked(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", tags=["x"])
        assert list(await db.RecordNote.read("a", fields=["tags", "id"])) == ["tags", "id"]

    async def test_what_is_not_there_is_an_error_or_none(self, db: DataFlow) -> None:
        await refused(db.RecordNote.read("nobody"), "DF-X102")
        assert await db.RecordNote.read("nobody", raise_on_not_found=False) is None
        await refused(db.RecordNote.update("nobody", {"number": 1}), "DF-X102")
        assert await db.RecordNote.delete("nobody") == {"deleted": 0}

    async def test_update_changes_one_record_and_gives_it(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", number=1)
        other = await db.RecordNote.create(id="b", number=1)
        result = await db.RecordNote.update("a", {"number": None, "tags": ["t"]})
        assert (result["updated"], result["number"], result["tags"]) == (1, None, ["t"])
        assert await db.RecordNote.read("b") == other

    async def test_an_update_to_the_same_values_counts(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", number=1)
        result = await db.RecordNote.update(filter={"id": "a"}, data={"number": 1})
        assert result["updated"] == 1

    async def test_update_by_filter_gives_the_changed_records(self, db: DataFlow) -> None:
        for key in "abc":
            await db.RecordNote.create(id=key, number=1 if key != "c" else 2)
        result = await db.RecordNote.update(filter={"number": 1}, data={"number": 5}, return_records=True)
        assert (result["updated"], sorted(one["id"] for one in result["records"])) == (2, ["a", "b"])
        assert [one["number"] for one in result["records"]] == [5, 5]
        assert await db.RecordNote.update(filter={"number": 77}, data={"number": 5}) == {"updated": 0, "records": []}

    async def test_a_change_by_amount_is_exact(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", number=2**62, price=Decimal("0.1"), score=0.5)
        await db.RecordNote.update("a", {"number": {"$inc": 2}, "price": {"$inc": "0.2"}, "score": {"$dec": 1.5}})
        found = await db.RecordNote.read("a")
        assert (found["number"], found["price"], found["score"]) == (2**62 + 2, Decimal("0.3"), -1.0)
        await db.RecordNote.update("a", {"price": {"$dec": "0.3"}})
        found = await db.RecordNote.read("a")
        assert (found["price"], str(found["price"])) == (Decimal(0), "0")

    async def test_a_change_by_amount_leaves_null_null(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a")
        assert (await db.RecordNote.update("a", {"number": {"$inc": 2}}))["number"] is None

    async def test_a_sum_beyond_64_bits_is_refused(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", number=2**63 - 1)
        await refused(db.RecordNote.update("a", {"number": {"$inc": 1}}), "DF-A105")
        assert (await db.RecordNote.read("a"))["number"] == 2**63 - 1

    async def test_changes_by_amount_of_many_tasks_are_all_kept(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a", number=0)
        await asyncio.gather(*(db.RecordNote.update("a", {"number": {"$inc": 1}}) for _ in range(25)))
        assert (await db.RecordNote.read("a"))["number"] == 25

    async def test_delete_removes_one_or_what_matches(self, db: DataFlow) -> None:
        for key in "abcd":
            await db.RecordNote.create(id=key, number=ord(key))
        assert await db.RecordNote.delete("a") == {"deleted": 1}
        assert await db.RecordNote.delete(filter={"number": {"$gte": ord("c")}}) == {"deleted": 2}
        assert names(await db.RecordNote.list()) == ["b"]

    async def test_no_filter_changes_nothing(self, db: DataFlow) -> None:
        await db.RecordNote.create(id="a")
        await refused(db.RecordNote.delete(filter={}), "DF-N108")
        await refused(db.RecordNote.update(filter={}, data={"number": 1}), "DF-N108")
        assert await db.RecordNote.delete(filter={}, all=True) == {"deleted": 1}

    async def test_count_counts_what_matches(self, db: DataFlow) -> None:
        assert await db.RecordNote.count() == 0
        for key in "abc":
            await db.RecordNote.create(id=key, number=1 if key == "a" else None)
        assert (await db.RecordNote.count(), await db.RecordNote.count({"number": None})) == (3, 2)

    async def test_soft_deleted_records_are_out_of_sight_until_restored(self, db: DataFlow) -> None:
        await db.RecordSoft.create(id="a", code="1")
        await db.RecordSoft.create(id="b", code="2")
        assert await db.RecordSoft.delete("a") == {"deleted": 1}
        assert await db.RecordSoft.delete("a") == {"deleted": 0}
        assert names(await db.RecordSoft.list()) == ["b"]
        assert await db.RecordSoft.count(include_deleted=True) == 2
        await refused(db.RecordSoft.update("a", {"code": "9"}), "DF-X102")
        assert await db.RecordSoft.restore("a") == {"restored": 1}
        assert (await db.RecordSoft.read("a"))["code"] == "1"
        assert await db.RecordSoft.delete("a", hard=True) == {"deleted": 1}
        assert await db.RecordSoft.count(include_deleted=True) == 1

    async def test_a_stale_version_is_refused_and_both_are_shown(self, db: DataFlow) -> None:
        made = await db.RecordSoft.create(id="a", code="1")
        changed = await db.RecordSoft.update("a", {"code": "2"}, expected_version=made["version"])
        assert changed["version"] == made["version"] + 1
        error = await refused(db.RecordSoft.update("a", {"code": "3"}, expected_version=made["version"]), "DF-X103")
        assert {made["version"], changed["version"]} <= set(error.context.values())
        assert (await db.RecordSoft.read("a"))["code"] == "2"

    async def test_names_that_are_words_of_sql_are_only_names(self, db: DataFlow) -> None:
        made = await db.RecordOrder.create(group="g", select=1, Desc="d", naïve="n")
        assert await db.RecordOrder.read(made["id"]) == made
        found = await db.RecordOrder.list({"group": "g", "Desc": {"$ne": "x"}}, sort=["-select", "naïve"])
        assert found["records"] == [made]
        await db.RecordOrder.update(made["id"], {"select": {"$inc": 1}})
        assert (await db.RecordOrder.upsert({"id": made["id"], "group": "h"}))["created"] is False
        assert (await db.RecordOrder.bulk_create([{"group": "i"}], on_conflict="skip"))["created"] == 1
        assert await db.RecordOrder.bulk_update([{"id": made["id"], "Desc": "e"}]) == {"updated": 1}
        assert (await db.RecordOrder.read(made["id"]))["Desc"] == "e"

    @pytest.mark.parametrize("text", ["'; DROP TABLE record_notes; --", '"', "\\", "%", "$1", ":a", "?", "{{x}}"])
    async def test_text_that_looks_like_sql_is_only_text(self, db: DataFlow, text: str) -> None:
        await db.RecordNote.create(id=text, text=text, tags=[text])
        await db.RecordNote.create(id="other")
        for filter in (
            {"text": text},
            {"id": {"$in": [text]}},
            {"tags": {"$contains": text}},
            {"text": {"$contains": text}},
        ):
            assert names(await db.RecordNote.list(filter)) == [text]
        await db.RecordNote.update(text, {"text": text + text})
        assert (await db.RecordNote.read(text))["text"] == text + text
        assert await db.RecordNote.count() == 2
