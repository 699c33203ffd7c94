"""Whatever a model asks of its fields, the records that are made have it."""

from __future__ import annotations

import asyncio
import re
import string
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow import DataFlow, DataFlowError, field
from dataflow.models.model import Field
from dataflow.values.records import RecordCheck
from dataflow_generate_data import records
from dataflow_generate_data.domains import Permutation

RECORDS = 30


class Colour(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


@attrs.frozen
class Place:
    name: str
    latitude: float | None
    seen: list[datetime]


def limited(low: str, high: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Two limits in order, each of which may be absent."""
    pairs = st.lists(values, min_size=2, max_size=2).map(lambda pair: dict(zip((low, high), sorted(pair), strict=True)))
    kept = st.sampled_from([(), (low,), (high,), (low, high)])
    return st.tuples(pairs, kept).map(lambda both: {name: both[0][name] for name in both[1]})


def bounded(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return limited("ge", "le", values)


def lengths() -> st.SearchStrategy[dict[str, Any]]:
    return limited("min_length", "max_length", st.integers(0, 40))


PATTERNS = st.sampled_from(
    [r"^[A-Z]{2,3}-\d{4}$", r"\d", r"^(red|green|blue) \w+$", r"^[^aeiou]{3,}$", r"^(\d)\1$", r"[^\w\s]", r"^.{5}(?!x)", r"(?i)^ab+c?$",
     r"^(?=.*\d)[a-z\d]{6,8}$", r"^$|^x+$", r"^\S+@\S+\.\w{2,}$"]
)  # fmt: skip
TYPES: dict[Any, st.SearchStrategy[dict[str, Any]]] = {
    int: bounded(st.integers(-(2**63), 2**63 - 1)) | bounded(st.integers(-10, 10)),
    float: bounded(st.floats(allow_nan=False, allow_infinity=False)) | bounded(st.floats(-1, 1)),
    Decimal: bounded(st.decimals(-(10**20), 10**20, places=8)) | bounded(st.decimals(0, 1, places=3)),
    date: bounded(st.dates()),
    datetime: bounded(st.datetimes(timezones=st.just(UTC))),
    time: bounded(st.times()),
    timedelta: bounded(st.timedeltas(timedelta(days=-3000), timedelta(days=3000))),
    str: lengths() | PATTERNS.map(lambda pattern: {"pattern": pattern}),
    bytes: lengths(),
    bool: st.just({}),
    UUID: st.just({}),
    Colour: st.just({}),
    Literal["on", "off"]: st.just({}),
    Place: st.just({}),
    dict: st.just({}),
    list[int | None]: st.just({}),
    dict[str, Decimal]: st.just({}),
    Any: st.just({}),
}
NAMES = (
    "email",
    "first_name",
    "age",
    "price",
    "city",
    "url",
    "phone_number",
    "body",
    "slug",
    "born",
    "thing",
    "country_code",
    "password",
)
JSON = (Place, dict, list[int | None], dict[str, Decimal], Any)


@st.composite
def fields(draw: st.DrawFn) -> tuple[Any, Any]:
    """An annotation, and what stands behind its ``=``."""
    kind = draw(st.sampled_from(list(TYPES)))
    options = {name: value for name, value in draw(TYPES[kind]).items() if value is not None}
    if kind not in JSON and draw(st.booleans()):
        options["unique"] = True
    return (kind | None if draw(st.booleans()) and kind is not Any else kind), field(**options)


@st.composite
def models(draw: st.DrawFn) -> type:
    key = draw(st.sampled_from([int, str, UUID]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    made = {name: draw(fields()) for name in names}
    body = {"__annotations__": {"id": key, **{name: one for name, (one, _) in made.items()}}}
    return type("Thing", (), body | {name: one for name, (_, one) in made.items()})


async def made(db: DataFlow, counts: dict[str, int], **options: Any) -> list[dict[str, Any]]:
    return [row async for _, row in records(db, counts, **options)]


def is_small(one: Field) -> bool:
    """Whether a unique field may have fewer values than records are made."""
    bounds = one.bounds
    is_closed = bounds.ge is not None and bounds.le is not None
    is_short = bounds.max_length is not None and bounds.max_length < 2
    # at the ends of what their types hold there is nothing beyond
    is_edge = bounds.le in (date.min, time.min) or bounds.ge in (date.max, time.max, 2**63 - 1)
    return (
        one.type.kind in ("bool", "enum", "literal") or is_closed or is_short or is_edge or bounds.pattern is not None
    )


async def rows_of(db: DataFlow, **options: Any) -> list[dict[str, Any]] | None:
    """Records, None when it is right that some field has too few values for them."""
    try:
        return await made(db, {"Thing": RECORDS}, **options)
    except DataFlowError as error:
        refused = [(one.code, one.where.field or "") for one in error.problems]
    model = db.models["Thing"]
    assert [one for one in refused if one[0] != "GEN-103" or not is_small(model.fields[one[1]])] == []
    return None


@given(models(), st.integers(0, 2**32), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from(["en", "de", "ja"]))
@settings(max_examples=150)
def test_records_pass_the_check_of_their_model(cls: type, seed: int, null_share: float, locale: str) -> None:
    db = DataFlow.testing()
    db.model(cls)
    rows = asyncio.run(rows_of(db, seed=seed, null_share=null_share, locale=locale))
    if rows is None:
        return
    model = db.models["Thing"]
    check = RecordCheck(model)
    for row in rows:
        checked = check.complete(row)
        assert {name: checked[name] for name in row} == row
    for name, one in model.fields.items():
        if one.unique or one.is_key:
            values = [row[name] for row in rows if row[name] is not None]
            assert len(set(values)) == len(values)
        if one.nullable and null_share == 1.0 and one.type.kind != "any":
            assert {row[name] for row in rows} == {None}


@given(models(), st.integers(0, 2**32))
@settings(max_examples=30)
def test_same_seed_gives_the_same_records(cls: type, seed: int) -> None:
    def once() -> object:
        db = DataFlow.testing()
        db.model(cls)
        return asyncio.run(rows_of(db, seed=seed))

    assert once() == once()


@given(st.integers(1, 5000), st.randoms())
def test_permutation_gives_every_number_once(size: int, random: Any) -> None:
    order = Permutation.of(size, random)
    assert {order[number] for number in range(size)} == set(range(size))


@given(st.from_regex(re.compile(r"[a-c]{1,3}|[0-9]{2}|[a-c]?[d-f]+"), fullmatch=True), st.integers(0, 100))
def test_text_of_letters_is_its_own_pattern(text: str, seed: int) -> None:
    db = DataFlow.testing()
    db.model(type("Thing", (), {"__annotations__": {"id": int, "code": str}, "code": field(pattern=f"^{text}$")}))
    (row,) = asyncio.run(made(db, {"Thing": 1}, seed=seed))
    assert row["code"] == text
    assert set(text) <= set(string.printable)
