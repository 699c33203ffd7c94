"""Pages by cursor show every row that was there all the time exactly once, whatever comes and goes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow

ROW = st.fixed_dictionaries({"a": st.none() | st.integers(0, 3), "b": st.none() | st.sampled_from(["x", "y", "z"])})
SORTS = st.lists(st.sampled_from(["a", "-a", "b", "-b"]), max_size=2, unique_by=lambda one: one.removeprefix("-"))


@pytest.fixture(scope="module")
def db(law_url: str) -> Iterator[DataFlow]:
    db = DataFlow(law_url)

    @db.model
    class Row:
        id: int
        a: int | None = None
        b: str | None = None

    yield db
    db.sync.close()


@given(
    rows=st.lists(ROW, min_size=1, max_size=15),
    sort=SORTS,
    limit=st.integers(1, 5),
    changes=st.lists(st.tuples(ROW, st.integers(0, 30)), max_size=6),
    filter=st.sampled_from([{}, {"a": {"$gte": 1}}, {"b": {"$ne": "x"}}]),
)
def test_every_lasting_row_is_seen_once(
    db: DataFlow, rows: list[Any], sort: list[str], limit: int, changes: list[Any], filter: dict[str, Any]
) -> None:
    db.sync.Row.bulk_delete(filter={}, all=True)
    lasting = set(db.sync.Row.bulk_create(rows)["ids"])
    wanted = {one["id"] for one in db.sync.Row.list(filter)["records"]}
    seen: list[int] = []
    cursor = None
    while True:
        page = db.sync.Row.list(filter, sort=sort, limit=limit, cursor=cursor)
        seen += [one["id"] for one in page["records"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if changes:
            row, gone = changes.pop()
            db.sync.Row.create(row)
            # a row that was shown, or is still to come
            victim = sorted(lasting)[gone % len(lasting)] if lasting else 0
            db.sync.Row.delete(victim)
            lasting.discard(victim)
    assert len(seen) == len(set(seen))
    assert wanted & lasting <= set(seen)
