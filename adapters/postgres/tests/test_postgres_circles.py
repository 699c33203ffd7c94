"""Models that refer to each other are rendered among themselves, whatever tables of their names are there."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from typing import ClassVar, cast

import pytest

from dataflow import DataFlow, field
from dataflow.adapters import StatementFailed
from dataflow.migrations import Constraint, SchemaSnapshot
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.dialect import PostgresSchema
from dataflow_sql.servers import ServerAdapter

pytestmark = pytest.mark.databases("postgres")
SCHEMA = PostgresSchema(PostgresDialect())
#: none of them can be referred to as the models want
OTHERS = """
CREATE TABLE people (id text, team_id text);
CREATE TABLE teams (id uuid PRIMARY KEY);
CREATE TABLE badges (code int);
"""


@pytest.fixture
async def circle(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Badge:
            id: str
            person_id: int = field(references="Person.id", on_delete="cascade")

        @db.model
        class Person:
            id: int
            boss_id: int | None = field(references="Person.id", on_delete="set_null", default=None)
            team_id: str | None = field(references="Team.id", default=None)
            __dataflow__: ClassVar = {"table": "people"}

        @db.model
        class Team:
            id: str
            lead_id: int | None = field(references="Person.id", default=None)

        yield db


def references(schema: SchemaSnapshot) -> set[tuple[str, str, str]]:
    found = [one for one in schema.of_kind("constraint") if isinstance(one, Constraint) and one.type == "foreign"]
    return {(one.ref.table, one.columns[0], str(one.referred_table)) for one in found}


async def test_a_circle_is_rendered_beside_tables_of_the_same_names(circle: DataFlow) -> None:
    models = list(circle.models.values())
    async with cast(ServerAdapter, circle.adapter).session("test") as session:
        alone = await SCHEMA.desired(session, models)
        assert references(alone) == {
            ("badges", "person_id", "table people"),
            ("people", "boss_id", "table people"),
            ("people", "team_id", "table teams"),
            ("teams", "lead_id", "table people"),
        }
        await session.run(OTHERS)
        for order in itertools.permutations(models):
            assert await SCHEMA.desired(session, order) == alone
        assert references(await SCHEMA.snapshot(session)) == set()


async def test_so_it_is_in_temporary_tables(circle: DataFlow) -> None:
    models = list(circle.models.values())
    async with cast(ServerAdapter, circle.adapter).session("test") as session:
        await session.run(OTHERS)
        wanted = await SCHEMA.desired(session, models)
        role = f"dataflow_poor_{os.getpid()}"
        await session.run(f"CREATE ROLE {role}; GRANT USAGE ON SCHEMA public TO {role}")
        try:
            await session.run(f"SET ROLE {role}")
            with pytest.raises(StatementFailed):
                await session.run("CREATE SCHEMA forbidden")
            for order in itertools.permutations(models):
                assert await SCHEMA.desired(session, order) == wanted
        finally:
            await session.run(f"RESET ROLE; REVOKE USAGE ON SCHEMA public FROM {role}; DROP ROLE {role}")
