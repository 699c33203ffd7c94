"""The connection of a migration that is ended in the middle of it: told with the way on, and both ways lead somewhere."""

from __future__ import annotations

from typing import Any

import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import MigrationError
from dataflow_testkit import Kind

#: the second step of all
STEPS = {
    "postgres": "create column things.weight",
    "mysql": "alter column things.size (the value was for the rows that were there)",
}
pytestmark = pytest.mark.databases("postgres", "mysql")


def shop(url: str, version: int) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"])
    body: dict[str, Any] = {"__annotations__": {"id": int, "name": str}, "__module__": __name__}
    if version == 2:
        body = {**body, "size": field(backfill=1), "weight": field(backfill=2)}
        body["__annotations__"] = {"id": int, "name": str, "size": int, "weight": int}
    db.model(type("Thing", (), body))
    return db


async def cut_at(url: str, number: int) -> MigrationError:
    asked = 0

    async def end(about: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == number:
            async with about.app.adapter.session("test") as other:
                assert await other.terminate(about.session.server_id)

    async with shop(url, 1) as db:
        await db.Thing.create(name="A")
    async with shop(url, 2) as db:
        db.migrations.checkpoints.check("OWN1", stage="during")(end)
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        return caught.value


@pytest.mark.parametrize("way_on", ["apply", "rollback"])
async def test_a_lost_connection_is_told_with_the_way_on(database_url: str, database_kind: Kind, way_on: str) -> None:
    error = await cut_at(database_url, 2)
    async with shop(database_url, 2) as db:
        (_, revision) = await db.migrations.history()
        (problem,) = error.problems
        assert (problem.code, problem.message) == (
            "DF-G105",
            f"revision '{revision.revision}' was cut short at its step '{STEPS[database_kind]}':"
            " the connection to the server was lost; nothing of this transaction or statement remains",
        )
        assert (revision.state, (await db.migrations.status()).state) == ("running", "unfinished")
        if way_on == "apply":
            assert len(await db.migrations.apply()) == 1
            assert [(one["size"], one["weight"]) for one in (await db.Thing.list())["records"]] == [(1, 2)]
            return
        await db.migrations.rollback()
    async with shop(database_url, 1) as db:
        assert (await db.migrations.plan()).is_empty
        assert [one["name"] for one in (await db.Thing.list())["records"]] == ["A"]


@pytest.mark.databases("postgres")
async def test_a_server_that_ends_who_is_idle_waits_for_a_migration(database_url: str) -> None:
    async with shop(database_url, 1) as db:
        await db.Thing.create(name="A")
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            ((name,),) = await session.rows("SELECT current_database()::text")
            for setting in ("idle_in_transaction_session_timeout", "idle_session_timeout"):
                await session.run(f'ALTER DATABASE "{name}" SET {setting} = 60000')
            async with db.adapter.session("test") as other:  # type: ignore[attr-defined]  # it can be migrated
                settings = (
                    "current_setting('idle_in_transaction_session_timeout'), current_setting('idle_session_timeout')"
                )
                assert await other.rows(f"SELECT {settings}") == [("0", "0")]
