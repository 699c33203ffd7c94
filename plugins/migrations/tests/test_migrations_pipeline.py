"""The pipeline as applications use it: first use, strategies, decisions, files, history, rollback."""

from __future__ import annotations

import linecache
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow, Index, MigrationError, field


def first(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"], **options)

    @db.model
    class User:
        id: int
        name: str
        age: int | None = None

    return db


def second(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"], **options)

    @db.model
    class User:
        id: int
        full_name: str = field(renamed_from="name")
        level: int = field(backfill=3)
        __indexes__ = [Index("full_name", unique=True)]

    return db


async def test_first_use_goes_through_the_pipeline(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
        (revision,) = await db.migrations.history()
        assert revision.state == "applied"
        assert [step.state for step in revision.steps] == ["applied"] * len(revision.steps)
        assert await db.migrations.pending() == ()
        # looked at again, there is nothing to do
        assert await db.migrations.apply() == ()
        assert (await db.migrations.status()).state == "current"


async def test_what_loses_nothing_is_applied_at_first_use(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice")
    wider = DataFlow(database_url, plugins=["migrations"])

    @wider.model
    class User:
        id: int
        name: str = field(index=True)
        age: int | None = None
        email: str | None = None
        level: int = 1

    async with wider as db:
        (record,) = (await db.User.list())["records"]
        assert (record["email"], record["level"]) == (None, 1)


async def test_a_column_is_dropped_by_decision_and_comes_back_with_its_values(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
        await db.User.create(name="Bob", age=6)
    async with second(database_url) as db:
        with pytest.raises(MigrationError) as raised:
            await db.User.list()
        assert [problem.code for problem in raised.value.problems] == ["DF-G201"]
        assert "2 rows have a value in it" in str(raised.value)
        await db.migrations.apply(accept=["column users.age"])
        records = (await db.User.list(sort=["id"]))["records"]
        assert [(one["full_name"], one["level"]) for one in records] == [("Alice", 3), ("Bob", 3)]
        assert (await db.migrations.status()).kept_aside == ("column users.age",)
        (undone,) = await db.migrations.rollback()
        assert undone.state == "reverted"
    async with first(database_url) as db:
        records = (await db.User.list(sort=["id"]))["records"]
        assert [(one["name"], one["age"]) for one in records] == [("Alice", 5), ("Bob", 6)]
        # what is back is kept no more, what has gone is
        assert (await db.migrations.status()).kept_aside == ("column users.level",)


async def test_what_was_let_go_of_cannot_come_back(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    async with second(database_url) as db:
        await db.migrations.apply(accept=["column users.age"])
        assert await db.migrations.contract() == ("column users.age",)
        with pytest.raises(MigrationError, match="DF-G110"):
            await db.migrations.rollback()


async def test_all_decisions_are_asked_for_at_once(database_url: str) -> None:
    db = DataFlow(database_url, plugins=["migrations"])

    @db.model
    class Item:
        id: int
        a: str
        b: int | None = None
        c: str = "x"

    async with db:
        await db.Item.create(a="1")
        await db.Item.create(a="1")
    db = DataFlow(database_url, plugins=["migrations"])

    @db.model
    class Item:  # type: ignore[no-redef]  # a later version of the application
        id: int
        a: str = field(unique=True)
        b: int
        d: int

    async with db:
        plan = await db.migrations.plan()
        assert sorted(problem.code for problem in plan.stops) == ["DF-G201", "DF-G204", "DF-G205", "DF-G206"]
        assert plan.steps == ()
        rows = {problem.code: problem.context["rows"] for problem in plan.stops}
        assert rows == {"DF-G201": 2, "DF-G204": 2, "DF-G205": 2, "DF-G206": 2}


async def test_objects_of_others_are_kept(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice")
        async with db.adapter.session("other") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run("CREATE TABLE others (id INTEGER PRIMARY KEY)")
            await session.run("CREATE VIEW names AS SELECT id, name FROM users")
            await session.run("CREATE INDEX by_others ON users (age)")
            await session.run("ALTER TABLE users ADD COLUMN of_others INTEGER")
    async with first(database_url) as db:
        assert (await db.migrations.plan()).is_empty
    wider = DataFlow(database_url, plugins=["migrations"])

    @wider.model
    class User:
        id: int
        name: str
        age: int | None = None
        level: int = field(backfill=3)

    async with wider as db:
        await db.migrations.apply()
        async with db.adapter.session("other") as session:  # type: ignore[attr-defined]  # same
            found = await db.adapter.schema.snapshot(session)  # type: ignore[attr-defined]  # same
            assert await session.rows("SELECT name FROM names") == [("Alice",)]
        names = {str(ref) for ref in found.objects}
        assert {"table others", "view names", "index users.by_others", "column users.of_others"} <= names


async def test_an_index_of_others_on_a_column_that_goes_is_asked_about(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
        async with db.adapter.session("other") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run("CREATE INDEX by_others ON users (age)")
    async with second(database_url) as db:
        plan = await db.migrations.plan(accept=["column users.age"])
        assert [problem.message for problem in plan.stops] == [
            "index users.by_others, which no migration has made, is on column users.age, which would be dropped"
        ]
        await db.migrations.apply(accept=["column users.age", "index users.by_others"])
        await db.migrations.rollback()


async def test_tables_that_refer_to_each_other_come_back_with_rows_and_ids(database_url: str) -> None:
    def both() -> DataFlow:
        db = DataFlow(database_url, plugins=["migrations"])

        @db.model
        class Zone:
            id: int
            name: str

        @db.model
        class Area:
            id: int
            zone_id: int = field(references="Zone.id")

        return db

    async with both() as db:
        await db.Zone.create(name="north")
        await db.Area.create(zone_id=1)
        await db.Area.create(zone_id=1)
    async with DataFlow(database_url, plugins=["migrations"]) as db:
        accepted = ["table areas", "table zones"]
        plan = await db.migrations.plan(drop_tables=["areas", "zones"], accept=accepted)
        await db.migrations.apply(plan)
        await db.migrations.rollback()
    async with both() as db:
        assert await db.Area.count() == 2
        # the next id is above those that came back
        assert (await db.Area.create(zone_id=1))["id"] == 3


async def test_a_renamed_table_keeps_its_rows(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    renamed = DataFlow(database_url, plugins=["migrations"])

    @renamed.model
    class Person:
        id: int
        name: str = field(index=True)
        age: int | None = None
        __dataflow__ = {"renamed_from": "users"}

    async with renamed as db:
        assert [one["name"] for one in (await db.Person.list())["records"]] == ["Alice"]
        await db.migrations.rollback()
    async with first(database_url) as db:
        assert [one["name"] for one in (await db.User.list())["records"]] == ["Alice"]


async def test_a_table_is_dropped_by_decision_and_comes_back_with_its_rows(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    empty = DataFlow(database_url, plugins=["migrations"])
    async with empty as db:
        assert (await db.migrations.plan()).is_empty
        plan = await db.migrations.plan(drop_tables=["users"], accept=["table users"])
        await db.migrations.apply(plan)
        assert (await db.migrations.status()).kept_aside == ("table users",)
        await db.migrations.rollback()
    async with first(database_url) as db:
        assert [one["name"] for one in (await db.User.list())["records"]] == ["Alice"]


async def test_files_and_models_share_one_format(database_url: str, tmp_path: Path) -> None:
    directory = tmp_path / "migrations"
    options = {"migrations": {"directory": directory, "strategy": "manual"}}
    async with first(database_url, **options) as db:
        path = await db.migrations.write(directory, "users")
        assert path is not None
        assert path.name == "0001_users.toml"
        assert "CREATE TABLE" in path.read_text()
        with pytest.raises(MigrationError, match="DF-G103"):
            await db.User.list()
        assert [one.revision for one in await db.migrations.apply()] == ["0001_users"]
        await db.User.create(name="Alice")
        assert await db.migrations.write(directory) is None
        assert await db.migrations.pending() == ()


async def test_simulation_changes_nothing(database_url: str) -> None:
    async with first(database_url) as db:
        plan = await db.migrations.simulate()
        assert plan.findings
        assert await db.migrations.history() == ()
        assert len(await db.migrations.pending()) > 0


async def test_stamp_writes_the_history_alone(database_url: str) -> None:
    async with first(database_url) as db:
        stamped = await db.migrations.stamp("baseline")
        assert (stamped.state, stamped.steps) == ("stamped", ())
        assert (await db.migrations.status()).head == "baseline"


async def test_memory_is_migrated_too() -> None:
    async with DataFlow(plugins=["migrations"]) as db:

        @db.model
        class Note:
            id: int
            text: str

        await db.Note.create(text="x")
        async with db.transaction():
            await db.Note.create(text="y")
        assert await db.Note.count() == 2
        assert len(await db.migrations.history()) == 1


def test_the_rebuild_keeps_rows_children_triggers_views_and_indexes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"

    def application(level: Any) -> DataFlow:
        db = DataFlow(url, plugins=["migrations"])

        @db.model
        class Parent:
            id: int
            name: str = field(index=True)
            level: level
            __dataflow__ = {"timestamps": False}

        @db.model
        class Child:
            id: int
            parent_id: int = field(references="Parent.id", on_delete="cascade")
            __dataflow__ = {"timestamps": False}

        return db

    db = application(str | None)
    db.sync.migrations.apply()
    db.sync.Parent.create(name="P", level="7")
    db.sync.Child.create(parent_id=1)
    db.sync.close()
    with sqlite3.connect(tmp_path / "app.db") as other:
        other.executescript(
            """
            CREATE VIEW leaders AS SELECT id, name FROM parents;
            CREATE VIEW chiefs AS SELECT id FROM leaders;
            CREATE TABLE log (text TEXT);
            CREATE TRIGGER noted AFTER INSERT ON parents BEGIN INSERT INTO log VALUES (new.name); END;
            CREATE TRIGGER watched AFTER INSERT ON log BEGIN DELETE FROM log WHERE text IN (SELECT 'none' FROM parents); END;
            """
        )
    other.close()
    db = application(int | None)
    db.sync.migrations.apply(accept=["column parents.level"])
    db.sync.Parent.create(name="Q", level=8)
    assert [one["level"] for one in db.sync.Parent.list(sort=["id"])["records"]] == [7, 8]
    assert db.sync.Child.count() == 1
    db.sync.close()
    with sqlite3.connect(tmp_path / "app.db") as other:
        assert other.execute("SELECT id FROM chiefs").fetchall() == [(1,), (2,)]
        assert other.execute("SELECT text FROM log").fetchall() == [("Q",)]
        assert other.execute("PRAGMA foreign_key_check").fetchall() == []
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = {name for (name,) in other.execute("SELECT name FROM sqlite_schema")}
    other.close()
    assert {"leaders", "chiefs", "noted", "watched", "ix_parents_name"} <= names
    assert not [name for name in names if name.startswith("dataflow_tmp")]


async def test_a_server_default_is_stored_as_it_is_written(database_url: str) -> None:
    db = DataFlow(database_url, plugins=["migrations"])

    @db.model
    class Note:
        id: str
        text: str = field(max_length=80, server_default=r"100% at :noon, it's \:so")
        __dataflow__ = {"timestamps": False}

    async with db:
        await db.Note.count()
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run("INSERT INTO notes (id) VALUES ('a')")
        assert (await db.Note.read("a"))["text"] == r"100% at :noon, it's \:so"
        assert (await db.migrations.plan()).is_empty


async def test_a_misspelt_former_name_is_the_one_problem_at_its_line(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice", age=5)
    db = DataFlow(database_url, plugins=["migrations"])

    @db.model
    class User:
        id: int
        full_name: str = field(renamed_from="nmae")
        city: str
        age: int | None = None

    async with db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
    other, problem = raised.value.problems
    assert (problem.code, other.code) == ("DF-G210", "DF-G204")
    assert problem.solutions[0].code == 'full_name: ... = field(renamed_from="name")'
    assert problem.where.call is not None
    line = linecache.getline(__file__, problem.where.call.line)
    assert line.strip() == 'full_name: str = field(renamed_from="nmae")'


async def test_the_same_change_twice_in_a_moment_is_two_revisions(database_url: str) -> None:
    def shop(kind: object) -> DataFlow:
        db = DataFlow(database_url, plugins=["migrations"])
        db.model(type("Item", (), {"__annotations__": {"id": int, "name": kind}, "__module__": __name__}))
        return db

    kinds = [str, str | None] * 3
    for kind in kinds:
        async with shop(kind) as db:
            await db.migrations.apply()
            assert (await db.migrations.plan()).is_empty
            await db.migrations.rollback()
            assert len(await db.migrations.apply()) == 1
    async with shop(str | None) as db:
        history = [one for one in await db.migrations.history() if not one.revision.startswith("revert_")]
        assert [one.state for one in history] == ["reverted", "applied"] * len(kinds)
