"""Tables: made once whoever asks, and compared with their models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import DataFlow, DataFlowError, Index, UniqueError, field

pytestmark = pytest.mark.databases("mysql")


async def test_many_who_ask_at_once_make_it_once(database_url: str) -> None:
    async def use(_: int) -> None:
        db = DataFlow(database_url)

        @db.model
        class Parent:
            id: int
            name: str = field(unique=True)

        @db.model
        class Child:
            id: int
            parent_id: int = field(references="Parent.id", on_delete="cascade")

        made = await db.Parent.upsert({"name": "x"}, conflict_on=["name"])
        await db.Child.create(parent_id=made["id"])
        await db.close()

    await asyncio.gather(*map(use, range(6)))


async def test_a_table_keeps_what_the_model_says(database_url: str) -> None:
    db = DataFlow(database_url)

    @db.model
    class Team:
        id: str
        code: str = field(unique=True, max_length=10)

    @db.model
    class Member:
        __indexes__: ClassVar = [Index("team_id", "role", "name", unique=True), Index("joined")]
        id: int
        team_id: str | None = field(default=None, references="Team.id", on_delete="set_null")
        code: str | None = field(default=None, references="Team.code", on_delete="cascade")
        role: str
        name: str
        joined: int | None = None
        text: str | None = None

    await db.Team.create(id="t" * 200, code="c")
    await db.Member.create(team_id="t" * 200, code="c", role="r" * 250, name="n", text="x" * 100_000)
    with pytest.raises(UniqueError) as caught:
        await db.Member.create(team_id="t" * 200, role="r" * 250, name="n")
    assert caught.value.problems[0].context["fields"] == "team_id, role, name"
    await db.Team.delete("t" * 200)
    assert await db.Member.count() == 0
    await db.close()


async def test_an_index_of_some_rows_keeps_only_those_apart(database_url: str) -> None:
    db = DataFlow(database_url)

    @db.model
    class Seat:
        __indexes__: ClassVar = [
            Index("place", unique=True, where={"state": "taken"}),
            Index("owner", where={"state": "taken"}),
        ]
        id: int
        place: str
        state: str = "free"
        owner: str | None = None

    await db.Seat.bulk_create([{"place": "A1"}, {"place": "A1"}, {"place": "A1", "state": "taken"}])
    with pytest.raises(UniqueError) as caught:
        await db.Seat.create(place="A1", state="taken")
    assert caught.value.problems[0].message == "'place' of Seat must be unique, and 'A1' is taken"
    await db.close()


@pytest.fixture
def made(server: Connection[Cursor], database: str) -> Any:
    def make(*statements: str) -> None:
        with server.cursor() as cursor:
            cursor.execute(f"USE {database}")
            for statement in statements:
                cursor.execute(statement)

    return make


def model_of(database_url: str, **options: Any) -> DataFlow:
    db = DataFlow(database_url, **options)

    @db.model
    class Person:
        __dataflow__: ClassVar = {"timestamps": False}
        id: int
        name: str
        age: int | None = None

    return db


async def test_a_table_of_others_is_compared_by_code_points(database_url: str, made: Any) -> None:
    made(
        "CREATE TABLE persons (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) COLLATE utf8mb4_general_ci NOT NULL,"
        " age SMALLINT, note TEXT)"
    )
    db = model_of(database_url, existing_schema_mode=True)
    await db.Person.bulk_create([{"name": name} for name in ("b", "B", "a", "A", "b ")])

    async def names(filter: dict[str, Any]) -> Sequence[str]:
        return [one["name"] for one in (await db.Person.list(filter, sort=["name"]))["records"]]

    assert await names({}) == ["A", "B", "a", "b", "b "]
    assert await names({"name": "b"}) == ["b"]
    assert await names({"name": {"$gt": "B"}}) == ["a", "b", "b "]
    assert await names({"name": {"$in": ["a", "b"]}}) == ["a", "b"]
    assert await names({"name": {"$like": "b%"}}) == ["b", "b "]
    await db.close()


async def test_a_table_that_does_not_fit_is_told_with_every_difference(database_url: str, made: Any) -> None:
    made("CREATE TABLE persons (id INT PRIMARY KEY, name BLOB, age INT NOT NULL, extra INT NOT NULL)")
    db = model_of(database_url, existing_schema_mode=True)
    with pytest.raises(DataFlowError) as caught:
        await db.Person.create(name="x")
    text = str(caught.value)
    for told in (
        "the column is longblob; the model needs longtext",
        "the column may not be null",
        "the table needs a value",
    ):
        assert told in text
    await db.close()


async def test_a_missing_column_is_told_when_it_is_met(database_url: str, made: Any) -> None:
    db = model_of(database_url)
    await db.Person.create(name="x")
    made("ALTER TABLE persons DROP COLUMN age")
    with pytest.raises(DataFlowError) as caught:
        await db.Person.create(name="y")
    assert caught.value.code in ("DF-A114", "DF-S102")
    await db.close()
