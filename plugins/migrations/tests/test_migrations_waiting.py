"""A migration whose tables others have locked: it gives up in time, leaves nothing half done, and succeeds once they are gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dataflow import DataFlow, Index
from dataflow.diagnostics import ContentionError, MigrationError
from dataflow_testkit import Kind

WAITED_S = 0.5
#: far more than is waited for, and far less than for ever
PATIENCE_S = 30.0
LONGER = "a row or table stayed locked by another transaction for longer than statements may wait"
TOLD = {
    "sqlite": ("DF-G106", "another migration of this database did not end within 0.5 s"),
    "postgres": ("DF-G105", f"step 1 of 1 failed: create column things.size: {LONGER}"),
    "mysql": ("DF-G105", f"step 1 of 1 failed: create column things.size: {LONGER}"),
}


def shop(url: str, *names: str, **body: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])
    annotations: dict[str, Any] = {"id": int, "name": str, **dict.fromkeys(names, int | None)}
    db.model(type("Thing", (), {"__annotations__": annotations, "__module__": __name__, **body}))
    return db


async def test_who_has_read_a_table_is_not_waited_for_for_ever(database_url: str, database_kind: Kind) -> None:
    async with shop(database_url) as old, shop(database_url, "size") as new:
        await old.Thing.create(name="A")
        async with old.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            async with session.transaction():
                await session.rows("SELECT * FROM things")
                with pytest.raises(MigrationError) as caught:
                    async with asyncio.timeout(PATIENCE_S):
                        await new.migrations.apply(timeout_s=WAITED_S)
                assert (caught.value.code, caught.value.problems[0].message) == TOLD[database_kind]
            (columns,) = [len(row) for row in await session.rows("SELECT * FROM things")]
            assert columns == 4
        assert len(await new.migrations.apply(timeout_s=WAITED_S)) == 1
        assert [one["name"] for one in (await new.Thing.list())["records"]] == ["A"]


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("way_on", ["apply", "rollback"])
async def test_an_index_built_beside_writers_does_not_wait_for_readers_for_ever(database_url: str, way_on: str) -> None:
    async with shop(database_url) as old, shop(database_url, __indexes__=[Index("name")]) as new:
        await old.Thing.create(name="A")
        async with old.adapter.session("test") as session, session.reading():  # type: ignore[attr-defined]  # it can be migrated
            await session.rows("SELECT * FROM things")
            with pytest.raises(MigrationError, match="DF-G105") as caught:
                async with asyncio.timeout(PATIENCE_S):
                    await new.migrations.apply(timeout_s=WAITED_S)
            assert LONGER in str(caught.value)
        assert (await new.migrations.status()).state == "unfinished"
        if way_on == "apply":
            assert len(await new.migrations.apply()) == 1
            assert (await new.migrations.plan()).is_empty
        else:
            await new.migrations.rollback()
            assert (await old.migrations.plan()).is_empty


@pytest.mark.databases("postgres")
async def test_a_lock_of_the_whole_table_keeps_no_plan_for_ever(database_url: str) -> None:
    async with shop(database_url) as old, shop(database_url, "size") as new:
        await old.Thing.create(name="A")
        async with old.adapter.session("test") as session, session.transaction():  # type: ignore[attr-defined]  # it can be migrated
            await session.run("LOCK TABLE things")
            with pytest.raises(ContentionError) as caught:
                async with asyncio.timeout(PATIENCE_S):
                    await new.migrations.apply(timeout_s=WAITED_S)
            assert (caught.value.code, caught.value.problems[0].message) == ("DF-A106", LONGER)
        assert len(await new.migrations.apply()) == 1
