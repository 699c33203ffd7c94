"""What goes in comes out, and a change gives what it changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataflow import DataFlow, DataFlowError, field

pytestmark = pytest.mark.databases("mysql")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class Thing:
        id: int
        text: str | None = None
        number: int | None = None
        real: float | None = None
        exact: Decimal | None = None
        moment: datetime | None = None
        day: date | None = None
        clock: time | None = None
        span: timedelta | None = None
        token: UUID | None = None
        raw: bytes | None = None
        document: dict[str, Any] | None = None

    @db.model
    class User:
        id: str
        email: str = field(unique=True)
        name: str | None = None
        visits: int = 0

    yield db
    await db.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 'it\'s a \\ "test" 100% \n\r\t\x1a äß😀 '),
        ("text", "'; DROP TABLE things; --"),
        ("text", "x" * 1_000_000),
        ("number", -(2**63)),
        ("number", 2**63 - 1),
        ("real", 5e-324),
        ("real", 1.7976931348623157e308),
        ("real", 0.1),
        ("exact", Decimal("12345678901234567890123456789012345.123456789012345678901234567891")),
        ("exact", Decimal("-100")),
        ("moment", datetime(1, 1, 1, tzinfo=UTC)),
        ("moment", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("day", date(1, 1, 1)),
        ("clock", time(23, 59, 59, 999999)),
        ("span", timedelta(days=-100_000, microseconds=1)),
        ("token", UUID("00000000-0000-0000-0000-00000000000f")),
        ("raw", bytes(range(256))),
        ("raw", b"%s '\\' \0"),
        ("document", {"a": 1.0, "b": 1, "c": 1e22, "d": 2.0**62, "e": [None, True, {"ö\n": "\\"}]}),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_value_comes_back_as_it_was(db: DataFlow, name: str, value: object) -> None:
    made = await db.Thing.create({name: value})
    (found,) = (await db.Thing.list({"id": made["id"]}))["records"]
    assert (found[name], type(found[name])) == (value, type(value))
    ids = (await db.Thing.bulk_create([{name: value}, {name: None}]))["ids"]
    assert (await db.Thing.read(ids[0]))[name] == value
    await db.Thing.bulk_update([{"id": ids[1], name: value}])
    again = (await db.Thing.read(ids[1]))[name]
    assert (again, type(again)) == (value, type(value))
    assert repr(again) == repr(value)


async def test_spaces_at_the_end_and_case_tell_keys_apart(db: DataFlow) -> None:
    for key in ("a", "a ", "A", "á"):
        await db.User.create(id=key, email=key)
    assert (await db.User.read("a "))["email"] == "a "
    assert await db.User.count({"email": "a"}) == 1
    assert [one["id"] for one in (await db.User.list(sort=["id"]))["records"]] == ["A", "a", "a ", "á"]


async def test_a_given_id_moves_the_counter(db: DataFlow) -> None:
    assert (await db.Thing.create(id=10))["id"] == 10
    assert (await db.Thing.create())["id"] == 11
    assert (await db.Thing.create(id=0))["id"] == 0
    assert (await db.Thing.bulk_create([{"id": 20}, {}, {"id": 15}, {}]))["ids"] == [20, 21, 15, 22]


async def test_an_update_of_one_gives_the_whole_record(db: DataFlow) -> None:
    made = await db.User.create(id="a", email="e")
    changed = await db.User.update("a", {"visits": {"$inc": 2}})
    assert {**changed["records"][0], "updated_at": None} == {**made, "visits": 2, "updated_at": None}
    # nothing changes but the row is there
    assert (await db.User.update("a", {"visits": 2}))["updated"] == 1


async def test_an_update_of_many_gives_those_it_changed(db: DataFlow) -> None:
    await db.User.bulk_create([{"id": one, "email": one, "visits": 1} for one in "abc"])
    await db.User.update("c", {"visits": 5})
    changed = await db.User.update(filter={"visits": 1}, data={"visits": 2}, return_records=True)
    assert changed["updated"] == 2
    assert sorted((one["id"], one["visits"]) for one in changed["records"]) == [("a", 2), ("b", 2)]
    none = await db.User.update(filter={"visits": 1}, data={"visits": 2}, return_records=True)
    assert none == {"updated": 0, "records": []}


async def test_concurrent_increments_are_all_kept_and_each_sees_its_own(db: DataFlow) -> None:
    await db.User.create(id="a", email="e")
    results = await asyncio.gather(*(db.User.update("a", {"visits": {"$inc": 1}}) for _ in range(40)))
    assert sorted(one["records"][0]["visits"] for one in results) == list(range(1, 41))


async def test_a_text_longer_than_its_index_is_refused(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:
        await db.User.create(id="a", email="x" * 800)
    problem = caught.value.problems[0]
    assert (problem.code, problem.message) == (
        "DF-A105",
        "column 'email' of table 'users' cannot hold the value: it is longer than the column",
    )
    assert problem.cause == "in MySQL and MariaDB a field that stands in an index has at most 768 characters"
    assert problem.solutions[0].code == "email: str = field(max_length=768)"


async def test_a_statement_longer_than_a_packet_is_refused_before_it_leaves(
    db: DataFlow, variables: dict[str, str]
) -> None:
    with pytest.raises(DataFlowError) as caught:
        await db.Thing.create(text="x" * int(variables["max_allowed_packet"]))
    assert caught.value.code == "DF-A105"
    assert await db.Thing.count() == 0


async def test_a_sum_beyond_the_column_is_refused_without_its_value(db: DataFlow) -> None:
    made = await db.Thing.create(number=2**63 - 1)
    with pytest.raises(DataFlowError) as caught:
        await db.Thing.update(made["id"], {"number": {"$inc": 12345}})
    assert caught.value.code == "DF-A105"
    assert "12345" not in caught.value.problems[0].message


async def test_a_name_in_a_document_may_begin_with_a_dash(db: DataFlow) -> None:
    document = {"-1": {"-x": 5}, "text": '"-1":', "-": ["-1"]}
    made = await db.Thing.create(document=document)
    assert (await db.Thing.read(made["id"]))["document"] == document
    for filter in ({"document.-1.-x": 5}, {"document.-.0": "-1"}, {"document.text": '"-1":'}):
        assert await db.Thing.count(filter) == 1


async def test_a_backslash_in_a_pattern_is_one(db: DataFlow) -> None:
    await db.Thing.bulk_create([{"text": one} for one in ("100%", "100\\%", "1|0", "1||0")])
    assert await db.Thing.count({"text": {"$like": "100\\%"}}) == 1
    assert await db.Thing.count({"text": {"$like": "1|0"}}) == 1
    assert await db.Thing.count({"text": {"$startswith": "1|"}}) == 2


async def test_the_larger_of_two_numbers_that_are_one_float_is_larger(db: DataFlow) -> None:
    await db.Thing.bulk_create([{"document": {"n": one}} for one in (2**53, 2**53 + 1, 2.0**53, 2**63 - 1, 2.0**63)])
    assert await db.Thing.count({"document.n": {"$gt": 2**53}}) == 3
    assert await db.Thing.count({"document.n": {"$gte": 2**63 - 1}}) == 2
    assert await db.Thing.count({"document.n": 2**53}) == 2
