"""Many rows: all or none, counted exactly, the refused one named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from dataflow import DataFlow, ForeignKeyError, UniqueError, field

pytestmark = pytest.mark.databases("mysql")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class User:
        __dataflow__: ClassVar = {"versioned": True}
        id: str
        email: str = field(unique=True)
        name: str | None = None
        visits: int = 0

    @db.model
    class Counter:
        id: int
        slug: str | None = field(default=None, unique=True)
        user_id: str | None = field(default=None, references="User.id")
        hits: int = 0

    yield db
    await db.close()


async def test_ids_are_those_of_the_rows(db: DataFlow) -> None:
    rows = [{"slug": f"{'x' * 500}{number}"} for number in range(5_000)]
    result = await db.Counter.bulk_create(rows)
    assert (result["created"], len(result["ids"])) == (5_000, 5_000)
    for place in (0, 2_345, 4_999):
        assert (await db.Counter.read(result["ids"][place]))["slug"] == rows[place]["slug"]


async def test_ids_of_inserts_at_the_same_time_do_not_mix(db: DataFlow) -> None:
    async def fill(name: int) -> None:
        ids = (await db.Counter.bulk_create([{"slug": f"{name}.{place}"} for place in range(200)]))["ids"]
        found = {one["id"]: one["slug"] for one in (await db.Counter.list({"id": {"$in": ids}}, limit=200))["records"]}
        assert found == {key: f"{name}.{place}" for place, key in enumerate(ids)}

    await asyncio.gather(*map(fill, range(8)))


async def test_a_refused_row_is_named_and_none_is_kept(db: DataFlow) -> None:
    await db.User.create(id="a", email="taken")
    rows = [{"id": f"u{number}", "email": f"e{number}"} for number in range(25_000)]
    rows[17_321]["email"] = "taken"
    with pytest.raises(UniqueError) as caught:
        await db.User.bulk_create(rows)
    problem = caught.value.problems[0]
    assert problem.message == "'email' of User must be unique, and 'taken' is taken"
    assert problem.context["row"] == 17_321
    assert await db.User.count() == 1


async def test_a_missing_target_is_named(db: DataFlow) -> None:
    await db.User.create(id="a", email="e")
    with pytest.raises(ForeignKeyError) as caught:
        await db.Counter.bulk_create([{"user_id": "a"}, {"user_id": "nobody"}])
    assert caught.value.problems[0].message == "'user_id' 'nobody' of Counter refers to no User"
    assert caught.value.problems[0].context["row"] == 1


async def test_skip_counts_and_gives_what_it_made(db: DataFlow) -> None:
    await db.Counter.create(slug="b")
    rows: list[dict[str, Any]] = [{"slug": "a"}, {"slug": "b"}, {"slug": "a"}, {"slug": None}, {"slug": None}]
    result = await db.Counter.bulk_create(rows, on_conflict="skip", conflict_on=["slug"])
    assert (result["created"], result["skipped"], result["updated"]) == (3, 2, 0)
    made = [(await db.Counter.read(key))["slug"] for key in result["ids"]]
    assert made == ["a", None, None]


async def test_update_counts_and_gives_every_row(db: DataFlow) -> None:
    first = await db.Counter.create(slug="b", hits=1)
    rows = [{"slug": "a", "hits": 1}, {"slug": "b", "hits": 2}, {"slug": "a", "hits": 3}]
    result = await db.Counter.bulk_create(rows, on_conflict="update", conflict_on=["slug"])
    assert (result["created"], result["skipped"], result["updated"]) == (1, 0, 2)
    a, b, again = result["ids"]
    assert (b, again) == (first["id"], a)
    assert [(await db.Counter.read(key))["hits"] for key in (a, b)] == [3, 2]


async def test_a_version_counts_every_change(db: DataFlow) -> None:
    await db.User.create(id="a", email="e")
    rows = [{"id": "a", "email": "e", "name": name} for name in "xyz"]
    assert await db.User.bulk_upsert(rows) == {"created": 0, "updated": 3}
    found = await db.User.read("a")
    assert (found["name"], found["version"]) == ("z", 4)


@pytest.mark.parametrize("mode", ["skip", "update"])
async def test_only_the_named_key_is_in_conflict(db: DataFlow, mode: str) -> None:
    await db.User.create(id="a", email="taken")
    with pytest.raises(UniqueError) as caught:
        await db.User.bulk_create(
            [{"id": "b", "email": "free"}, {"id": "c", "email": "taken"}], on_conflict=mode, conflict_on=["id"]
        )
    assert caught.value.problems[0].context["row"] == 1
    assert await db.User.count() == 1


async def test_upserts_at_the_same_time_make_each_row_once(db: DataFlow) -> None:
    rows = [{"slug": f"s{number}"} for number in range(100)]
    results = await asyncio.gather(
        *(db.Counter.bulk_upsert(rows, conflict_on=["slug"]) for _ in range(4)),
        *(db.Counter.bulk_upsert(rows[::-1], conflict_on=["slug"]) for _ in range(4)),
    )
    assert sum(one["created"] for one in results) == 100
    assert await db.Counter.count() == 100


async def test_each_row_changes_by_its_own_values(db: DataFlow) -> None:
    await db.User.bulk_create([{"id": f"u{number}", "email": f"e{number}"} for number in range(12_000)])
    changes = [{"id": f"u{number}", "visits": {"$inc": number}, "name": f"n'{number}"} for number in range(12_000)]
    assert await db.User.bulk_update(changes) == {"updated": 12_000}
    found = await db.User.read("u11999")
    assert (found["visits"], found["name"], found["version"]) == (11_999, "n'11999", 2)


async def test_a_refused_change_is_named_and_none_is_kept(db: DataFlow) -> None:
    await db.User.bulk_create([{"id": f"u{number}", "email": f"e{number}"} for number in range(1_000)])
    changes: list[dict[str, object]] = [{"id": f"u{number}", "email": f"f{number}"} for number in range(900)]
    changes[555]["email"] = "e950"
    with pytest.raises(UniqueError) as caught:
        await db.User.bulk_update(changes)
    problem = caught.value.problems[0]
    assert (problem.message, problem.context["row"]) == ("'email' of User must be unique, and 'e950' is taken", 555)
    assert (await db.User.read("u0"))["email"] == "e0"


async def test_a_key_may_come_twice(db: DataFlow) -> None:
    await db.User.create(id="a", email="e")
    changes = [{"id": "a", "name": "x"}, {"id": "a", "name": "y"}, {"id": "b", "name": "z"}]
    assert await db.User.bulk_update(changes) == {"updated": 2}
    assert (await db.User.read("a"))["name"] == "y"


async def test_progress_ends_with_all(db: DataFlow) -> None:
    told: list[tuple[int, int]] = []
    rows = [{"id": f"u{number}", "email": "e" * 200 + str(number)} for number in range(20_000)]
    await db.User.bulk_create(rows, progress=lambda done, size: told.append((done, size)))
    assert told[-1] == (20_000, 20_000)
    assert len(told) > 1


async def test_percents_are_kept(db: DataFlow) -> None:
    text = "100%% %s %(x)s %%%"
    await db.User.bulk_create([{"id": "1", "email": text, "name": text}, {"id": "2", "email": "b"}])
    await db.User.bulk_update([{"id": "2", "name": text}])
    await db.User.bulk_create([{"id": "2", "email": f"{text}2", "name": f"{text}3"}], on_conflict="update")
    found = [(one["email"], one["name"]) for one in (await db.User.list(sort="id"))["records"]]
    assert found == [(text, text), (f"{text}2", f"{text}3")]
