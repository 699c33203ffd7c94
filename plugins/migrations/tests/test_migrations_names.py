"""Renames to and from words of SQL, of things whose names stand in texts too."""

from __future__ import annotations

from typing import Literal

from dataflow import DataFlow, Index, field


def first(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Order:
        id: int
        state: Literal["note", "orders"]
        note: Literal["note", "state"]
        size: int = 0
        __indexes__ = [Index("note", "size", where={"note": "note"})]

    @db.model
    class Line:
        id: int
        order_id: int = field(references="Order.id", on_delete="cascade")

    return db


def second(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Order:
        id: int
        state: Literal["note", "orders"]
        user: Literal["note", "state"] = field(renamed_from="note")
        size: int = 0
        __dataflow__ = {"table": "select", "renamed_from": "orders"}
        __indexes__ = [Index("user", "size", where={"user": "note"})]

    @db.model
    class Line:
        id: int
        order_id: int = field(references="Order.id", on_delete="restrict")
        __dataflow__ = {"table": "table", "renamed_from": "lines"}

    return db


async def test_words_of_sql_are_names_like_any_other(database_url: str) -> None:
    async with first(database_url) as db:
        await db.migrations.apply()
        order = await db.Order.create(state="note", note="note")
        await db.Line.create(order_id=order["id"])
    async with second(database_url) as db:
        plan = await db.migrations.plan()
        # a text that looks like a name is no name: no check and no index is made anew for it
        renamed = [str(step.target) for step in plan.steps if step.kind == "rename" and step.target.kind != "index"]
        assert renamed[:3] == ["table select", "table table", "column select.user"], plan.steps
        await db.migrations.apply(plan)
        assert (await db.migrations.plan()).is_empty
        assert (await db.Order.read(1))["user"] == "note"
        await db.migrations.rollback()
    async with first(database_url) as db:
        assert (await db.migrations.plan()).is_empty
        assert [(one["state"], one["note"]) for one in (await db.Order.list())["records"]] == [("note", "note")]
        await db.Order.delete(1)
        assert await db.Line.count() == 0
    async with second(database_url) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty


def old_chain(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        name: str = field(max_length=50)
        nick: str = field(max_length=50)
        __indexes__ = [Index("name", "nick")]

    @db.model
    class Pet:
        id: int
        name: str = field(max_length=50)

    return db


def new_chain(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Pet:
        id: int
        # declared before the one that gives its name up
        name: str = field(renamed_from="nick", max_length=50)
        full_name: str = field(renamed_from="name", max_length=50)
        nick: str | None = field(max_length=50, default=None)
        __dataflow__ = {"table": "pets", "renamed_from": "persons"}
        __indexes__ = [Index("full_name", "name")]

    @db.model
    class Animal:
        id: int
        name: str = field(max_length=50)
        __dataflow__ = {"table": "animals", "renamed_from": "pets"}

    @db.model
    class Person:
        id: int
        name: str = field(max_length=50)

    return db


async def test_a_name_that_moves_on_is_free_for_another(database_url: str) -> None:
    async with old_chain(database_url) as db:
        await db.migrations.apply()
        await db.Person.create(name="Ann Miller", nick="Ann")
        await db.Pet.create(name="Rex")
    async with new_chain(database_url) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        (person,) = (await db.Pet.list())["records"]
        assert (person["full_name"], person["name"], person["nick"]) == ("Ann Miller", "Ann", None)
        assert [one["name"] for one in (await db.Animal.list())["records"]] == ["Rex"]
        assert await db.Person.count() == 0
        await db.migrations.rollback()
    async with old_chain(database_url) as db:
        assert (await db.migrations.plan()).is_empty
        (person,) = (await db.Person.list())["records"]
        assert (person["name"], person["nick"]) == ("Ann Miller", "Ann")
