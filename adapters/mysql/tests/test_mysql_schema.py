"""The schema as the server describes it: of a database, and of models in a scratch place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import DataFlow, Index, field
from dataflow.adapters import StatementFailed
from dataflow.migrations import ObjectRef, Session
from dataflow.models.model import MISSING
from dataflow_mysql.definitions import definitions
from dataflow_mysql.migrations.folding import respelled
from dataflow_mysql.migrations.scratch import ABANDONED_S, abandoned
from dataflow_testkit.ways import opened

pytestmark = pytest.mark.databases("mysql")
Server: TypeAlias = "Connection[Cursor]"


def models_of(url: str) -> DataFlow:
    """Every type of field, references to others and to itself, indexes of every kind."""
    db = DataFlow(url)

    @db.model
    class Team:
        id: str
        code: str = field(unique=True, max_length=10)

    @db.model
    class Member:
        __indexes__: ClassVar = [
            Index("team_id", "role", unique=True),
            Index("role", unique=True, where={"name": {"$in": ["it's", "b\\c", "`x`"]}, "age": {"$gt": 3}}),
            Index("age", where={"role": "x"}),
        ]
        id: int
        team_id: str = field(references="Team.id", on_delete="cascade")
        boss_id: int | None = field(default=None, references="Member.id")
        role: str
        name: str = field(index=True)
        age: int | None = None
        score: float = 0.0
        extra: dict[str, Any] | None = None
        photo: bytes = b""
        active: bool = True
        state: Literal["new", "old"] = field(server_default="old")
        note: str = field(server_default="it's")
        count: int = field(server_default=3)
        day: date = field(server_default=date(2020, 2, 3))
        at: datetime = field(server_default=datetime(2020, 2, 3, 4, 5, 6, 7, tzinfo=UTC))
        share: Decimal | None = field(default=None, server_default=Decimal("1.50"))
        ratio: float = field(server_default=0.25)
        raw: bytes = field(server_default=b"\x00\xff'")
        fresh: bool = field(server_default=True)
        key: UUID = field(server_default=UUID(int=5))
        pause: timedelta = field(server_default=timedelta(seconds=3))

    return db


async def made(db: DataFlow) -> None:
    await db.adapter.ensure(tuple(db.models.values()), True)


async def test_models_are_described_like_the_tables_that_are_made_of_them(database_url: str) -> None:
    db = models_of(database_url)
    await made(db)
    async with opened(db) as (session, schema):
        actual = await schema.snapshot(session)
        desired = await schema.desired(session, tuple(db.models.values()))
        assert desired == actual
        assert desired.fingerprint == actual.fingerprint
        assert desired.dialect == session.dialect
        assert await schema.snapshot(session) == actual
        assert await _scratch_places(session) == []
        await session.run("INSERT INTO teams (id, code, created_at, updated_at) VALUES ('t', 'c', NOW(), NOW())")
        await session.run(
            "INSERT INTO members (team_id, role, name, score, photo, active, created_at, updated_at)"
            " VALUES ('t', 'r', 'n', 0, '', 1, NOW(), NOW())"
        )
    (member,) = (await db.Member.list())["records"]
    for model_field in db.models["Member"].fields.values():
        if model_field.server_default is not MISSING:
            assert member[model_field.name] == model_field.server_default, model_field.name
    await db.close()


async def _scratch_places(session: Session) -> list[Any]:
    """Those of this database alone: others may be tested on the same server."""
    return await session.rows(
        "SELECT schema_name FROM information_schema.schemata"
        " WHERE schema_name LIKE CONCAT('dataflow_scratch_%_', LEFT(SHA2(DATABASE(), 256), 8))"
    )


async def test_a_user_who_may_make_no_database_gets_them_described_all_the_same(
    database_url: str, restricted: str
) -> None:
    db = models_of(database_url)
    await made(db)
    async with opened(db) as (session, schema):
        actual = await schema.snapshot(session)
    await db.close()
    theirs = models_of(restricted)
    async with opened(theirs) as (session, schema):
        desired = await schema.desired(session, tuple(theirs.models.values()))
        assert desired == actual
        assert desired.settings["rendered_in"] == "temporary tables"
        assert float(desired.settings["confidence"]) < 1
        # a temporary table would hide the real one
        assert await schema.snapshot(session) == actual
    await theirs.close()


@pytest.fixture
def restricted(database_url: str, database: str, server: Server) -> Iterator[str]:
    """The URL of a user who may do everything in the database, and nothing outside."""
    name = f"{database}_user"
    with server.cursor() as cursor:
        cursor.execute(f"DROP USER IF EXISTS {name}")
        cursor.execute(f"CREATE USER {name} IDENTIFIED BY 'secret'")
        cursor.execute(f"GRANT ALL ON {database}.* TO {name}")
        parts = urlsplit(database_url)
        place = parts.netloc.rpartition("@")[2]
        yield urlunsplit(parts._replace(netloc=f"{name}:secret@{place}"))
        cursor.execute(f"DROP USER {name}")


async def test_a_cancelled_rendering_leaves_nothing_behind(database_url: str) -> None:
    db = models_of(database_url)
    models = tuple(db.models.values())
    async with opened(db) as (session, schema):
        # each is cancelled in another place
        for _ in range(5):
            task = asyncio.create_task(schema.desired(session, models))
            while not task.done() and not await _scratch_places(session):
                pass
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await _scratch_places(session) == []
        # the migration's own connection is as it was
        assert (await schema.desired(session, models)).of_kind("table")
    await db.close()


async def test_an_abandoned_scratch_database_is_swept(database_url: str, server: Server) -> None:
    db = models_of(database_url)
    async with opened(db) as (session, schema):
        ((now, of),) = await session.rows("SELECT UNIX_TIMESTAMP(), LEFT(SHA2(DATABASE(), 256), 8)")
        old, young = (f"dataflow_scratch_{now - age}_1_{of}" for age in (ABANDONED_S + 60, 60))
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {old}")
            cursor.execute(f"CREATE DATABASE {young}")
        await schema.desired(session, tuple(db.models.values()))
        assert await _scratch_places(session) == [(young,)]
        await session.run(f"DROP DATABASE {young}")
    await db.close()


def test_only_what_a_rendering_made_is_swept() -> None:
    names = ["dataflow_scratch_1_2_0123abcd", "dataflow_scratch_1_2", "dataflow_scratch_of_mine", "scratch"]
    assert abandoned(names, 10_000) == names[:1]


async def test_a_session_has_the_words_of_every_database(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, _), opened(db) as (other, _):
        assert await session.rows("SELECT ?, 'a%%b?', \"?\", 'it\\'s ?', 5 % 3", "50%") == [
            ("50%", "a%%b?", "?", "it's ?", 2)
        ]
        assert await session.rows("SELECT 'a%%b?'") == [("a%%b?",)]
        ((now, whole),) = await session.rows(f"SELECT {session.now}, UNIX_TIMESTAMP(NOW(6)) - {session.now}")
        assert float(now) > 1_700_000_000
        assert float(whole) == 0
        assert await session.rows("SELECT CONNECTION_ID()") == [(session.server_id,)]
        await session.run("CREATE TABLE t (id INT PRIMARY KEY)")
        assert await session.change("INSERT INTO t VALUES (?), (?)", 1, 2) == 2
        with pytest.raises(RuntimeError):
            await _failing(session)
        assert await session.rows("SELECT COUNT(*) FROM t") == [(2,)]
        assert await other.terminate(session.server_id or 0)
        assert await other.rows("SELECT id FROM information_schema.processlist WHERE id = ?", session.server_id) == []
        assert await other.terminate(session.server_id or 0)
        with pytest.raises(StatementFailed):
            await session.rows("SELECT 1")
    await db.close()


async def _failing(session: Session) -> None:
    async with session.transaction():
        await session.change("DELETE FROM t")
        raise RuntimeError


async def test_others_connections_are_not_for_everybody_to_end(database_url: str, restricted: str) -> None:
    db, theirs = DataFlow(database_url), DataFlow(restricted)
    async with opened(db) as (session, _), opened(theirs) as (other, _):
        assert not await other.terminate(session.server_id or 0)
        assert await session.rows("SELECT 1") == [(1,)]
    await db.close()
    await theirs.close()


async def test_one_keeps_all_others_out(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, _), opened(db) as (other, _):
        async with session.exclusive(5):
            with pytest.raises(TimeoutError):
                async with other.exclusive(0):
                    raise AssertionError
        async with other.exclusive(0):
            waiting = asyncio.create_task(_entered(session))
            assert not waiting.done()
        assert await waiting == "inside"
    await db.close()


async def _entered(session: Session) -> str:
    async with session.exclusive(60):
        return "inside"


async def test_a_statement_that_fails_leaves_the_session_as_it_began(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, _):
        modes = await session.rows("SELECT @@sql_mode")
        await session.run("SET SESSION sql_mode = 'ANSI'")
        with pytest.raises(StatementFailed):
            await session.run("CREATE TRIGGER nothing")
        assert await session.rows("SELECT @@sql_mode") == modes
    await db.close()


async def test_a_migration_has_no_deadline(database_url: str) -> None:
    db = DataFlow(database_url, statement_timeout_s=0.1)
    async with opened(db) as (session, _):
        assert await session.rows("SELECT SLEEP(0.3)") == [(0,)]
        await session.run("DO SLEEP(0.3)")
    await db.close()


async def test_names_in_another_case_are_no_difference(database_url: str) -> None:
    db = models_of(database_url)
    models = tuple(db.models.values())
    async with opened(db) as (session, schema):
        for statement in definitions(models, models, schema.dialect):  # type: ignore[attr-defined]  # of this adapter
            other = statement.replace("`role`", "`Role`").replace("fk_members_team_id", "FK_of_Team")
            await session.run(other.replace("`FK_of_Team`", "`FK_members_team_ID`"))
        actual = await schema.snapshot(session)
        assert ObjectRef("column", "Role", "members") in actual.objects
        assert await schema.desired(session, models) == actual
    await db.close()


def test_tables_are_spelled_as_they_are_where_the_server_takes_any_case() -> None:
    statement = (
        "CREATE TABLE `a` (\n  `x` INT NULL DEFAULT '`x`', CONSTRAINT `f` FOREIGN KEY (`x`) REFERENCES `B` (`X`)\n)"
    )
    there = [("A", "X"), ("A", "F"), ("b", "X"), ("b", "f")]
    assert respelled([statement], there, folds_tables=False) == [statement]
    (found,) = respelled([statement], there, folds_tables=True)
    assert (
        found
        == "CREATE TABLE `A` (\n  `X` INT NULL DEFAULT '`x`', CONSTRAINT `F` FOREIGN KEY (`X`) REFERENCES `b` (`X`)\n)"
    )
