"""Whatever a field may hold comes back equal, by every way in and every way out."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow, DataFlowError


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@attrs.frozen
class Address:
    city: str
    number: int | None = None


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INT64 | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "whole": INT64,
    "real": FLOAT,
    "flag": st.booleans(),
    "exact": st.decimals(-(10**15), 10**15, allow_nan=False, places=6) | st.integers(-(10**15), 10**15).map(Decimal),
    "moment": st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=ZONES),
    "day": st.dates(),
    "clock": st.times(),
    "span": st.timedeltas(dt.timedelta(-100_000), dt.timedelta(100_000)),
    "token": st.uuids(),
    "raw": st.binary(max_size=40),
    "size": st.sampled_from(Size),
    "choice": st.sampled_from(["one", "two"]),
    "document": st.dictionaries(TEXT, JSON, max_size=4),
    "words": st.lists(TEXT, max_size=4),
    "address": st.builds(Address, TEXT, st.none() | INT64),
}
RECORDS = st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in VALUES.items()})


@pytest.fixture(scope="module")
def db(law_url: str) -> Iterator[DataFlow]:
    db = DataFlow(law_url)

    @db.model
    class Everything:
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
        token: uuid.UUID | None = None
        raw: bytes | None = None
        size: Size | None = None
        choice: Literal["one", "two"] | None = None
        document: dict[str, Any] | None = None
        words: list[str] | None = None
        address: Address | None = None

    yield db
    db.sync.close()


def fields(record: Any) -> dict[str, Any]:
    return {name: record[name] for name in VALUES}


@given(given=RECORDS)
def test_a_record_comes_back_equal(db: DataFlow, given: dict[str, Any]) -> None:
    wanted = dict.fromkeys(VALUES) | given
    made = db.sync.Everything.create(given)
    assert fields(made) == wanted
    assert {name: type(value) for name, value in fields(made).items()} == {
        name: type(value) for name, value in wanted.items()
    }
    assert fields(db.sync.Everything.read(made["id"])) == wanted
    assert fields(db.sync.Everything.list({"id": made["id"]})["records"][0]) == wanted


@given(given=RECORDS, other=RECORDS)
def test_a_change_comes_back_equal(db: DataFlow, given: dict[str, Any], other: dict[str, Any]) -> None:
    made = db.sync.Everything.create(given)
    db.sync.Everything.update(made["id"], {"whole": 0, **other})
    wanted = dict.fromkeys(VALUES) | given | {"whole": 0} | other
    assert fields(db.sync.Everything.read(made["id"])) == wanted


@given(rows=st.lists(RECORDS, min_size=1, max_size=6))
def test_rows_come_back_equal(db: DataFlow, rows: list[dict[str, Any]]) -> None:
    full = [dict.fromkeys(VALUES) | row for row in rows]
    ids = db.sync.Everything.bulk_create(rows)["ids"]
    assert [fields(db.sync.Everything.read(one)) for one in ids] == full
    db.sync.Everything.bulk_update([{"id": one, **row} for one, row in zip(ids, reversed(full), strict=True)])
    assert [fields(db.sync.Everything.read(one)) for one in ids] == [*reversed(full)]


@given(value=st.integers(min_value=2**63) | st.integers(max_value=-(2**63) - 1))
def test_a_number_beyond_64_bits_is_refused(db: DataFlow, value: int) -> None:
    with pytest.raises(DataFlowError) as caught:
        db.sync.Everything.create(whole=value)
    assert caught.value.code in ("DF-N104", "DF-N105", "DF-N111", "DF-A105")


@given(before=TEXT, bad=st.sampled_from(["\0", "\ud800", "\udfff"]), after=TEXT)
def test_text_that_no_database_keeps_is_refused_everywhere(db: DataFlow, before: str, bad: str, after: str) -> None:
    text = before + bad + after
    for wrong in ({"text": text}, {"words": [text]}, {"document": {"a": [text]}}, {"address": Address(text)}):
        with pytest.raises(DataFlowError) as caught:
            db.sync.Everything.create(wrong)
        assert caught.value.code.startswith("DF-N")


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.just(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(given=st.dictionaries(st.sampled_from([*VALUES]), JUNK, min_size=1, max_size=4))
def test_whatever_is_given_is_kept_or_refused_with_a_code(db: DataFlow, given: dict[str, Any]) -> None:
    made, refused = None, "DF-N"
    try:
        made = db.sync.Everything.create(given)
    except DataFlowError as error:
        refused = error.code
    assert refused.startswith("DF-N")
    if made is not None:
        assert fields(db.sync.Everything.read(made["id"])) == fields(made)
