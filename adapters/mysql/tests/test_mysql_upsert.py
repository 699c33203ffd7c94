"""An upsert changes the row that it names, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from dataflow import DataFlow, UniqueError, field

pytestmark = pytest.mark.databases("mysql")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    db = DataFlow(database_url)

    @db.model
    class User:
        id: str
        email: str = field(unique=True)
        name: str | None = None
        visits: int = 0

    @db.model
    class Counter:
        id: int
        slug: str = field(unique=True)
        hits: int = 0

    @db.model
    class Note:
        __dataflow__: ClassVar = {"soft_delete": True}
        id: str
        slug: str = field(unique=True)

    yield db
    await db.close()


async def test_it_tells_whether_the_row_was_made(db: DataFlow) -> None:
    made = await db.User.upsert({"id": "a", "email": "e", "name": "A"})
    assert (made["created"], made["name"]) == (True, "A")
    changed = await db.User.upsert({"id": "a", "email": "e", "name": "B"})
    assert (changed["created"], changed["name"]) == (False, "B")
    same = await db.User.upsert({"id": "a", "email": "e", "name": "B"})
    assert (same["created"], same["name"]) == (False, "B")
    kept = await db.User.upsert({"id": "a", "email": "e", "name": "C"}, update={})
    assert (kept["created"], kept["name"]) == (False, "B")


async def test_a_generated_key_is_given(db: DataFlow) -> None:
    first = await db.Counter.upsert({"slug": "a"}, conflict_on=["slug"])
    second = await db.Counter.upsert({"slug": "a"}, conflict_on=["slug"], update={"hits": {"$inc": 3}})
    assert (first["created"], second["created"]) == (True, False)
    assert (second["id"], second["hits"]) == (first["id"], 3)


async def test_a_conflict_on_another_key_is_an_error_and_changes_nothing(db: DataFlow) -> None:
    await db.User.create(id="a", email="taken", name="A")
    with pytest.raises(UniqueError) as caught:
        await db.User.upsert({"id": "b", "email": "taken", "name": "B"})
    assert caught.value.problems[0].message == "'email' of User must be unique, and 'taken' is taken"
    assert (await db.User.read("a"))["name"] == "A"
    assert await db.User.count() == 1


async def test_the_named_key_counts_where_two_are_in_conflict(db: DataFlow) -> None:
    await db.User.create(id="a", email="1")
    await db.User.create(id="b", email="2")
    # the primary key finds 'a' first, and it is not the one that was named
    changed = await db.User.upsert({"id": "a", "email": "2"}, conflict_on=["email"], update={"name": "second"})
    assert (changed["created"], changed["id"], changed["name"]) == (False, "b", "second")
    assert (await db.User.read("a"))["name"] is None


async def test_a_change_of_the_named_key_itself_is_followed(db: DataFlow) -> None:
    await db.User.create(id="a", email="old")
    changed = await db.User.upsert({"id": "a", "email": "old"}, conflict_on=["email"], update={"email": "new"})
    assert (changed["created"], changed["email"]) == (False, "new")
    made = await db.User.upsert({"id": "b", "email": "old"}, conflict_on=["email"], update={"email": "newer"})
    assert (made["created"], made["id"], made["email"]) == (True, "b", "old")


async def test_a_deleted_row_is_not_revived(db: DataFlow) -> None:
    await db.Note.create(id="a", slug="x")
    await db.Note.delete("a")
    with pytest.raises(UniqueError):
        await db.Note.upsert({"id": "a", "slug": "x"})


async def test_many_at_once_make_one_row(db: DataFlow) -> None:
    for turn in range(5):
        results = await asyncio.gather(
            *(
                db.Counter.upsert({"slug": f"s{turn}"}, conflict_on=["slug"], update={"hits": {"$inc": 1}})
                for _ in range(20)
            )
        )
        assert sum(one["created"] for one in results) == 1
        assert {one["id"] for one in results} == {results[0]["id"]}
        assert sorted(one["hits"] for one in results) == list(range(20))


async def test_it_works_inside_a_transaction_and_is_undone_with_it(db: DataFlow) -> None:
    await db.User.create(id="a", email="e", name="A")

    async def work() -> None:
        async with db.transaction():
            assert not (await db.User.upsert({"id": "a", "email": "e", "name": "B"}))["created"]
            assert (await db.User.upsert({"id": "b", "email": "f", "name": "B"}))["created"]
            raise KeyError

    with pytest.raises(KeyError):
        await work()
    assert [(one["id"], one["name"]) for one in (await db.User.list())["records"]] == [("a", "A")]


async def test_a_server_without_returning_gives_the_same(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataflow_mysql.upsert.returns", lambda link: False)
    db = DataFlow(database_url)

    @db.model
    class User:
        id: str
        email: str = field(unique=True)
        name: str | None = None

    assert (await db.User.upsert({"id": "a", "email": "e"}))["created"]
    assert (await db.User.upsert({"id": "a", "email": "e", "name": "B"}))["name"] == "B"
    moved = await db.User.upsert({"id": "a", "email": "e"}, conflict_on=["email"], update={"email": "f"})
    assert (moved["created"], moved["email"]) == (False, "f")
    made = await db.User.upsert({"id": "b", "email": "e"}, conflict_on=["email"], update={"email": "g"})
    assert (made["created"], made["email"]) == (True, "e")
    with pytest.raises(UniqueError):
        await db.User.upsert({"id": "c", "email": "f"})
    await db.close()
