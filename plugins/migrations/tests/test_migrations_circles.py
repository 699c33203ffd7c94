"""Tables whose rows refer to each other, dropped and brought back."""

from __future__ import annotations

import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import DataFlowError


def firm(url: str, *, with_people: bool = True) -> DataFlow:
    """People have superiors and lead teams, whose members they are; a city stays when they go."""
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class City:
        id: int

    if with_people:

        @db.model
        class Person:
            id: int
            boss_id: int | None = field(references="Person.id", default=None)
            team_id: int | None = field(references="Team.id", default=None)
            city_id: int = field(references="City.id", on_delete="cascade")

        @db.model
        class Team:
            id: int
            leader_id: int | None = field(references="Person.id", default=None)

    return db


async def dropped(url: str) -> list[dict[str, object]]:
    """Fill the tables and drop those of people; gives the people that there were."""
    async with firm(url) as db:
        city = await db.City.create()
        team = await db.Team.create()
        ann, bob = [await db.Person.create(team_id=team["id"], city_id=city["id"]) for _ in range(2)]
        await db.Person.update(ann["id"], {"boss_id": bob["id"]})
        await db.Person.update(bob["id"], {"boss_id": ann["id"]})
        await db.Team.update(team["id"], {"leader_id": bob["id"]})
        people = (await db.Person.list(sort=["id"]))["records"]
    async with firm(url, with_people=False) as db:
        gone = ["persons", "teams"]
        plan = await db.migrations.plan(drop_tables=gone, accept=[f"table {one}" for one in gone])
        await db.migrations.apply(plan)
    return list(people)


async def test_rows_that_refer_to_each_other_come_back(database_url: str) -> None:
    people = await dropped(database_url)
    async with firm(database_url, with_people=False) as db:
        await db.migrations.rollback()
    async with firm(database_url) as db:
        assert (await db.migrations.plan()).is_empty
        assert (await db.Person.list(sort=["id"]))["records"] == people
        assert (await db.Team.list())["records"][0]["leader_id"] == people[1]["id"]
        with pytest.raises(DataFlowError, match="DF-A102"):
            await db.Person.create(city_id=99)


async def test_rows_whose_parents_went_meanwhile_do_not_come_back_without_them(database_url: str) -> None:
    await dropped(database_url)
    async with firm(database_url, with_people=False) as db:
        await db.City.delete(filter={"id": {"$gt": 0}}, all=True)
        with pytest.raises(DataFlowError) as caught:
            await db.migrations.rollback()
        if database_url.startswith("postgres"):
            # it looks at every row that is put back
            assert caught.value.code == "DF-G105"
        else:
            assert caught.value.code == "DF-G110"
            assert "2 rows refer to what table cities has no more" in str(caught.value)
        await db.City.create(id=1)
        await db.migrations.rollback()
    async with firm(database_url) as db:
        assert await db.Person.count() == 2
