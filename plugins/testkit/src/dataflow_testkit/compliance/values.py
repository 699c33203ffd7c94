"""Values: each type of field gives back what it was given, and refuses what it cannot keep, on every way in."""

from __future__ import annotations

import datetime as dt
import enum
import math
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypedDict
from uuid import UUID

import attrs
import pytest

from dataflow import DataFlow
from dataflow_testkit.compliance.suite import Compliance, refused


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue, or ''nearly''"


class Grade(enum.IntEnum):
    LOW = 1
    HIGH = 2


@attrs.frozen
class Address:
    city: str
    since: dt.date | None = None
    share: Decimal = Decimal(1)


class Size(TypedDict):
    width: int
    height: float


class ValueBox:
    id: int
    text: str | None = None
    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    exact: Decimal | None = None
    moment: dt.datetime | None = None
    day: dt.date | None = None
    clock: dt.time | None = None
    span: dt.timedelta | None = None
    token: UUID | None = None
    raw: bytes | None = None
    colour: Colour | None = None
    grade: Grade | None = None
    choice: Literal["one", "two"] | None = None
    number: Literal[1, 2] | None = None
    document: dict[str, Any] | None = None
    anything: list[Any] | None = None
    words: list[str] | None = None
    moments: list[dt.datetime] | None = None
    counts: dict[str, int] | None = None
    address: Address | None = None
    size: Size | None = None


class ValueById:
    id: UUID
    text: str = ""


class ValueByText:
    id: str
    number: int = 0


UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
SPAN = dt.timedelta(microseconds=(2**63 - 1) // 1_000_000 * 1_000_000)
KEPT: Sequence[tuple[str, Any]] = [
    ("text", ""),
    ("text", " padded\t\r\n "),
    ("text", "'; DROP TABLE value_boxes; --"),
    ("text", 'quote " back \\ percent % under _ colon :name dollar $1 question ?'),
    ("text", "ä ß \u0130 \U0001f600 \u202e e\u0301"),
    ("text", "\x01\x1f\x7f\ufeff\uffff"),
    ("text", "long " * 20_000),
    ("text", "null"),
    ("whole", 0),
    ("whole", 2**63 - 1),
    ("whole", -(2**63)),
    ("real", 0.1),
    ("real", 1e22),
    ("real", sys.float_info.max),
    ("real", sys.float_info.min),
    ("real", 5e-324),
    ("real", -1.5),
    ("real", 3.0),
    ("flag", True),
    ("flag", False),
    ("exact", Decimal("0.1")),
    ("exact", Decimal(9 * 10**34)),
    ("exact", Decimal("-0." + "0" * 29 + "1")),
    ("exact", Decimal("99999999999999999999999999999999999." + "9" * 30)),
    ("exact", Decimal(100)),
    ("moment", dt.datetime(2026, 1, 31, 12, 30, 15, 123_456, UTC)),
    ("moment", dt.datetime.min.replace(tzinfo=UTC)),
    ("moment", dt.datetime.max.replace(tzinfo=UTC)),
    ("moment", dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)),
    ("day", dt.date(2024, 2, 29)),
    ("day", dt.date.min),
    ("day", dt.date.max),
    ("clock", dt.time(0, 0)),
    ("clock", dt.time.max),
    ("span", dt.timedelta(0)),
    ("span", dt.timedelta(days=-1, microseconds=1)),
    ("span", SPAN),
    ("span", -SPAN),
    ("span", dt.timedelta(days=400, hours=25, microseconds=7)),
    ("token", UUID(int=0)),
    ("token", UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")),
    ("raw", b""),
    ("raw", bytes(range(256))),
    ("colour", Colour.BLUE),
    ("grade", Grade.HIGH),
    ("choice", "two"),
    ("number", 2),
    ("document", {}),
    ("document", {"big": 2**63 - 1, "small": -(2**63), "float": 1e22, "tiny": 5e-324, "max": sys.float_info.max}),
    ("document", {"one": 1, "same": 1.0, "true": True, "null": None, "text": "1e+22", "": "empty"}),
    ("document", {"a": {"b": [1, [2.5, {"c": "\\u0000 \" ' ä \U0001f600 \x01"}]]}}),
    ("document", {"-1": 1, "0": "zero", "a.b": 2, "$gt": 3, '"': 4, "b": 5, "a": 6}),
    ("anything", [1, "a", None, [], {}]),
    ("words", ["a", "", "e+10"]),
    ("moments", [dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)]),
    ("counts", {"x": 1, "y": -(2**63)}),
    ("address", Address("Oslo", dt.date(2020, 1, 1), Decimal("0.10"))),
    ("size", {"width": 3, "height": 2.0}),
    *[(name, None) for name in ("text", "whole", "exact", "moment", "span", "raw", "colour", "document", "address")],
]
TURNED: Sequence[tuple[str, Any, Any]] = [
    ("whole", "42", 42),
    ("whole", 3.0, 3),
    ("real", 3, 3.0),
    ("exact", "1.50", Decimal("1.5")),
    ("exact", 7, Decimal(7)),
    ("moment", dt.datetime(2026, 1, 1, 12), dt.datetime(2026, 1, 1, 12, tzinfo=UTC)),
    ("moment", dt.datetime(2026, 1, 1, 12, tzinfo=EAST), dt.datetime(2026, 1, 1, 6, 30, tzinfo=UTC)),
    ("moment", "2026-01-31T12:00:00Z", dt.datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("day", "2026-01-31", dt.date(2026, 1, 31)),
    ("token", "7c9e6679-7425-40de-944b-e07fc1f90ae7", UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    ("colour", "red", Colour.RED),
    ("raw", bytearray(b"ab"), b"ab"),
]
REFUSED: Sequence[tuple[str, Any, str]] = [
    ("text", "a\0b", "DF-N104"),
    ("text", "\ud800", "DF-N104"),
    ("text", 3, "DF-N104"),
    ("whole", 3.7, "DF-N104"),
    ("whole", True, "DF-N104"),
    ("whole", 2**63, "DF-N104"),
    ("real", float("nan"), "DF-N104"),
    ("real", float("inf"), "DF-N104"),
    ("flag", 1, "DF-N104"),
    ("exact", Decimal("NaN"), "DF-N104"),
    ("exact", Decimal("1e36"), "DF-N104"),
    ("exact", 0.1, "DF-N104"),
    ("day", dt.datetime(2026, 1, 1), "DF-N104"),  # naive on purpose
    ("clock", dt.time(1, tzinfo=UTC), "DF-N104"),
    ("span", dt.timedelta.max, "DF-N104"),
    ("colour", "green", "DF-N105"),
    ("choice", "three", "DF-N105"),
    ("document", {"a": float("nan")}, "DF-N104"),
    ("document", {"a": 2**63}, "DF-N104"),
    ("words", ["a", "\0"], "DF-N104"),
]


def labelled(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The rows with short names, by their place: a value may be long, or unprintable."""
    return [pytest.param(*row, id=f"{row[0]}-{place}") for place, row in enumerate(rows)]


def same(left: Any, right: Any) -> bool:
    """Equality that tells 1 from 1.0 and from True, to the last value inside."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dt.datetime) and left.utcoffset() != right.utcoffset():
        return False
    return bool(left == right)


class TestValues(Compliance):
    models: ClassVar[Sequence[type]] = (ValueBox, ValueById, ValueByText)

    @pytest.mark.parametrize(("name", "value"), labelled(KEPT))
    async def test_a_value_comes_back_as_it_was(self, db: DataFlow, name: str, value: Any) -> None:
        made = await db.ValueBox.create({name: value})
        assert same(made[name], value)
        assert same((await db.ValueBox.read(made["id"]))[name], value)
        (listed,) = (await db.ValueBox.list({"id": made["id"]}))["records"]
        assert same(listed[name], value)

    @pytest.mark.parametrize(("name", "value"), labelled(KEPT))
    async def test_a_value_that_is_written_otherwise_comes_back(self, db: DataFlow, name: str, value: Any) -> None:
        first, second = (await db.ValueBox.bulk_create([{name: value}, {name: value}]))["ids"]
        assert same((await db.ValueBox.read(first))[name], value)
        third = (await db.ValueBox.create())["id"]
        updated = await db.ValueBox.update(third, {name: value})
        assert same(updated[name], value)
        upserted = await db.ValueBox.upsert({"id": second, name: value})
        assert (same(upserted[name], value), upserted["created"]) == (True, False)
        fourth = (await db.ValueBox.create())["id"]
        assert await db.ValueBox.bulk_update([{"id": fourth, name: value}]) == {"updated": 1}
        assert same((await db.ValueBox.read(fourth))[name], value)

    @pytest.mark.parametrize(("name", "value"), labelled([one for one in KEPT if one[1] is not None]))
    async def test_a_value_is_found_by_itself(self, db: DataFlow, name: str, value: Any) -> None:
        made = await db.ValueBox.create({name: value})
        await db.ValueBox.create()
        assert await db.ValueBox.count({name: {"$eq": value}}) == 1
        assert (await db.ValueBox.read(filter={name: {"$in": [value]}}))["id"] == made["id"]

    @pytest.mark.parametrize(("name", "given", "wanted"), labelled(TURNED))
    async def test_a_value_is_turned_into_its_type(self, db: DataFlow, name: str, given: Any, wanted: Any) -> None:
        made = await db.ValueBox.create({name: given})
        assert same((await db.ValueBox.read(made["id"]))[name], wanted)

    @pytest.mark.parametrize(("name", "value", "code"), labelled(REFUSED))
    async def test_a_value_that_cannot_be_kept_is_refused(self, db: DataFlow, name: str, value: Any, code: str) -> None:
        made = await db.ValueBox.create()
        await refused(db.ValueBox.create({name: value}), code)
        await refused(db.ValueBox.bulk_create([{name: value}]), code)
        await refused(db.ValueBox.update(made["id"], {name: value}), code)
        assert await db.ValueBox.count() == 1

    async def test_a_zero_has_the_sign_that_the_adapter_declares(self, db: DataFlow) -> None:
        made = await db.ValueBox.create(real=-0.0)
        (found,) = (await db.ValueBox.list({"real": 0.0}))["records"]
        assert found["id"] == made["id"]
        assert math.copysign(1, found["real"]) == (-1 if db.adapter.capabilities.signed_zero else 1)

    async def test_a_record_of_every_type_comes_back_whole(self, db: DataFlow) -> None:
        given = {name: value for name, value in reversed(KEPT) if value is not None}
        made = await db.ValueBox.create(given)
        found = await db.ValueBox.read(made["id"])
        assert {name: value for name, value in found.items() if name in given} == given
        assert same(found, made)

    async def test_managed_times_are_utc_and_lasting(self, db: DataFlow) -> None:
        before = dt.datetime.now(UTC)
        made = await db.ValueById.create(id=UUID(int=7))
        found = await db.ValueById.read(made["id"])
        assert before <= found["created_at"] == found["updated_at"] <= dt.datetime.now(UTC)
        assert found["created_at"].utcoffset() == dt.timedelta(0)
        assert same(found, made)
        changed = await db.ValueById.update(UUID(int=7), {"text": "x"})
        assert changed["created_at"] == made["created_at"] <= changed["updated_at"]

    async def test_a_uuid_is_a_key(self, db: DataFlow) -> None:
        key = UUID(int=2**127 + 1)
        await db.ValueById.create(id=str(key), text="x")
        found = await db.ValueById.read(key)
        assert type(found["id"]) is UUID
        assert (found["id"], await db.ValueById.count({"id": {"$in": [str(key)]}})) == (key, 1)

    @pytest.mark.parametrize("key", ["", " ", "a", "A", "ä", "a/b?c=d#e", "x" * 180, "' OR 1=1 --"])
    async def test_any_text_is_a_key_and_keys_differ_by_case(self, db: DataFlow, key: str) -> None:
        await db.ValueByText.create(id=key, number=1)
        await db.ValueByText.create(id=key + "A", number=2)
        await db.ValueByText.create(id=key + "a", number=3)
        assert (await db.ValueByText.read(key))["number"] == 1
        assert (await db.ValueByText.read(key + "a"))["number"] == 3
        assert (await db.ValueByText.upsert({"id": key + "A", "number": 9}))["created"] is False
        assert await db.ValueByText.delete(key) == {"deleted": 1}
        assert await db.ValueByText.count() == 2

    async def test_keys_differ_by_spaces_at_their_end(self, db: DataFlow) -> None:
        await db.ValueByText.bulk_create([{"id": "a"}, {"id": "a "}, {"id": "a  "}])
        assert await db.ValueByText.count({"id": "a"}) == 1
        assert await db.ValueByText.delete("a ") == {"deleted": 1}
        assert await db.ValueByText.count() == 2
