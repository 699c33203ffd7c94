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
