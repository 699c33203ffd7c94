"""Filters: each means in the database what it means in Python, for rows that have what is easily got wrong."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dataflow import DataFlow, Q, field
from dataflow.diagnostics import Where
from dataflow.expressions.evaluate import matches
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow_testkit.compliance.suite import Compliance, names, refused


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class FilterRow:
    id: int
    name: str | None = None
    age: int | None = None
    score: float | None = None
    price: Decimal | None = None
    active: bool | None = None
    day: dt.date | None = None
    at: dt.datetime | None = None
    level: Level | None = None
    raw: bytes | None = None
    tags: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    things: list[Any] = field(default_factory=list)
    doc: dict[str, Any] = field(default_factory=dict)


NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
ROWS: Sequence[dict[str, Any]] = [
    {"name": "Ann", "age": 31, "score": 1.5, "price": Decimal("9.99"), "active": True, "tags": ["a", "b"]},
    {"name": "ann", "age": 17, "score": -0.5, "price": Decimal(10), "active": False, "tags": ["A"]},
    {"name": "Ärger", "age": 0, "price": Decimal("-1"), "at": NOON, "level": Level.HIGH, "raw": b"\x00\xff"},
    {"name": "ärger", "age": -3, "day": dt.date(2026, 1, 1), "level": Level.LOW, "raw": b"", "numbers": [1, 2]},
    {"name": "100%", "age": 2**62, "at": NOON + dt.timedelta(microseconds=1), "numbers": [10]},
    {"name": "a_b\nc", "day": dt.date(1, 1, 1), "things": [1, True, None, "1", [1], {"a": 1}]},
    {"name": "", "things": [1.0, [1, 2], {"a": 1, "b": 2}], "doc": {"x": 1}},
    {"name": None, "doc": {"x": 1.0, "y": {"z": "deep"}}},
    {"doc": {"x": True, "y": [10, {"z": 2}], "-1": "minus", "0": "zero"}},
    {"doc": {"x": "1", "y": {"0": "named"}, 'quo"te': 1, "a\\b": 2}},
    {"doc": {"x": None, "y": "text", "big": 2**63 - 1, "small": -(2**63)}},
    {"doc": {"x": "B", "y": "b", "f": 1e22, "neg": -0.0, "e": ["a", "b"]}},
    {"doc": {"x": "Ä", "y": [], "f": 10000000000000000000000.0, "e": "a"}},
]
CASES: Sequence[Any] = [
    {"name": "Ann"},
    {"name": {"$ne": "Ann"}},
    {"name": None},
    {"name": {"$ne": None}},
    {"name": {"$in": ["Ann", "", "100%"]}},
    {"name": {"$in": []}},
    {"name": {"$nin": ["Ann", ""]}},
    {"name": {"$nin": []}},
    {"name": {"$gt": "Z"}},
    {"name": {"$lte": "ann"}},
    {"name": {"$between": ["A", "a"]}},
    {"name": {"$like": "a%"}},
    {"name": {"$like": "a_b_c"}},
    {"name": {"$like": "100\\%"}},
    {"name": {"$ilike": "ANN"}},
    {"name": {"$ilike": "ÄRGER"}},
    {"name": {"$contains": "%"}},
    {"name": {"$contains": ""}},
    {"name": {"$startswith": "ä"}},
    {"name": {"$startswith": "a_"}},
    {"name": {"$endswith": "c"}},
    {"name": {"$endswith": ""}},
    {"name": {"$endswith": "a longer text than any"}},
    {"name": {"$regex": "^a.n$"}},
    {"name": {"$regex": "[0-9]+%"}},
    {"name": {"$null": True}},
    {"name": {"$exists": True}},
    {"age": {"$gte": 17}},
    {"age": {"$gte": -3, "$lt": 31}},
    {"age": {"$between": [0, 31]}},
    {"age": {"$between": [31, 0]}},
    {"age": 2**62},
    {"age": {"$in": [31, 0, 2**62]}},
    {"score": {"$lt": 0}},
    {"score": {"$in": [1.5, -0.5]}},
    {"price": {"$gt": "9.99"}},
    {"price": {"$lt": 10}},
    {"price": Decimal("10.00")},
    {"price": {"$in": ["-1", "9.990"]}},
    {"active": True},
    {"active": {"$ne": True}},
    {"active": {"$in": [False]}},
    {"day": {"$lte": "2026-01-01"}},
    {"day": {"$in": [dt.date(1, 1, 1)]}},
    {"at": {"$gt": NOON}},
    {"at": NOON},
    {"at": {"$in": [NOON]}},
    {"level": "high"},
    {"level": {"$ne": Level.HIGH}},
    {"level": {"$in": [Level.LOW, "high"]}},
    {"level": {"$gt": "high"}},
    {"raw": b""},
    {"raw": {"$gt": b"\x00"}},
    {"raw": {"$in": [b"\x00\xff"]}},
    {"raw": {"$nin": [b""]}},
    {"tags": {"$contains": "a"}},
    {"tags": ["a", "b"]},
    {"tags": {"$ne": []}},
    {"tags": {"$in": [[], ["A"]]}},
    {"numbers": {"$contains": 1}},
    {"numbers": {"$contains": 10}},
    {"things": {"$contains": 1}},
    {"things": {"$contains": True}},
    {"things": {"$contains": "1"}},
    {"things": {"$contains": [1]}},
    {"things": {"$contains": {"a": 1}}},
    {"tags.0": "a"},
    {"tags.1": {"$null": True}},
    {"numbers.0": {"$gt": 1}},
    {"doc.x": 1},
    {"doc.x": 1.0},
    {"doc.x": True},
    {"doc.x": "1"},
    {"doc.x": None},
    {"doc.x": {"$null": False}},
    {"doc.x": {"$ne": 1}},
    {"doc.x": {"$in": [1, "B"]}},
    {"doc.x": {"$in": [True]}},
    {"doc.x": {"$nin": [1, True]}},
    {"doc.x": {"$gt": 0}},
    {"doc.x": {"$gt": "A"}},
    {"doc.x": {"$between": [0, 2]}},
    {"doc.x": {"$between": ["A", "Z"]}},
    {"doc.x": {"$startswith": "1"}},
    {"doc.x": {"$like": "_"}},
    {"doc.x": {"$ilike": "b"}},
    {"doc.x": {"$regex": "[0-9]"}},
    {"doc.y.z": "deep"},
    {"doc.y.0": 10},
    {"doc.y.0": "named"},
    {"doc.y.1.z": 2},
    {"doc.-1": "minus"},
    {"doc.y.-1": {"$null": False}},
    {"doc.0": "zero"},
    {"doc.00": {"$null": True}},
    {'doc.quo"te': 1},
    {"doc.a\\b": 2},
    {"doc.e": {"$contains": "a"}},
    {"doc.big": 2**63 - 1},
    {"doc.small": {"$lt": -(2**62)}},
    {"doc.f": 1e22},
    {"doc.neg": 0},
    {"doc.f": {"$in": [1e22, 0.5]}},
    {"doc": {"$eq": {"x": 1}}},
    {"doc": {"$ne": {}}},
    {"doc": {"$in": [{}, {"y": {"z": "deep"}, "x": 1}]}},
    {"$or": [{"age": 31}, {"doc.x": "B"}, {"tags": {"$contains": "A"}}]},
    {"$and": [{"age": {"$gte": 0}}, {"$not": {"name": {"$startswith": "A"}}}]},
    {"$not": {"age": {"$gt": 0}}},
    {"$not": {"doc.x": {"$gt": 0}}},
    {"$not": {"tags": {"$contains": "a"}}},
    {"$not": {"$or": [{"name": {"$regex": "n"}}, {"age": {"$null": True}}]}},
]


class TestFilters(Compliance):
    models: ClassVar[Sequence[type]] = (FilterRow,)

    @pytest_asyncio.fixture(autouse=True, loop_scope="class")
    async def empty_tables(self, db: DataFlow) -> None:
        """Keep the rows: no test here changes them."""
        if not await db.FilterRow.count():
            await db.FilterRow.bulk_create([dict(row) for row in ROWS], return_ids=False)

    @pytest.mark.parametrize("filter", CASES, ids=lambda one: ascii(one)[:60])
    async def test_a_filter_means_what_it_means_in_python(self, db: DataFlow, filter: dict[str, Any]) -> None:
        records = (await db.FilterRow.list(sort=["id"]))["records"]
        tree, problems = parse_filter(filter, db.models["FilterRow"], Limits(), Where(), (), frozenset())
        assert problems == []
        wanted = [one["id"] for one in records if tree is None or matches(tree, one)]
        found = await db.FilterRow.list(filter, sort=["id"])
        assert (names(found), found["total"]) == (wanted, len(wanted))
        rest = await db.FilterRow.list({"$not": filter}, sort=["id"])
        assert sorted([*names(rest), *wanted]) == [one["id"] for one in records]

    async def test_a_long_list_is_one_condition(self, db: DataFlow) -> None:
        many = list(range(100_000, 101_000))
        assert await db.FilterRow.count({"age": {"$in": [*many, 31]}}) == 1
        assert await db.FilterRow.count({"name": {"$nin": [str(one) for one in many]}}) == len(ROWS)

    async def test_other_forms_of_a_filter_mean_the_same(self, db: DataFlow) -> None:
        wanted = names(await db.FilterRow.list({"age": {"$gte": 17}}, sort=["id"]))
        assert names(await db.FilterRow.list(Q.age >= 17, sort=["id"])) == wanted
        assert names(await db.FilterRow.list(lambda row: row.age >= 17, sort=["id"])) == wanted

    @pytest.mark.parametrize(
        ("filter", "code"),
        [
            ({"nmae": 1}, "DF-N103"),
            ({"age": {"$gtt": 1}}, "DF-N109"),
            ({"age": {"$gt": "x"}}, "DF-N104"),
            ({"name": {"$gt": {"$ne": ""}}}, "DF-N104"),
            ({"doc.x": {"$gte": False}}, "DF-N110"),
            ({"$or": []}, "DF-N110"),
        ],
    )
    async def test_a_wrong_filter_is_refused_before_the_database(
        self, db: DataFlow, filter: dict[str, Any], code: str
    ) -> None:
        error = await refused(db.FilterRow.list(filter), code)
        assert len(error.problems) == 1

    @pytest.mark.parametrize("name", ["x' OR '1'='1", "x\"]')) --", "x;DROP TABLE filter_rows", "x){", "$x", "*"])
    async def test_a_name_inside_a_document_is_only_a_name(self, db: DataFlow, name: str) -> None:
        assert await db.FilterRow.count({f"doc.{name}": 1}) == 0
        assert await db.FilterRow.count({f"doc.{name}": {"$null": True}}) == len(ROWS)
