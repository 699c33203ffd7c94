"""A server that keeps names of tables in small letters, whatever models call them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataflow import DataFlow, field
from dataflow_migrations.drift import drift_of
from dataflow_testkit.databases import EMPTY
from dataflow_testkit.throwaway import MariaDBServer


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDBServer]:
    made = MariaDBServer.made(lower_case_table_names="1")
    yield made
    made.remove()


@pytest.fixture
def url(server: MariaDBServer) -> str:
    EMPTY["mysql"](server.url)
    return server.url


def first(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])
    add_pets(db)
    return db


def add_pets(db: DataFlow) -> None:
    @db.model
    class Person:
        id: int
        name: str
        __dataflow__ = {"table": "People"}

    @db.model
    class Pet:
        id: int
        person_id: int = field(references="Person.id")
        __dataflow__ = {"table": "TamePets"}


def second(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        full_name: str = field(renamed_from="name")
        city: str = field(backfill="Rome", index=True)
        __dataflow__ = {"table": "PEOPLE"}

    @db.model
    class Pet:
        id: int
        person_id: int = field(references="Person.id")
        __dataflow__ = {"table": "HousePets", "renamed_from": "TamePets"}

    return db


async def test_names_in_mixed_case_are_planned_applied_and_undone(url: str) -> None:
    async with first(url) as db:
        await db.migrations.apply()
        await db.Person.create(name="Alice")
        await db.Pet.create(person_id=1)
        assert (await db.migrations.plan()).is_empty
    async with second(url) as db:
        plan = await db.migrations.plan()
        assert plan.tables == ("people", "housepets", "tamepets")
        assert plan.from_fingerprint != plan.to_fingerprint
        await db.migrations.apply(plan)
        assert (await db.migrations.plan()).is_empty
        person = await db.Person.read(1)
        assert (person["full_name"], person["city"]) == ("Alice", "Rome")
        assert await db.Pet.count() == 1
        assert await drift_of(db) == ()
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]
            await session.run("ALTER TABLE people ADD COLUMN other INT")
        assert [str(one) for one in await drift_of(db)] == ["column people.other was added"]
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]
            await session.run("ALTER TABLE people DROP COLUMN other")
        await db.migrations.rollback()
    async with first(url) as db:
        assert (await db.migrations.plan()).is_empty
        assert (await db.Person.read(1))["name"] == "Alice"


async def test_a_table_is_dropped_by_its_name_in_any_case(url: str) -> None:
    async with first(url) as db:
        await db.migrations.apply()
    async with DataFlow(url, plugins=["migrations"]) as db:
        plan = await db.migrations.plan(drop_tables=["TamePets"], accept=["table TamePets"])
        assert [step.kind for step in plan.steps] == ["keep", "drop"]
        await db.migrations.apply(plan)
        assert (await db.migrations.plan()).is_empty


async def test_the_engines_beside_know_the_names_too(url: str) -> None:
    async with DataFlow(url, plugins=["migrations", "foreign-keys", "checkpoints"]) as db:
        add_pets(db)
        await db.migrations.apply()
        await db.Person.create(name="Alice")
        await db.Pet.create(person_id=1)
        for exact in (True, False):
            impact = await db.migrations.foreign_keys.impact("Person", exact=exact)
            assert impact.rows == 1
        impact = await db.migrations.foreign_keys.impact("Person")
        assert [(one.table, one.rows) for one in impact.blocked] == [("tamepets", 1)]
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]
            await session.run("SET foreign_key_checks = 0")
            await session.run("DELETE FROM people")
            await session.run("SET foreign_key_checks = 1")
        results = {one.code: one for one in await db.migrations.checkpoints.run("post")}
        assert (
            str(results["VC305"])
            == "failed  VC305: 1 row of table 'tamepets' refers by (person_id) to no row of 'people'"
        )
        assert results["VC301"].status == "skipped"
