"""What somebody changes by hand between a migration and its undoing: what is gone already is not missed, and nothing is begun that gets stuck."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, Index, field
from dataflow.diagnostics import MigrationError


def shop(url: str, version: int) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])
    annotations: dict[str, Any] = {"id": int, "name": str}
    body: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__}
    if version == 1:
        annotations["age"] = int | None
    else:
        annotations |= {"level": int, "kind": str}
        body |= {"level": field(backfill=1), "kind": field(max_length=20, backfill="k"), "__indexes__": [Index("kind")]}
    db.model(type("User", (), body))
    return db


async def told(db: DataFlow, *statements: str) -> None:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        for one in statements:
            await session.run(one)


async def migrated(url: str) -> None:
    async with shop(url, 1) as db:
        await db.User.create(name="A", age=5)
    async with shop(url, 2) as db:
        await db.migrations.apply(accept=["column users.age"])


@pytest.mark.parametrize("what", ["column", "index"])
async def test_what_is_gone_already_is_not_missed(database_url: str, what: str) -> None:
    await migrated(database_url)
    on = " ON users" if database_url.startswith("mysql") else ""
    gone = "ALTER TABLE users DROP COLUMN level" if what == "column" else f"DROP INDEX ix_users_kind{on}"
    async with shop(database_url, 2) as db:
        await told(db, gone)
        assert len(await db.migrations.rollback()) == 1
    async with shop(database_url, 1) as db:
        assert (await db.migrations.plan()).is_empty
        assert [(one["name"], one["age"]) for one in (await db.User.list())["records"]] == [("A", 5)]


@pytest.mark.parametrize("what", ["table", "copy"])
async def test_an_undoing_that_would_get_stuck_is_not_begun(database_url: str, what: str) -> None:
    await migrated(database_url)
    async with shop(database_url, 2) as db:
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            ((copy,),) = await session.rows("SELECT name FROM dataflow_migration_kept")
        await told(db, f"DROP TABLE {'users' if what == 'table' else copy}")
        before = await db.migrations.history()
        with pytest.raises(MigrationError) as caught:
            await db.migrations.rollback()
        why = (
            "table users is not there any more"
            if what == "table"
            else f"its data were in {copy}, which somebody has dropped"
        )
        assert caught.value.code == "DF-G110"
        assert why in str(caught.value)
        assert await db.migrations.history() == before
        # and the next one is not kept out
        await db.migrations.apply()
        assert (await db.migrations.status()).state == "current"


@pytest.mark.databases("sqlite")
async def test_a_column_that_a_table_made_anew_would_lose_keeps_it_as_it_is(database_url: str) -> None:
    await migrated(database_url)
    async with shop(database_url, 2) as db:
        await told(db, "ALTER TABLE users ADD COLUMN theirs TEXT", "UPDATE users SET theirs = 'x'")
        with pytest.raises(MigrationError) as caught:
            await db.migrations.rollback()
        (problem,) = caught.value.problems
        assert problem.code == "DF-G105"
        assert "column users.theirs is there, which the step knows nothing of, and would be lost" in str(caught.value)
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            assert await session.rows("SELECT level, kind, theirs FROM users") == [(1, "k", "x")]
        await told(db, "ALTER TABLE users DROP COLUMN theirs")
        assert len(await db.migrations.rollback()) == 1
    async with shop(database_url, 1) as db:
        assert (await db.migrations.plan()).is_empty
