"""The index that MySQL and MariaDB make for a foreign key, and take away again once another one serves it."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, Index, field
from dataflow.migrations import MigratableAdapter, SchemaObject
from dataflow_migrations.drift import drift_of

pytestmark = pytest.mark.databases("mysql")


def models(url: str, *indexes: Index) -> DataFlow:
    db: Any = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        __dataflow__ = {"table": "people", "timestamps": False}

    @db.model
    class Pet:
        id: int
        person_id: int = field(references="Person.id")
        age: int = 0
        __dataflow__ = {"timestamps": False}
        __indexes__ = list(indexes)

    return db  # type: ignore[no-any-return]


async def indexes(db: DataFlow) -> tuple[SchemaObject, ...]:
    adapter = db.adapter
    assert isinstance(adapter, MigratableAdapter)
    async with adapter.session("test") as session:
        return (await adapter.schema.snapshot(session)).of_kind("index")


@pytest.mark.parametrize("is_implicit", [True, False])
async def test_an_index_that_serves_the_key_as_well_comes_and_goes(database_url: str, is_implicit: bool) -> None:
    async with models(database_url) as db:
        if is_implicit:
            async with db.adapter.session("test") as session:  # type: ignore[attr-defined]
                await session.run("CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY)")
                await session.run(
                    "CREATE TABLE pets (id BIGINT AUTO_INCREMENT PRIMARY KEY, person_id BIGINT NOT NULL, age BIGINT NOT NULL,"
                    " CONSTRAINT fk_pets_person_id FOREIGN KEY (person_id) REFERENCES people (id))"
                )
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
    async with models(database_url, Index("person_id", "age")) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        assert await drift_of(db) == ()
        names = {one.ref.name for one in await indexes(db)}
        # the server has taken its own one away
        assert names == {"ix_pets_person_id_age"} if is_implicit else "ix_pets_person_id_age" in names
        await db.migrations.rollback()
    async with models(database_url) as db:
        assert (await db.migrations.plan()).is_empty
        assert await drift_of(db) == ()


SERVED = """
CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE pets (id BIGINT AUTO_INCREMENT PRIMARY KEY, person_id BIGINT NOT NULL, age BIGINT NOT NULL, name TEXT,
  UNIQUE by_name (person_id, name(9)){})
"""


@pytest.mark.parametrize("key", ["", ", FOREIGN KEY (person_id) REFERENCES people (id)"])
async def test_an_index_of_others_that_serves_the_key_is_enough(database_url: str, key: str) -> None:
    async with models(database_url) as db:
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]
            for statement in SERVED.format(key).split(";"):
                await session.run(statement)
        if not key:
            await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        if key:
            await db.migrations.adopt("as_it_was")
        assert (await db.migrations.plan()).is_empty
        assert await drift_of(db) == ()
        assert [one.ref.name for one in await indexes(db)] == ["by_name"]
