"""A migration that fails at a step: what is told of it, and that either of its two cures works."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import MigrationError


def first(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Thing:
        id: int
        name: str

    return db


def second(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Thing:
        id: int
        # the index comes last, and two rows have one name
        name: str = field(unique=True, max_length=50)
        size: int = field(backfill=1)

    @db.model
    class Place:
        id: int

    return db


async def failed(url: str) -> MigrationError:
    async with first(url) as db:
        await db.migrations.apply()
        await db.Thing.create(name="x")
    async with second(url) as db:
        plan = await db.migrations.plan()
        assert plan.stops == ()
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            # as somebody does between a plan and its being applied
            columns = "name, created_at, updated_at"
            await session.change(f"INSERT INTO things ({columns}) SELECT {columns} FROM things")
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply(plan)
        return caught.value


async def test_its_steps_that_are_done_can_be_undone(database_url: str) -> None:
    error = await failed(database_url)
    assert error.code == "DF-G105"
    assert "it is not SQL" not in str(error)
    async with second(database_url) as db:
        before = await db.migrations.history()
        undone = await db.migrations.rollback() if before[-1].state == "running" else ()
        # in SQLite, and where all was in one transaction, nothing is left of it
        assert [one.revision for one in undone] == [one.revision for one in before if one.state == "running"]
    async with first(database_url) as db:
        plan = await db.migrations.plan()
        assert (plan.steps, plan.stops) == ((), ())
        assert [one["name"] for one in (await db.Thing.list())["records"]] == ["x", "x"]
        assert {one.state for one in await db.migrations.history()} <= {"applied", "reverted", "failed"}


async def test_it_is_finished_once_its_cause_is_mended(database_url: str) -> None:
    await failed(database_url)
    async with first(database_url) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        await session.change("UPDATE things SET name = 'y' WHERE id = 2")
    async with second(database_url) as db:
        await db.migrations.apply()
        assert (await db.migrations.plan()).is_empty
        assert [(one["name"], one["size"]) for one in (await db.Thing.list(sort=["id"]))["records"]] == [
            ("x", 1),
            ("y", 1),
        ]
        await db.migrations.rollback()
    async with first(database_url) as db:
        assert (await db.migrations.plan()).is_empty


@pytest.mark.parametrize("kind", ["backfill", "server_default", "of a field that may be absent"])
async def test_one_value_for_all_rows_is_not_unique(database_url: str, kind: str) -> None:
    def shop(step: int) -> DataFlow:
        db = DataFlow(database_url, plugins=["migrations"])
        annotations: dict[str, object] = {"id": int}
        body: dict[str, object] = {"__annotations__": annotations, "__module__": __name__}
        if kind == "of a field that may be absent" or step == 2:
            annotations["code"] = str | None if step == 1 else str
            options: dict[str, Any] = {kind: "none"} if kind == "server_default" else {"backfill": "none"}
            body["code"] = field(default=None) if step == 1 else field(unique=True, max_length=50, **options)
        db.model(type("Thing", (), body))
        return db

    async with shop(1) as db:
        for _ in range(3):
            await db.Thing.create()
    async with shop(2) as db:
        plan = await db.migrations.plan()
        assert [one.code for one in plan.stops] == ["DF-G206"]
        assert plan.stops[0].message == (
            "(code) of table 'things' is to be unique, and 1 value would be there more than once, in 3 rows"
        )


async def test_a_schema_that_is_not_as_planned_is_where_the_next_plan_begins(database_url: str) -> None:
    async with first(database_url) as db:
        plan = await db.migrations.plan()
        (step,) = plan.steps
        meddling = attrs.evolve(step, sql=(*step.sql, "ALTER TABLE things ADD COLUMN other INTEGER"))
        with pytest.raises(MigrationError, match="DF-G111"):
            await db.migrations.apply(attrs.evolve(plan, steps=(meddling,)))
        assert [one.state for one in await db.migrations.history()] == ["applied"]
        await db.Thing.create(name="x")
        assert (await db.migrations.plan()).is_empty
        with pytest.raises(MigrationError, match="DF-G110"):
            await db.migrations.rollback("no such revision")
        await db.migrations.rollback()
        assert [one.state for one in await db.migrations.history()] == ["reverted", "reverted"]
