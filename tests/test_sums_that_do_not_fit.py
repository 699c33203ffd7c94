"""``$inc`` past the largest number: the failure names the field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from dataflow import AdapterError, DataFlow

LARGEST = 2**63 - 1
ONE_MORE = {"$inc": 1}
CHANGES: dict[str, Callable[[Any], Awaitable[object]]] = {
    "update": lambda counters: counters.update("a", {"hits": ONE_MORE}),
    "update of all": lambda counters: counters.update(filter={"id": "a"}, data={"hits": ONE_MORE, "name": "x"}),
    "upsert": lambda counters: counters.upsert({"id": "a"}, update={"hits": ONE_MORE}),
    "bulk update": lambda counters: counters.bulk_update([{"id": "a", "hits": ONE_MORE}]),
}


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Counter:
            __dataflow__ = {"versioned": True}  # noqa: RUF012 - as users write it

            id: str
            name: str = ""
            hits: int = 0

        await db.Counter.create(id="a", hits=LARGEST)
        yield db


@pytest.mark.parametrize("change", CHANGES)
async def test_the_field_is_named(db: DataFlow, change: str) -> None:
    with pytest.raises(AdapterError) as caught:
        await CHANGES[change](db.Counter)
    assert (caught.value.code, caught.value.context["field"]) == ("DF-A105", "hits")
    assert caught.value.problems[0].message == (
        "column 'hits' of table 'counters' cannot hold the value: the number is out of the column's range"
    )
    assert (await db.Counter.read("a"))["hits"] == LARGEST
