"""A filter means the same in SQL and in Python, for any records and any tree."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow, DataFlowError
from dataflow.diagnostics import Where
from dataflow.expressions.evaluate import matches, ordered
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.expressions.sort import parse_sort


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


WORDS = st.sampled_from(["", "a", "A", "ab", "aB", "a%b", "a_b", "b", "ä", "Ä", "%", "_", "\\", "a\nb", "'"])
# few values, so that filters hit
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "n": st.integers(-2, 3) | st.just(2**62),
    "f": st.sampled_from([-1.5, 0.0, 0.5, 1.0, 2.0, 1e300]),
    "s": WORDS,
    "d": st.sampled_from([Decimal(one) for one in ("-1", "0", "0.5", "2", "10", "9.99")]),
    "b": st.booleans(),
    "day": st.sampled_from([dt.date(2020, 1, 1), dt.date(2020, 1, 2), dt.date(1, 1, 1)]),
    "size": st.sampled_from(Size),
    "raw": st.sampled_from([b"", b"\0", b"\0\xff", b"a"]),
}
LEAF = st.none() | st.booleans() | st.integers(0, 2) | WORDS
TAGS = st.lists(WORDS, max_size=3)
DOCS = st.dictionaries(st.sampled_from(["x", "y"]), LEAF | st.fixed_dictionaries({"z": LEAF}), max_size=2)
ROW = st.fixed_dictionaries(
    {**{name: st.none() | values for name, values in VALUES.items()}, "tags": TAGS, "doc": DOCS}
)
ORDERED = ("n", "f", "s", "d", "day", "size", "raw")


def compared(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    one: list[st.SearchStrategy[dict[str, Any]]] = [
        st.builds(
            lambda operator, value: {name: {operator: value}}, st.sampled_from(["$eq", "$ne"]), st.none() | values
        ),
        st.builds(
            lambda operator, many: {name: {operator: many}},
            st.sampled_from(["$in", "$nin"]),
            st.lists(values, max_size=3),
        ),
        st.builds(
            lambda operator, flag: {name: {operator: flag}}, st.sampled_from(["$null", "$exists"]), st.booleans()
        ),
        values.map(lambda value: {name: value}),
    ]
    if name in ORDERED:
        orders = st.sampled_from(["$gt", "$gte", "$lt", "$lte"])
        one.append(st.builds(lambda operator, value: {name: {operator: value}}, orders, values))
        one.append(st.builds(lambda low, high: {name: {"$between": [low, high]}}, values, values))
        one.append(st.builds(lambda low, high: {name: {"$gte": low, "$lt": high}}, values, values))
    if name == "s":
        texts = st.sampled_from(["$contains", "$startswith", "$endswith", "$like", "$ilike"])
        one.append(st.builds(lambda operator, value: {name: {operator: value}}, texts, WORDS))
        one.append(
            st.sampled_from(["^a", "b$", "A|B", "[ab]_?", r"\\"]).map(lambda pattern: {name: {"$regex": pattern}})
        )
    return st.one_of(one)


INSIDE = st.builds(
    lambda path, operator, value: {path: {operator: value}},
    st.sampled_from(["doc.x", "doc.y", "doc.x.z"]),
    st.sampled_from(["$eq", "$ne", "$gt", "$lte"]),
    st.integers(0, 2) | WORDS,
)
CONTAINED = WORDS.map(lambda word: {"tags": {"$contains": word}})
LEAVES = st.one_of([compared(name, values) for name, values in VALUES.items()] + [INSIDE, CONTAINED])
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"$and": items})
        | st.lists(inner, min_size=1, max_size=3).map(lambda items: {"$or": items})
        | inner.map(lambda item: {"$not": item})
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def db(law_url: str) -> Iterator[DataFlow]:
    db = DataFlow(law_url)

    @db.model
    class Row:
        id: int
        n: int | None = None
        f: float | None = None
        s: str | None = None
        d: Decimal | None = None
        b: bool | None = None
        day: dt.date | None = None
        size: Size | None = None
        raw: bytes | None = None
        tags: list[str]
        doc: dict[str, Any]

    yield db
    db.sync.close()


def filled(db: DataFlow, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    db.sync.Row.bulk_delete(filter={}, all=True)
    db.sync.Row.bulk_create(rows)
    records: list[dict[str, Any]] = db.sync.Row.list(sort=["id"])["records"]
    return records


def wanted(db: DataFlow, filter: dict[str, Any], records: list[dict[str, Any]]) -> list[int]:
    tree, problems = parse_filter(filter, db.models["Row"], Limits(), Where(), (), frozenset())
    assert problems == []
    return [record["id"] for record in records if tree is None or matches(tree, record)]


@given(rows=st.lists(ROW, min_size=1, max_size=8), filters=st.lists(FILTERS, min_size=1, max_size=6))
def test_sql_and_python_agree(db: DataFlow, rows: list[dict[str, Any]], filters: list[dict[str, Any]]) -> None:
    records = filled(db, rows)
    for filter in filters:
        found = db.sync.Row.list(filter, sort=["id"])
        ids = [record["id"] for record in found["records"]]
        assert ids == wanted(db, filter, records), filter
        assert found["total"] == db.sync.Row.count(filter) == len(ids)
        rest = [record["id"] for record in db.sync.Row.list({"$not": filter}, sort=["id"])["records"]]
        assert sorted(ids + rest) == [record["id"] for record in records], filter


@given(
    rows=st.lists(ROW, max_size=8),
    names=st.lists(st.sampled_from([*ORDERED, "b"]), min_size=1, max_size=3, unique=True),
    signs=st.lists(st.sampled_from(["", "-"]), min_size=3, max_size=3),
)
def test_an_order_is_the_same_in_sql_and_python(
    db: DataFlow, rows: list[dict[str, Any]], names: list[str], signs: list[str]
) -> None:
    records = filled(db, rows) if rows else []
    sort = [sign + name for name, sign in zip(names, signs, strict=False)]
    keys, problems = parse_sort(sort, db.models["Row"], Where(), ())
    assert problems == []
    if rows:
        found = db.sync.Row.list(sort=sort)["records"]
        assert [one["id"] for one in found] == [one["id"] for one in ordered(records, keys)]


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(object),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["n", "s", "doc.x", "tags", "$and", "$or", "$not", "$eq", "$in", "$gt", "nope", "$nope"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(filter=JUNK)
def test_any_filter_is_answered_or_refused_with_a_code(db: DataFlow, filter: Any) -> None:
    filled(db, [{"tags": [], "doc": {}}])
    refused = "DF-N"
    try:
        db.sync.Row.list(filter)
    except DataFlowError as error:
        refused = error.code
    assert refused.startswith("DF-N")
