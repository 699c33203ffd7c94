"""Rows that refuse a change: nobody can accept that, and the statements that show them can be run as they are."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, MigrationError, field


def instance(url: str) -> DataFlow:
    return DataFlow(url, plugins=["migrations"])


async def rows(db: DataFlow, sql: str) -> list[Any]:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        return [tuple(row) for row in await session.rows(sql)]


async def test_to_accept_a_conversion_does_not_accept_absent_values(database_url: str) -> None:
    async with instance(database_url) as db:

        @db.model
        class Item:
            id: int
            size: str | None = None

        await db.Item.create(size="12")
        await db.Item.create()
    async with instance(database_url) as db:

        @db.model
        class Item:  # type: ignore[no-redef]  # a later version of the application
            id: int
            size: int

        for accepted in ("column items.size", "DF-G205"):
            plan = await db.migrations.plan(accept=[accepted])
            assert "DF-G205" in [problem.code for problem in plan.stops]
            with pytest.raises(MigrationError, match="DF-G205"):
                await db.migrations.apply(accept=[accepted])
        assert (await db.migrations.status()).state == "pending"
        assert await rows(db, "SELECT size FROM items ORDER BY id") == [("12",), (None,)]


async def test_values_that_repeat_are_shown_by_the_statement(database_url: str) -> None:
    async with instance(database_url) as db:

        @db.model
        class Order:
            id: int
            select: str | None = None
            __dataflow__ = {"table": "order"}  # a reserved word

        for select in ("a", "a", "b", None, None):
            await db.Order.create(select=select)
    async with instance(database_url) as db:

        @db.model
        class Order:  # type: ignore[no-redef]  # a later version of the application
            id: int
            select: str | None = field(default=None, unique=True)
            __dataflow__ = {"table": "order"}  # a reserved word

        (problem,) = (await db.migrations.plan()).stops
        assert (
            problem.message
            == "(select) of table 'order' is to be unique, and 1 value would be there more than once, in 2 rows"
        )
        assert await rows(db, problem.solutions[0].code) == [("a", 2)]


async def test_references_to_none_are_shown_by_the_statement(database_url: str) -> None:
    async with instance(database_url) as db:

        @db.model
        class User:
            id: int
            select: str | None = field(default=None, unique=True)

        @db.model
        class Order:
            id: int
            group: str | None = None

        await db.User.create(select="a")
        await db.User.create()
        for group in ("a", "b", None):
            await db.Order.create(group=group)
    async with instance(database_url) as db:

        @db.model
        class User:  # type: ignore[no-redef]  # a later version of the application
            id: int
            select: str | None = field(default=None, unique=True)

        @db.model
        class Order:  # type: ignore[no-redef]  # a later version of the application
            id: int
            group: str | None = field(default=None, references="User.select")

        (problem,) = (await db.migrations.plan()).stops
        assert problem.code == "DF-G207"
        assert await rows(db, problem.solutions[0].code) == [("b",)]


# SQLite has both in columns of one kind
@pytest.mark.databases("postgres", "mysql")
async def test_truth_becomes_a_number_and_truth_again(database_url: str) -> None:
    def tasks(kind: type) -> DataFlow:
        db = instance(database_url)
        db.model(type("Task", (), {"__annotations__": {"id": int, "done": kind}, "__module__": __name__}))
        return db

    async def values(db: DataFlow) -> list[Any]:
        return [one["done"] for one in (await db.Task.list(sort=["id"]))["records"]]

    async with tasks(bool) as db:
        for done in (True, False):
            await db.Task.create(done=done)
    async with tasks(int) as db:
        await db.migrations.apply(accept=["column tasks.done"])
        assert await values(db) == [1, 0]
        await db.Task.create(done=7)
    async with tasks(bool) as db:
        await db.migrations.apply(accept=["column tasks.done"])
        assert await values(db) == [True, False, True]
        await db.migrations.rollback()
    async with tasks(int) as db:
        assert await values(db) == [1, 0, 7]
        await db.migrations.rollback()
    async with tasks(bool) as db:
        assert (await values(db))[:2] == [True, False]


async def test_rows_that_got_a_value_have_none_again_when_that_is_undone(database_url: str) -> None:
    async with instance(database_url) as db:

        @db.model
        class Person:
            id: int
            nick: str | None = field(max_length=20, default=None)
            age: int | None = None

        await db.migrations.apply()
        await db.Person.bulk_create([{"nick": "Ann", "age": 1}, {"nick": None, "age": 2}, {"nick": None}])
    async with instance(database_url) as db:

        @db.model
        class Person:  # type: ignore[no-redef]
            id: int
            called: str = field(max_length=20, renamed_from="nick", backfill="nobody")
            age: int | None = None

        await db.migrations.apply()
        assert [one["called"] for one in (await db.Person.list(sort=["id"]))["records"]] == ["Ann", "nobody", "nobody"]
        await db.Person.update(1, {"called": "Bea"})
        await db.Person.create(called="Cid", age=4)
        (revision,) = await db.migrations.rollback()
        assert revision.state == "reverted"
    async with instance(database_url) as db:

        @db.model
        class Person:  # type: ignore[no-redef]
            id: int
            nick: str | None = field(max_length=20, default=None)
            age: int | None = None

        assert (await db.migrations.plan()).is_empty
        assert [one["nick"] for one in (await db.Person.list(sort=["id"]))["records"]] == ["Bea", None, None, "Cid"]


async def test_what_a_code_accepts_is_kept_aside_as_what_a_name_does(database_url: str) -> None:
    async with instance(database_url) as db:

        @db.model
        class Note:
            id: int
            size: float

        await db.migrations.apply()
        await db.Note.create(size=1.5)
    async with instance(database_url) as db:

        @db.model
        class Note:  # type: ignore[no-redef]
            id: int
            size: int

        plan = await db.migrations.plan(accept=["DF-G202", "DF-G209"])
        assert [step.kind for step in plan.steps if step.kind == "keep"] == ["keep"], plan.steps
        await db.migrations.apply(accept=["DF-G202", "DF-G209"])
        await db.migrations.rollback()
        assert await rows(db, "SELECT size FROM notes") == [(1.5,)]
