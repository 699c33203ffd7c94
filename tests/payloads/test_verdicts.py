"""Odd values have one verdict on every database: an exact round trip, or the same coded error."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataflow import DataFlow, DataFlowError, field
from dataflow_testkit.compliance.payloads import check_error

KEPT = "kept"


class Odd:
    id: str
    text: str | None = None
    name: str | None = field(default=None, unique=True)
    whole: int | None = None
    real: float | None = None
    exact: Decimal | None = None
    moment: dt.datetime | None = None
    day: dt.date | None = None
    clock: dt.time | None = None
    span: dt.timedelta | None = None
    token: UUID | None = None
    raw: bytes | None = None
    document: dict[str, Any] | None = None
    items: list[Any] | None = None


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels - 1):
        found = {"a": found}
    return found


WEST = dt.timezone(-dt.timedelta(hours=12))
VERDICTS: dict[str, dict[str, list[Any]]] = {
    KEPT: {
        "text": ["", " ", "\n", "x" * 10_000_000, "\U0001f600" * 500_000, "e\u0301", "\u212b"],
        "name": ["", " ", "  ", "a", "A", "a ", " a", "a\n", "\xe9", "e\u0301", "\xc9", "\u212b", "\xc5", "\xdf", "ss", "\ufb01", "fi",
                 "i", "I", "\u0130", "\u0131", "\u200b", "a\u200b", "\U0001f600", "\U0001f601", "y" * 700],
        "whole": [2**63 - 1, -(2**63), 0],
        "real": [1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 0.1 + 0.2, 1e23, -1e-7],
        "exact": [Decimal("9" * 35), Decimal("1e-30"), Decimal("-0.5"), Decimal("1e34")],
        "moment": [dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC), dt.datetime(1582, 10, 10, tzinfo=dt.UTC),
                   dt.datetime(2038, 1, 19, 3, 14, 8, tzinfo=dt.UTC)],
        "day": [dt.date.min, dt.date.max, dt.date(1000, 1, 1)],
        "clock": [dt.time.min, dt.time.max],
        "span": [dt.timedelta(microseconds=-1), dt.timedelta(days=106_751_991)],
        "raw": [b"", b"\0", bytes(range(256)), b"x" * 5_000_000],
        "document": [deep(30), {str(number): number for number in range(50_000)}, {"k" * 10_000: 1}, {"": 1}, {"\xe9": 1, "e\u0301": 2},
                     {"a": 1, "A": 2, "a ": 3}, {"a": 2**63 - 1}, {"a": True, "b": 1, "c": None}],
        "items": [[[]] * 10, [None, True, 1, 1.5, "x"], [1] * 50_000],
    },
    "DF-N104": {
        "text": ["\0", "a\0b", "\ud800", "\udfff\ud800", b"x", 1],
        "whole": [2**63, -(2**63) - 1, 10**5000, 3.7, math.nan, math.inf, "3.0", "\u0663", "0x10", Decimal("NaN"), True],
        "real": [math.nan, math.inf, -math.inf, "1e999", "nan", 2**53 + 1, True],
        "exact": [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e36"), Decimal("1e-31"), Decimal("1E+1000000"), 1.5, "1_000"],
        "moment": ["0000-01-01", "2026-02-30", "infinity", "now", "epoch", 0, dt.datetime(9999, 12, 31, 23, tzinfo=WEST), "2016-12-31T23:59:60Z"],
        "day": ["0000-00-00", "2026-13-01", "today", dt.datetime(2026, 1, 1)],
        "clock": ["25:00:00", "-01:00", dt.time(1, tzinfo=dt.UTC)],
        "span": [dt.timedelta.max, dt.timedelta.min, 1],
        "token": ["not", "{0}", 0],
        "raw": ["x", 1],
        "document": [deep(31), deep(5_000), {"a": math.nan}, {"a": 2**63}, {1: 2}, {"a\0": 1}, {"\ud800": 1}, {"a": b""}, {"a": Decimal(1)}, []],
        "items": [[math.inf], [{"a": "\0"}], [deep(30)], {}],
    },
}  # fmt: skip


async def verdict(db: DataFlow, key: str, name: str, value: Any) -> str:
    try:
        await db.Odd.create({"id": key, name: value})
    except DataFlowError as error:
        check_error(error)
        return error.code
    found = await db.Odd.read(key)
    assert (type(found[name]), found[name]) == (type(value), value), (name, f"{value!r:.60}")
    if name != "items":
        assert await db.Odd.count({name: {"$eq": value}}) == 1, (name, f"{value!r:.60}")
        assert await db.Odd.count({name: {"$in": [value]}, "id": key}) == 1, (name, f"{value!r:.60}")
    return KEPT


async def test_an_odd_value_has_one_verdict(database_url: str) -> None:
    async with DataFlow(database_url) as db:
        db.model(Odd)
        for expected, fields in VERDICTS.items():
            for name, values in fields.items():
                for number, value in enumerate(values):
                    given = await verdict(db, f"{expected}{name}{number}", name, value)
                    assert given == expected, (name, f"{value!r:.60}")


async def test_texts_that_look_alike_are_different_keys(database_url: str) -> None:
    keys = [*VERDICTS[KEPT]["name"], "\t", "a\t", "\uff41", "\u0663", "3", "03", "3.0", "a\u0308", "\xe4"]
    async with DataFlow(database_url) as db:
        db.model(Odd)
        await db.Odd.bulk_create([{"id": key, "name": key, "text": key} for key in keys])
        for key in keys:
            assert (await db.Odd.read(key))["text"] == key
            assert await db.Odd.count({"name": key}) == await db.Odd.count({"text": key}) == 1
            assert (await db.Odd.upsert({"id": f"{key}!", "name": key, "text": key}, conflict_on=["name"]))["id"] == key
        listed = (await db.Odd.list(sort="name", limit=1_000))["records"]
        assert [row["name"] for row in listed] == sorted(keys)
        assert await db.Odd.bulk_delete(ids=keys) == {"deleted": len(keys)}
