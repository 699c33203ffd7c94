"""``on_error="collect"``: the good rows are written, the bad ones are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, field


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Owner:
            id: str

        @db.model
        class Pet:
            id: int
            name: str = field(max_length=5)
            code: str = field(unique=True)
            owner_id: str | None = field(default=None, references="Owner.id")

        await db.Owner.create(id="ann")
        yield db


def pet(number: int, **values: Any) -> dict[str, Any]:
    return {"id": number, "name": f"p{number}", "code": f"c{number}", **values}


BAD: list[Any] = [
    pet(0),
    pet(1, name="much too long"),
    pet(2, code="c0"),
    "no row",
    pet(4, owner_id="nobody"),
    pet(5, owner_id="ann"),
    {"id": 6},
    pet(0, code="c7"),
    pet(8, nope=1),
]
WRONG = [(1, "DF-N105"), (2, "DF-A101"), (3, "DF-N117"), (4, "DF-A102"), (6, "DF-N102"), (7, "DF-A101"), (8, "DF-N103")]


async def test_good_rows_are_written_and_bad_ones_told(db: DataFlow) -> None:
    told: list[tuple[int, int]] = []
    done = await db.Pet.bulk_create(
        BAD, on_error="collect", progress=lambda now, total: told.append((now, total)), return_ids=False
    )
    assert [(one["row"], one["code"]) for one in done["errors"]] == WRONG
    assert (done["created"], await db.Pet.count()) == (2, 2)
    assert [one["field"] for one in done["errors"][:2]] == ["name", "code"]
    assert "'c0' is taken" in done["errors"][1]["message"]
    assert told[-1] == (5, 5)


async def test_ids_are_those_of_the_written_rows(db: DataFlow) -> None:
    done = await db.Pet.bulk_create([pet(1), pet(1, code="x"), pet(3)], on_error="collect")
    assert (done["ids"], [one["row"] for one in done["errors"]]) == ([1, 3], [1])


async def test_many_rows_with_some_bad_ones_among_them(db: DataFlow) -> None:
    rows = [pet(number, code=f"c{number - 1}" if not number % 500 else f"c{number}") for number in range(1, 2_501)]
    done = await db.Pet.bulk_create(rows, on_error="collect")
    bad = [one["row"] + 1 for one in done["errors"]]
    assert done["created"] == len(rows) - len(bad) == await db.Pet.count()
    assert bad == [500, 1000, 1500, 2000, 2500]


async def test_a_failure_that_is_no_rows_leaves_nothing(db: DataFlow) -> None:
    with pytest.raises(DataFlowError, match="'conflict_on'"):
        await db.Pet.bulk_create(BAD, on_error="collect", on_conflict="skip", conflict_on=["name"])
    assert await db.Pet.count() == 0


async def test_inside_a_transaction_they_are_part_of_it(db: DataFlow) -> None:
    async def fail() -> None:
        async with db.transaction():
            assert (await db.Pet.bulk_create(BAD, on_error="collect"))["created"] == 2
            assert await db.Pet.count() == 2
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await db.Pet.count() == 0


async def test_rows_that_come_one_by_one_are_counted_on(db: DataFlow) -> None:
    done = await db.Pet.bulk_create(iter(BAD), on_error="collect", batch_size=2)
    assert [(one["row"], one["code"]) for one in done["errors"]] == WRONG
    assert done["created"] == 2


async def test_the_node_and_the_upsert_collect_too(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("PetBulkUpsertNode", "load", {"data": [pet(1), pet(2, code="c1"), pet(1)], "on_error": "collect"})
    async with AsyncLocalRuntime() as runtime:
        results, _ = await runtime.execute_workflow_async(workflow.build())
    assert results["load"]["created"] + results["load"]["updated"] == 2
    assert [(one["row"], one["code"]) for one in results["load"]["errors"]] == [(1, "DF-A101")]
