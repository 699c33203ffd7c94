"""Checks of one's own in every shape, and what becomes of a migration when one of them does not do what it should."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import MigrationError


def first(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"], **options)

    @db.model
    class User:
        id: int
        name: str

    return db


def second(url: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", "checkpoints"], **options)

    @db.model
    class User:
        id: int
        full_name: str = field(renamed_from="name")

    return db


def of_a_bug(about: Any) -> str | None:
    raise LookupError("no such setting")


def of_another_deadline(about: Any) -> str | None:
    raise TimeoutError("the archive did not answer")


async def of_a_deadline_without_words(about: Any) -> str | None:
    async with asyncio.timeout(0):
        await asyncio.Event().wait()
    return None


def of_another_shape(about: Any) -> Any:
    return True


async def of_silence(about: Any) -> str | None:
    await asyncio.Event().wait()
    return None


async def of_wrong_sql(about: Any) -> str | None:
    await about.session.rows("SELECT nothing FROM nowhere")
    return None


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (of_silence, "check 'OWN1' cannot be made: it did not answer within 0.5 s"),
        (of_a_bug, "check 'OWN1' cannot be made: it raised LookupError: no such setting"),
        (of_another_deadline, "check 'OWN1' cannot be made: it raised TimeoutError: the archive did not answer"),
        (of_a_deadline_without_words, "check 'OWN1' cannot be made: it raised TimeoutError"),
        (of_another_shape, "check 'OWN1' cannot be made: it answers True, and not what is wrong, or None"),
        (of_wrong_sql, "check 'OWN1' cannot be made: "),
    ],
)
async def test_a_check_that_fails_by_itself_has_the_migration_undone(
    database_url: str, function: Callable[[Any], Any], said: str
) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice")
    async with second(database_url, checkpoints={"check_timeout_s": 0.5}) as db:
        db.migrations.checkpoints.check("OWN1", stage="post")(function)
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        assert caught.value.code == "DF-G303"
        assert caught.value.problems[0].message.startswith(said)
        assert caught.value.__notes__ == ["every step of it was undone"]
        assert [one.state for one in await db.migrations.history()] == ["applied", "reverted", "reverted"]
        kept = {one.code: str(one) for one in await db.migrations.checkpoints.results() if one.stage == "post"}
        assert kept["OWN1"].startswith(f"failed  OWN1: {said}")
        # so is what the others found
        assert kept["VC305"] == "passed  VC305"
    async with first(database_url) as db:
        assert (await db.migrations.plan()).is_empty
        assert (await db.User.read(1))["name"] == "Alice"


@pytest.mark.databases("postgres", "mysql")
async def test_a_check_that_loses_the_connection_leaves_what_can_be_undone(
    database_url: str, database_kind: str
) -> None:
    ends = "SELECT pg_terminate_backend(pg_backend_pid())" if database_kind == "postgres" else "KILL CONNECTION_ID()"

    async def of_a_killer(about: Any) -> str | None:
        await about.session.run(ends)
        return None

    async with first(database_url) as db:
        await db.User.create(name="Alice")
    async with second(database_url) as db:
        db.migrations.checkpoints.check("OWN1", stage="post")(of_a_killer)
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        assert caught.value.code == "DF-G303"
        assert caught.value.__notes__ == ["it could not be undone, and 'rollback' does so: StatementFailed"]
        assert [one.state for one in await db.migrations.history()] == ["applied", "running"]
    async with first(database_url) as db:
        assert len(await db.migrations.rollback()) == 1
        assert (await db.migrations.plan()).is_empty
        assert (await db.User.read(1))["name"] == "Alice"


async def test_a_check_may_be_a_plain_function(database_url: str) -> None:
    async with first(database_url) as db:
        db.migrations.checkpoints.check("OWN1", stage="pre")(lambda about: "it is friday")
        with pytest.raises(MigrationError, match="it is friday"):
            await db.migrations.apply()


async def two_hours_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=2)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (lambda: datetime.now(UTC) - timedelta(minutes=1), "passed"),
        (lambda: datetime.now(UTC) - timedelta(hours=2), "failed"),
        (lambda: None, "failed"),
        (two_hours_ago, "failed"),
    ],
)
async def test_the_last_backup_is_asked_of_a_function(database_url: str, given: Callable[[], Any], status: str) -> None:
    async with first(database_url, checkpoints={"max_backup_age_s": 3600}) as db:
        db.migrations.checkpoints.last_backup(given)
        results = await db.migrations.checkpoints.run("pre")
        assert [one.status for one in results if one.code == "VC104"] == [status]


async def test_a_moment_without_its_zone_is_no_answer(database_url: str) -> None:
    async with first(database_url, checkpoints={"max_backup_age_s": 3600}) as db:
        db.migrations.checkpoints.last_backup(lambda: datetime(2026, 1, 1))  # the mistake
        with pytest.raises(MigrationError, match="check 'VC104' cannot be made: 'last_backup' gives"):
            await db.migrations.apply()


async def test_slower_answers_fail_after_the_deployment(tmp_path: Any, many: Callable[..., Awaitable[None]]) -> None:
    db = DataFlow(f"sqlite:///{tmp_path}/app.db", plugins=["migrations", "checkpoints"])

    @db.model
    class Reading:
        id: int
        sensor: int = field(index=True)
        other: int
        __dataflow__ = {"timestamps": False}  # as users write it

    async with db:
        await many(db, "readings", "sensor", "other")
        checkpoints = db.migrations.checkpoints
        checkpoints.watch_time(
            "one sensor", lambda: db.Reading.list({"sensor": 5}), lambda: db.Reading.list({"other": 5})
        )
        (result,) = [one for one in await checkpoints.run() if one.code == "VC402"]
        assert result.status == "failed"
        assert result.message.startswith("one sensor takes ")
        assert result.measured["one sensor"]["samples"] == 60
        assert [one.status for one in await checkpoints.results() if one.code == "VC402"] == ["failed"]


@pytest.mark.databases("postgres")
async def test_a_function_that_names_what_is_no_more_is_told(database_url: str) -> None:
    async with first(database_url) as db:
        await db.User.create(name="Alice")
    connection = await asyncpg.connect(database_url)
    try:
        available = await connection.fetchval(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'"
        )
        if available:
            await connection.execute("CREATE EXTENSION plpgsql_check")
        await connection.execute(
            "CREATE FUNCTION names() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT name FROM users LIMIT 1); END $$;"
            "CREATE FUNCTION older() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT x FROM gone); END $$;"
        )
    finally:
        await connection.close()
    async with second(database_url) as db:
        if not available:
            # nothing can read a function there, and the migration goes through
            await db.migrations.apply()
            return
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        assert caught.value.code == "DF-G302"
        assert 'function names(): column "name" does not exist' in str(caught.value)
        # that one was broken before
        assert "older" not in str(caught.value)
