"""What others have put on the models' tables: it follows a rename as the server has it follow, and stops what would break it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataflow import DataFlow, field
from dataflow_testkit import Kind

TRIGGERS: dict[Kind, Sequence[str]] = {
    "sqlite": [
        "CREATE TRIGGER noted AFTER INSERT ON items BEGIN INSERT INTO audit VALUES (new.name || '-name'); END",
        "CREATE INDEX lower_names ON items (lower(name)) WHERE name <> 'name'",
    ],
    "postgres": ["CREATE INDEX lower_names ON items (lower(name)) WHERE name <> 'name'"],
    # there a trigger of a renamed column says nothing of it until it is used
    "mysql": ["CREATE TRIGGER noted AFTER INSERT ON items FOR EACH ROW INSERT INTO audit VALUES ('name')"],
}


def shop(url: str, *names: str, table: str = "items", **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"])
    former = {"title": field(renamed_from="name")}
    body = {name: former[name] for name in names if name in former}
    about = {"table": table, "renamed_from": "items"} if table != "items" else {"table": table}
    db.model(type("Item", (), {"__annotations__": {"id": int, **dict.fromkeys(names, str)}, "__module__": __name__,
                               "__dataflow__": about, **body}))  # fmt: skip
    return db


async def told(db: DataFlow, statements: Sequence[str]) -> None:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        for one in statements:
            await session.run(one)


async def asked(db: DataFlow, sql: str) -> list[Any]:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        return [tuple(row) for row in await session.rows(sql)]


async def test_renames_and_their_undoing_leave_them_working(database_url: str, database_kind: Kind) -> None:
    async with shop(database_url, "name", "size") as db:
        await db.Item.create(name="A", size="1")
        await told(db, ["CREATE TABLE audit (x VARCHAR(50))", *TRIGGERS[database_kind]])
    async with shop(database_url, "title", "size", table="things") as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        await db.Item.create(title="B", size="2")
        await db.migrations.rollback()
    async with shop(database_url, "name", "size") as db:
        assert (await db.migrations.plan()).is_empty
        await db.Item.create(name="C", size="3")
        names = [one["name"] for one in (await db.Item.list(sort=["id"]))["records"]]
        assert names == ["A", "B", "C"]
        found = {"sqlite": [("B-name",), ("C-name",)], "postgres": [], "mysql": [("name",), ("name",)]}
        assert await asked(db, "SELECT x FROM audit ORDER BY x") == found[database_kind]


async def test_a_view_keeps_a_column_that_it_names(database_url: str, database_kind: Kind) -> None:
    async with shop(database_url, "name", "size") as db:
        await db.Item.create(name="A", size="1")
        await told(db, ["CREATE VIEW sizes AS SELECT size FROM items", "CREATE VIEW names AS SELECT name FROM items"])
    async with shop(database_url, "name") as db:
        (view, _) = (await db.migrations.plan()).stops
        assert (view.code, view.message) == (
            "DF-G201", "view sizes, which no migration has made, names column items.size, which would be dropped",
        )  # fmt: skip
        (stop,) = (await db.migrations.plan(accept=["column items.size"])).stops
        assert stop.message == view.message
        assert any("view sizes" in one.code for one in stop.solutions) == (database_kind != "postgres")
        await told(db, ["DROP VIEW sizes"])
        await db.migrations.apply(accept=["column items.size"])
        assert await asked(db, "SELECT * FROM names") == [("A",)]
