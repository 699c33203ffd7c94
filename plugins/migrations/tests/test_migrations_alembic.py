"""Revisions written for Alembic, run by Alembic itself: they do what ``apply`` would have done, and undo it."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from dataflow import DataFlow, Index, MigrationError, field
from dataflow.migrations import MigratableAdapter

ENVIRONMENT = """
from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}
Alembic = Callable[..., Awaitable[None]]


def first(url: str) -> DataFlow:
    db = DataFlow.with_migrations(url, strategy="manual")

    @db.model
    class Person:
        id: int
        name: str = field(max_length=50, server_default=":none")
        age: int | None = None
        mood: Literal["glad", "sad"] = field(server_default="glad")

    @db.model
    class Pet:
        id: int
        person_id: int = field(references="Person.id", on_delete="cascade")

    return db


def second(url: str) -> DataFlow:
    db = DataFlow.with_migrations(url, strategy="manual")

    @db.model
    class Person:
        id: int
        full_name: str = field(max_length=80, renamed_from="name", server_default=":none")
        mood: Literal["glad", "sad", "calm"] = field(server_default="glad")
        city: str = field(backfill="a 100% : place", max_length=40)
        __indexes__ = [Index("city", "full_name")]

    @db.model
    class Pet:
        id: int
        person_id: int | None = field(references="Person.id", on_delete="set_null", default=None)

    return db


@pytest.fixture
def alembic(database_url: str, tmp_path: Path) -> Alembic:
    """Run a command of Alembic on the database, with the directory ``tmp_path / "alembic"``."""
    directory = tmp_path / "alembic"
    (directory / "versions").mkdir(parents=True)
    (directory / "env.py").write_text(ENVIRONMENT)
    (directory / "script.py.mako").write_text("")
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(directory))
    scheme, _, rest = database_url.partition("://")

    async def run(name: str, *arguments: Any) -> None:
        engine = create_async_engine(f"{DRIVERS[scheme]}://{rest}")
        try:
            async with engine.connect() as connection:

                def work(given: Any) -> None:
                    config.attributes["connection"] = given
                    getattr(command, name)(config, *arguments)

                await connection.run_sync(work)
                await connection.commit()
        finally:
            await engine.dispose()

    return run


async def schema(db: DataFlow) -> str:
    adapter = db.adapter
    assert isinstance(adapter, MigratableAdapter)
    async with adapter.session("test") as session:
        found = await adapter.schema.snapshot(session)
        return found.tables(model.table for model in db.models.values()).fingerprint


async def test_alembic_does_and_undoes_what_was_planned(database_url: str, tmp_path: Path, alembic: Alembic) -> None:
    directory = tmp_path / "alembic"
    async with first(database_url) as db:
        path = await db.migrations.write(directory, "people and pets", form="alembic")
        assert path is not None
        assert path.parent.name == "versions"
        assert path.name.endswith("_people_and_pets.py")
        await alembic("upgrade", "head")
        assert (await db.migrations.plan()).is_empty
        before = await schema(db)
        person = await db.Person.create(name="Alice", age=7)
        await db.Pet.create(person_id=person["id"])
        revision = await db.migrations.adopt("alembic:first")
        assert (revision.revision, revision.state) == ("alembic:first", "applied")
    async with second(database_url) as db:
        with pytest.raises(MigrationError) as caught:
            await db.migrations.write(directory, form="alembic")
        assert caught.value.code == "DF-G201"
        path = await db.migrations.write(directory, accept=["column persons.age"], form="alembic")
        assert path is not None
        await alembic("upgrade", "head")
        assert (await db.migrations.plan()).is_empty
        (person,) = (await db.Person.list())["records"]
        assert (person["full_name"], person["mood"], person["city"]) == ("Alice", "glad", "a 100% : place")
        assert await db.Pet.count() == 1
        assert await db.migrations.write(directory, form="alembic") is None
    await alembic("downgrade", "-1")
    async with first(database_url) as db:
        assert await schema(db) == before
        (person,) = (await db.Person.list())["records"]
        assert (person["name"], person["age"]) == ("Alice", 7)
        assert await db.Pet.count() == 1


@pytest.mark.databases("sqlite")
async def test_what_cannot_be_continued_is_refused(database_url: str, tmp_path: Path) -> None:
    async with first(database_url) as db:
        for content, why in (
            (None, "no such directory"),
            ({"a": "revision = 'a'\ndown_revision = None\n", "b": "revision = 'b'\ndown_revision = None\n"}, "2 heads"),
            ({"a": "revision: str = 'a'\ndown_revision: str | None = None\n"}, "its head is a"),
            ({"a": "revision = name()\n"}, "'a.py' cannot be read"),
            ({"a": "down_revision = None\n"}, "'a.py' cannot be read"),
        ):
            directory = tmp_path / (why.replace("'", "") if content is None else f"{len(content)}{why[:8]}")
            for name, text in (content or {}).items():
                directory.mkdir(exist_ok=True)
                (directory / f"{name}.py").write_text(text)
            with pytest.raises(MigrationError) as caught:
                await db.migrations.write(directory, form="alembic")
            assert caught.value.code == "DF-G116"
            assert why in str(caught.value)
