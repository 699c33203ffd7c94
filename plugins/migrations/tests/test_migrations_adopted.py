"""Tables that another tool has made, taken over: they stay as they are until the models want something else of them."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, MigrationError, field
from dataflow_testkit import Kind

TABLE = {
    "sqlite": "CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, name VARCHAR(200) NOT NULL, age BIGINT, city TEXT NOT NULL)",
    "postgres": "CREATE TABLE users (id VARCHAR(100) PRIMARY KEY, name VARCHAR(200) NOT NULL, age BIGINT, city TEXT NOT NULL)",
    "mysql": "CREATE TABLE users (id VARCHAR(255) PRIMARY KEY, name VARCHAR(200) NOT NULL, age BIGINT, city LONGTEXT NOT NULL)",
}


def application(url: str, **fields: tuple[Any, Any]) -> DataFlow:
    db = DataFlow.with_migrations(url, strategy="manual")
    namespace = {name: default for name, (_, default) in fields.items() if default is not ...}
    user = type(
        "User",
        (),
        {
            "__annotations__": {"id": str} | {name: kind for name, (kind, _) in fields.items()},
            "__dataflow__": {"timestamps": False},
            **namespace,
        },
    )
    db.model(user)
    return db


NAME, AGE, CITY = (str, ...), (int | None, None), (str, ...)


@pytest.fixture
async def made(database_url: str, database_kind: Kind) -> None:
    async with (
        application(database_url, name=NAME) as db,
        db.adapter.session("another tool") as session,  # type: ignore[attr-defined]  # it can be migrated
    ):
        await session.run(TABLE[database_kind])
        await session.run("INSERT INTO users VALUES ('a', 'Alice', 7, 'Rome')")


async def test_what_was_taken_over_changes_with_the_models(database_url: str, made: None) -> None:
    async with application(database_url, name=NAME, age=AGE, city=CITY) as db:
        revision = await db.migrations.adopt("alembic:ae10")
        assert (revision.revision, revision.state, revision.steps) == ("alembic:ae10", "applied", ())
        status = await db.migrations.status()
        assert (status.head, status.state) == ("alembic:ae10", "current")
        # again: nothing else than the first time
        await db.migrations.adopt("alembic:ae10")
        assert len(await db.migrations.history()) == 1
        assert await db.migrations.apply() == ()
    # a column that no field is of any more is the models' to drop; the others stay as they were made
    async with application(database_url, full_name=(str, field(renamed_from="name")), city=CITY) as db:
        plan = await db.migrations.plan()
        assert [problem.code for problem in plan.stops] == ["DF-G201"]
        plan = await db.migrations.plan(accept=["column users.age"])
        assert [str(step).partition(" (")[0] for step in plan.steps if step.kind != "keep"] == [
            "rename column users.full_name",
            "drop column users.age",
        ]
        await db.migrations.apply(accept=["column users.age"])
        assert [str(step) for step in (await db.migrations.plan()).steps] == []
    # what is wanted otherwise is changed, and undone to what it was
    async with application(database_url, full_name=(str, field(renamed_from="name")), city=(str | None, None)) as db:
        assert [str(step.target) for step in (await db.migrations.plan()).steps][-1:] in (
            ["column users.city"],
            ["table users"],
        )
        await db.migrations.apply()
        assert [str(step) for step in (await db.migrations.plan()).steps] == []
        await db.migrations.rollback()
    async with application(database_url, full_name=(str, field(renamed_from="name")), city=CITY) as db:
        assert [str(step) for step in (await db.migrations.plan()).steps] == []
        assert (await db.User.list())["records"] == [{"id": "a", "full_name": "Alice", "city": "Rome"}]


async def test_what_the_models_want_otherwise_is_not_taken_over(database_url: str, made: None) -> None:
    async with application(database_url, name=NAME, height=(float | None, None)) as db:
        with pytest.raises(MigrationError) as caught:
            await db.migrations.adopt("alembic:ae10")
        assert caught.value.code == "DF-G103"
        assert "create column users.height" in str(caught.value)
        assert await db.migrations.history() == ()


@pytest.mark.databases("sqlite")
async def test_what_has_no_field_stays_the_others(database_url: str, made: None) -> None:
    async with application(database_url, name=NAME, city=CITY) as db:
        await db.migrations.adopt("alembic:ae10")
        assert [str(step) for step in (await db.migrations.plan()).steps] == []
    async with application(database_url, name=NAME) as db:
        plan = await db.migrations.plan(accept=["column users.city"])
        assert "column users.age" not in [str(step.target) for step in plan.steps]


def catalog(url: str, **fields: Any) -> DataFlow:
    """Two tables of others; in the second the fields are as they are now."""
    db = DataFlow.with_migrations(url, strategy="manual")
    annotations = {"id": int, "owner": int, "name": str, "kind": str} | {
        name: kind for name, (kind, _) in fields.items()
    }
    annotations = {name: kind for name, kind in annotations.items() if kind is not None}
    body = {name: default for name, (kind, default) in fields.items() if kind is not None}
    about = {"__dataflow__": {"table": "entries", "timestamps": False}}
    db.model(type("Entry", (), {"__annotations__": annotations, **about, **body}))
    return db


NAMELESS = """
CREATE TABLE owners (id INTEGER PRIMARY KEY);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, name VARCHAR(9) NOT NULL COLLATE NOCASE, kind TEXT NOT NULL COLLATE NOCASE,
  FOREIGN KEY (owner) REFERENCES owners (id) ON UPDATE CASCADE, UNIQUE (owner, name), CHECK (owner > 0 AND 'owner' <> name)
);
CREATE INDEX by_name ON entries (name, kind COLLATE BINARY);
INSERT INTO owners VALUES (1);
INSERT INTO entries VALUES (7, 1, 'a', 'b')
"""


async def run_all(db: DataFlow, sql: str) -> None:
    async with db.adapter.session("another tool") as session:  # type: ignore[attr-defined]  # it can be migrated
        for statement in sql.split(";"):
            await session.run(statement)


@pytest.mark.databases("sqlite")
async def test_constraints_without_a_name_follow_a_rename(database_url: str) -> None:
    async with catalog(database_url) as db:
        await run_all(db, NAMELESS)
        await db.migrations.adopt("as_it_was")
    renamed = {"owner": (None, None), "holder": (int, field(renamed_from="owner"))}
    async with catalog(database_url, **renamed) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        assert (await db.Entry.read(7))["holder"] == 1
        await db.migrations.rollback()
    # a rebuild of the renamed table has to find them too
    async with catalog(database_url, **renamed, name=(str | None, None)) as db:
        await db.migrations.apply(accept=["column entries.name"])
        assert (await db.migrations.plan()).is_empty
        await db.migrations.rollback()
    async with catalog(database_url) as db:
        assert (await db.migrations.plan()).is_empty


@pytest.mark.databases("sqlite")
async def test_an_index_of_a_model_has_the_collation_of_its_column(database_url: str) -> None:
    async with catalog(database_url) as db:
        await run_all(db, NAMELESS)
        await db.migrations.adopt("as_it_was")
    async with catalog(database_url, kind=(str, field(index=True))) as db:
        (revision,) = await db.migrations.apply()
        assert len(revision.steps) == 1
        assert (await db.migrations.plan()).is_empty
        await db.migrations.rollback()
    async with catalog(database_url) as db:
        assert (await db.migrations.plan()).is_empty


@pytest.mark.databases("mysql")
async def test_a_table_whose_engine_chooses_the_format_of_its_rows_gets_a_field(database_url: str) -> None:
    async with application(database_url, name=NAME) as db:
        await run_all(db, "CREATE TABLE users (id VARCHAR(9) PRIMARY KEY, name CHAR(9) NOT NULL) ENGINE=MyISAM")
        await db.migrations.adopt("as_it_was")
    async with application(database_url, name=NAME, age=AGE, city=(str | None, None)) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        await db.migrations.rollback()
    async with application(database_url, name=NAME) as db:
        assert (await db.migrations.plan()).is_empty
