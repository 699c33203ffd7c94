"""Views and triggers of others above what is renamed, also where the same plan makes them anew."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import MigrationError
from dataflow_testkit import Kind

#: names of both tables, so that a text alone does not tell whose they are
VIEW = "CREATE VIEW couples AS SELECT p.id, p.name AS name, p.age AS years, q.name AS pet FROM persons p, pets q WHERE p.name <> q.name"
ABOVE = "CREATE VIEW names AS SELECT name AS called, pet FROM couples"
TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER of_persons AFTER UPDATE ON persons BEGIN UPDATE pets SET name = NEW.name WHERE name = OLD.name; END",
        "CREATE TRIGGER of_pets AFTER UPDATE ON pets BEGIN UPDATE persons SET name = NEW.name WHERE name = OLD.name; END",
    ],
    "postgres": [
        "CREATE FUNCTION followed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER of_persons AFTER UPDATE OF name, age ON persons FOR EACH ROW"
        " WHEN (OLD.name <> NEW.name OR OLD.age <> NEW.age) EXECUTE FUNCTION followed()",
    ],
}


def first(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        name: str = field(max_length=50)
        age: int = 0

    @db.model
    class Pet:
        id: int
        name: str = field(max_length=50)

    return db


def second(url: str) -> DataFlow:
    """Names, a type under views, and on SQLite a table that has to be made anew."""
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        full_name: str = field(max_length=50, renamed_from="name")
        age_now: float = field(renamed_from="age", default=0.0)
        city: str = field(max_length=50, backfill="Rome")

    @db.model
    class Pet:
        id: int
        name: str = field(max_length=50)
        __dataflow__ = {"table": "animals", "renamed_from": "pets"}  # as users write it

    return db


def names_only(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        full_name: str = field(max_length=50, renamed_from="name")
        age: int = 0

    @db.model
    class Pet:
        id: int
        name: str = field(max_length=50)

    return db


async def filled(db: DataFlow, *statements: str) -> None:
    await db.migrations.apply()
    await db.Person.create(name="Ann", age=3)
    await db.Pet.create(name="Rex")
    for statement in statements:
        await run(db, statement)


async def run(db: DataFlow, sql: str) -> None:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        await session.run(sql)


async def rows(db: DataFlow, sql: str) -> list[tuple[Any, ...]]:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        return list(await session.rows(sql))


@pytest.mark.databases("sqlite", "postgres")
async def test_views_stay_above_what_gets_another_name_and_another_type(database_url: str) -> None:
    async with first(database_url) as db:
        await filled(db, VIEW, ABOVE)
    async with second(database_url) as db:
        await db.migrations.apply(accept=["column persons.age_now"])
        assert await rows(db, "SELECT id, years, pet FROM couples") == [(1, 3.0, "Rex")]
        assert await rows(db, "SELECT called FROM names") == [("Ann",)]
        assert (await db.migrations.plan()).is_empty
        await db.Person.update(1, {"full_name": "Bea"})
        await db.migrations.rollback()
    async with first(database_url) as db:
        assert await rows(db, "SELECT id, name, years, pet FROM couples") == [(1, "Bea", 3, "Rex")]
        assert await rows(db, "SELECT called, pet FROM names") == [("Bea", "Rex")]
        assert (await db.migrations.plan()).is_empty


@pytest.mark.databases("sqlite", "postgres")
async def test_triggers_name_what_they_named(database_url: str, database_kind: Kind) -> None:
    async with first(database_url) as db:
        await filled(db, *TRIGGERS[database_kind])
    async with second(database_url) as db:
        await db.migrations.apply(accept=["column persons.age_now"])
        await db.Person.update(1, {"full_name": "Rex"})
        await db.Person.update(1, {"full_name": "Max"})
        # on SQLite the trigger has given the pet the new name
        assert (await db.Pet.read(1))["name"] == ("Max" if database_kind == "sqlite" else "Rex")
        await db.Pet.update(1, {"name": "Ben"})
        assert (await db.Person.read(1))["full_name"] == ("Ben" if database_kind == "sqlite" else "Max")
        await db.migrations.rollback()
    async with first(database_url) as db:
        await db.Person.update(1, {"name": "Tim"})
        assert (await db.Pet.read(1))["name"] == ("Tim" if database_kind == "sqlite" else "Ben")


@pytest.mark.databases("mysql")
async def test_what_the_server_would_break_is_told_before(database_url: str) -> None:
    async with first(database_url) as db:
        await filled(
            db,
            VIEW,
            "CREATE VIEW counted AS SELECT p.id, q.name FROM persons p, pets q",
            "CREATE TRIGGER shouting BEFORE UPDATE ON persons FOR EACH ROW SET NEW.name = upper(NEW.name)",
            "CREATE TRIGGER other BEFORE UPDATE ON pets FOR EACH ROW SET NEW.name = lower(NEW.name)",
        )
    async with names_only(database_url) as db:
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        problems = {one.message: one for one in caught.value.problems}
        assert {one.code for one in problems.values()} == {"DF-G212"}
        start = "column 'name' would be renamed to 'full_name', and "
        assert sorted(problems) == [
            f"{start}trigger persons.shouting would be broken: its text names the column 'name'",
            f"{start}view couples would be broken: its text names the column 'name'",
        ]
        view = problems[f"{start}view couples would be broken: its text names the column 'name'"]
        drop, create = view.solutions[0].code.split(";\n")
        await run(db, drop)
        await run(db, "DROP TRIGGER shouting")
        await db.migrations.apply()
        await run(db, create.removesuffix(";"))
        assert await rows(db, "SELECT id, name, years, pet FROM couples") == [(1, "Ann", 3, "Rex")]
        assert (await db.migrations.plan()).is_empty


@pytest.mark.databases("mysql")
async def test_a_table_that_a_view_names_is_told_too(database_url: str) -> None:
    async with first(database_url) as db:
        await filled(db, VIEW)
    async with second(database_url) as db:
        plan = await db.migrations.plan(accept=["column persons.age_now", "view couples"])
        assert plan.stops == ()
        plan = await db.migrations.plan(accept=["column persons.age_now"])
        assert [one.message.partition(",")[0] for one in plan.stops] == [
            "table 'pets' would be renamed to 'animals'",
            "column 'name' would be renamed to 'full_name'",
            "column 'age' would be renamed to 'age_now'",
        ]


@pytest.mark.databases("sqlite")
async def test_a_view_that_is_broken_already_is_named_before(database_url: str) -> None:
    async with first(database_url) as db:
        await filled(db, "CREATE VIEW broken AS SELECT * FROM gone")
    async with names_only(database_url) as db:
        plan = await db.migrations.plan()
        (stop,) = plan.stops
        assert (stop.code, "error in view broken: no such table" in stop.message) == ("DF-G212", True)
        await run(db, "DROP VIEW broken")
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty


@pytest.mark.databases("sqlite")
async def test_a_view_that_would_lose_a_name_is_named_before(database_url: str) -> None:
    async with first(database_url) as db:
        # without a name of its own the column of a view is called as that of the table is
        await filled(db, "CREATE VIEW plain AS SELECT name FROM persons", "CREATE VIEW above AS SELECT name FROM plain")
    async with names_only(database_url) as db:
        (stop,) = (await db.migrations.plan()).stops
        assert stop.code == "DF-G212"
        assert "error in view above after rename: no such column: name" in stop.message


#: an index that is called as a column of the table is
LATER = {
    "sqlite": [
        "CREATE TRIGGER later AFTER UPDATE ON persons BEGIN UPDATE pets SET name = 'told' WHERE id = 1; END",
        "CREATE VIEW seen AS SELECT id AS id, full_name AS called FROM persons",
        "CREATE INDEX city ON persons (age)",
    ],
    "postgres": [
        "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN UPDATE pets SET name = 'told' WHERE id = 1; RETURN NEW; END $$",
        "CREATE TRIGGER later AFTER UPDATE ON persons FOR EACH ROW EXECUTE FUNCTION later()",
        "CREATE VIEW seen AS SELECT id AS id, full_name AS called FROM persons",
        "CREATE INDEX city ON persons (age)",
    ],
    "mysql": [
        "CREATE TRIGGER later AFTER UPDATE ON persons FOR EACH ROW UPDATE pets SET name = 'told' WHERE id = 1",
        "CREATE INDEX city ON persons (age)",
    ],
}


def wider(url: str) -> DataFlow:
    """A column that SQLite has to make the table anew for, and a name."""
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        full_name: str = field(max_length=50, renamed_from="name")
        age: int = 0
        city: str = field(max_length=50, backfill="Rome")

    @db.model
    class Pet:
        id: int
        name: str = field(max_length=50)

    return db


async def test_what_others_have_put_on_since_is_there_when_it_is_undone(database_url: str, database_kind: Kind) -> None:
    async with first(database_url) as db:
        await filled(db)
    async with wider(database_url) as db:
        await db.migrations.apply()
        for statement in LATER[database_kind]:
            await run(db, statement)
        (undone,) = await db.migrations.rollback()
        assert undone.state == "reverted"
    async with first(database_url) as db:
        await db.Person.update(1, {"name": "Bea"})
        assert (await db.Pet.read(1))["name"] == "told"
        if database_kind != "mysql":
            assert await rows(db, "SELECT called FROM seen") == [("Bea",)]
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            there = await db.adapter.schema.snapshot(session)  # type: ignore[attr-defined]  # same
        assert "index persons.city" in map(str, there.objects)
        assert (await db.migrations.plan()).is_empty
