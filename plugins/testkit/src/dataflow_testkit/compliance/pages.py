"""Lists: order with nulls, pages by offset and by cursor, totals, chosen fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow
from dataflow.diagnostics import Where
from dataflow.expressions.evaluate import ordered
from dataflow.expressions.sort import parse_sort
from dataflow_testkit.compliance.suite import Compliance, names, refused


class PageRow:
    id: int
    name: str | None = None
    age: int | None = None
    price: Decimal | None = None
    at: dt.datetime | None = None
    span: dt.timedelta | None = None
    raw: bytes | None = None
    flag: bool | None = None


NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
ROWS: Sequence[dict[str, Any]] = [
    {"name": "b", "age": 2, "price": Decimal(10), "at": NOON, "span": dt.timedelta(1), "raw": b"b", "flag": True},
    {"name": "B", "age": None, "price": Decimal("9.5"), "span": dt.timedelta(-1), "raw": b"", "flag": False},
    {"name": "ä", "age": 2, "price": Decimal(-1), "at": NOON + dt.timedelta(microseconds=1), "raw": b"\x00"},
    {"name": "a b", "age": 1, "price": None, "at": dt.datetime(1, 1, 1, tzinfo=dt.UTC), "raw": b"\xff"},
    {"name": "ab", "age": 1, "price": Decimal("9.50000001"), "at": None, "span": dt.timedelta(microseconds=1)},
    {"name": None, "age": -5, "price": Decimal("1e20")},
    {"name": "", "age": 2**62},
    {"name": "a-b", "age": 1},
    {"name": "_", "age": None},
    {"name": "Z", "age": 2, "flag": True},
]
SORTS: Sequence[Any] = [
    ["name"],
    ["-name"],
    ["age", "-id"],
    ["-age", "id"],
    ["age", "name"],
    ["-age", "-name", "price"],
    ["price"],
    ["-price"],
    ["at"],
    ["-at"],
    ["span"],
    ["-raw"],
    ["flag", "name"],
    [{"age": -1}, {"name": 1}],
    ["-id"],
    [],
]


class TestPages(Compliance):
    models: ClassVar[Sequence[type]] = (PageRow,)

    @pytest.mark.parametrize("sort", SORTS, ids=str)
    async def test_an_order_is_pythons_with_nulls_first(self, db: DataFlow, sort: Any) -> None:
        await db.PageRow.bulk_create([dict(row) for row in ROWS])
        keys, problems = parse_sort(sort, db.models["PageRow"], Where(), ())
        assert problems == []
        records = (await db.PageRow.list(sort=["id"]))["records"]
        assert names(await db.PageRow.list(sort=sort)) == [one["id"] for one in ordered(records, keys)]

    @pytest.mark.parametrize("sort", SORTS, ids=str)
    @pytest.mark.parametrize("limit", [1, 3, 100])
    async def test_cursors_lead_through_all_rows_once_and_in_order(self, db: DataFlow, sort: Any, limit: int) -> None:
        await db.PageRow.bulk_create([dict(row) for row in ROWS])
        seen: list[int] = []
        cursor = None
        for _ in range(len(ROWS) + 1):
            page = await db.PageRow.list(sort=sort, limit=limit, cursor=cursor)
            assert page["total"] == len(ROWS)
            seen += names(page)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == names(await db.PageRow.list(sort=sort))

    async def test_a_cursor_is_stable_while_rows_come_and_go(self, db: DataFlow) -> None:
        keys = (await db.PageRow.bulk_create([{"age": number} for number in range(6)]))["ids"]
        page = await db.PageRow.list(sort=["age"], limit=2)
        await db.PageRow.create(age=-1)
        await db.PageRow.delete(keys[1])
        await db.PageRow.delete(keys[3])
        rest = await db.PageRow.list(sort=["age"], cursor=page["next_cursor"])
        assert names(rest) == [keys[2], keys[4], keys[5]]
        assert rest["next_cursor"] is None

    async def test_a_cursor_keeps_to_its_filter(self, db: DataFlow) -> None:
        await db.PageRow.bulk_create([{"age": number % 2, "name": str(number)} for number in range(6)])
        page = await db.PageRow.list({"age": 1}, sort=["-name"], limit=2)
        rest = await db.PageRow.list({"age": 1}, sort=["-name"], limit=2, cursor=page["next_cursor"])
        assert [one["name"] for one in [*page["records"], *rest["records"]]] == ["5", "3", "1"]

    async def test_a_cursor_of_another_order_is_refused(self, db: DataFlow) -> None:
        await db.PageRow.bulk_create([{}, {}, {}])
        page = await db.PageRow.list(sort=["age"], limit=1)
        error = await refused(db.PageRow.list(sort=["name"], cursor=page["next_cursor"]), "DF-N121")
        assert "cursor" in error.message

    @pytest.mark.parametrize(("offset", "wanted"), [(0, [0, 1]), (3, [3, 4]), (4, [4]), (5, []), (99, [])])
    async def test_a_page_by_offset_has_the_total_of_all(self, db: DataFlow, offset: int, wanted: list[int]) -> None:
        keys = (await db.PageRow.bulk_create([{} for _ in range(5)]))["ids"]
        page = await db.PageRow.list(sort=["id"], limit=2, offset=offset)
        assert (names(page), page["total"]) == ([keys[place] for place in wanted], 5)

    async def test_the_total_is_of_what_matches(self, db: DataFlow) -> None:
        await db.PageRow.bulk_create([{"age": number % 3} for number in range(9)])
        page = await db.PageRow.list({"age": {"$gte": 1}}, limit=1)
        assert (len(page["records"]), page["total"]) == (1, 6)
        nothing = await db.PageRow.list({"age": 7})
        assert (nothing["records"], nothing["total"], nothing["next_cursor"]) == ([], 0, None)

    async def test_the_total_can_be_left_out(self, db: DataFlow) -> None:
        await db.PageRow.bulk_create([{}, {}])
        page = await db.PageRow.list(limit=1, count=False)
        assert (page["total"], len(page["records"]), page["next_cursor"] is None) == (None, 1, False)

    async def test_chosen_fields_alone_are_given_whatever_sorts(self, db: DataFlow) -> None:
        await db.PageRow.bulk_create([{"name": "x", "age": number} for number in range(3)])
        page = await db.PageRow.list(fields=["name"], sort=["-age"], limit=2)
        assert page["records"] == [{"name": "x"}, {"name": "x"}]
        rest = await db.PageRow.list(fields=["name"], sort=["-age"], cursor=page["next_cursor"])
        assert rest["records"] == [{"name": "x"}]

    async def test_a_limit_of_nothing_is_refused(self, db: DataFlow) -> None:
        await refused(db.PageRow.list(limit=0), "DF-N111")
