"""The lock behind a pooler that lends connections for a transaction at a time, and where a holder's connections may not be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from dataflow import DataFlow, MigrationError
from dataflow.migrations import MigrationRun, MigrationStep, ObjectRef
from dataflow_testkit import PostgresServer, Proxy
from dataflow_testkit.databases import EMPTY
from dataflow_testkit.pgbouncer import PgBouncer
from dataflow_testkit.pytest_plugin import UNCOVERED
from dataflow_testkit.throwaway import program

Application = Callable[..., DataFlow]
PATIENCE_S = 60.0
ADVISORY = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
HAS_POOLER = program("pgbouncer") is not None
HAS_SERVER = program("initdb") is not None


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    server = PostgresServer.made()
    yield server
    server.remove()


@pytest.fixture
def pooled(server: PostgresServer, manner: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a pooler, or of something that behaves like one to a client that is alone."""
    EMPTY["postgres"](server.url)
    if manner == "proxy":
        with Proxy(server.port, lends=True) as proxy:
            yield proxy.url(server.url)
        return
    ignored = {"ignore_startup_parameters": "statement_timeout,lock_timeout"} if manner == "ignores" else {}
    pooler = PgBouncer.made(server, **ignored)
    yield pooler.url
    pooler.remove()


def manners(config: pytest.Config) -> list[str]:
    if not HAS_POOLER:
        config.stash[UNCOVERED]["PgBouncer"] = "it is not installed"
    return [*(["proxy"] if HAS_SERVER else []), *(["refuses", "ignores"] if HAS_SERVER and HAS_POOLER else [])]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "manner" in metafunc.fixturenames:
        metafunc.parametrize("manner", manners(metafunc.config))


async def moved(run: MigrationRun, by_s: float) -> None:
    """Move the end of the lease, of a holder whose process nobody knows."""
    await run.session.change(
        f"UPDATE dataflow_migration_lock SET process = '', expires_at = {run.session.now} + {by_s}"
    )


async def test_behind_a_pooler_the_lease_is_the_lock(application: Application, pooled: str) -> None:
    async def contend(run: MigrationRun) -> None:
        assert await run.session.rows("SELECT connections FROM dataflow_migration_lock") == [("",)]
        # nothing is left behind on a connection that others get
        assert await run.session.rows(ADVISORY) == [(0,)]
        async with application(pooled) as other:
            with pytest.raises(MigrationError, match="did not end within"):
                await other.migrations.apply(timeout_s=0.05)
        await moved(run, -1)
        async with application(pooled) as other:
            assert len(await other.migrations.apply(timeout_s=PATIENCE_S)) == 1

    async with application(pooled, contend) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G107"
        assert [one.state for one in await db.migrations.history()] == ["applied"]
        assert await db.migrations.locks.status() is None


async def test_a_step_outside_of_transactions_is_refused_behind_a_pooler(application: Application, pooled: str) -> None:
    async with application(pooled) as db:
        plan = await db.migrations.plan()
        build = MigrationStep(
            kind="sql",
            target=ObjectRef("index", "by_name", "users"),
            sql="CREATE INDEX CONCURRENTLY by_name ON users (name)",
            transactional="autocommit",
        )
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply(attrs.evolve(plan, steps=(*plan.steps, build)))
        (problem,) = raised.value.problems
        assert problem.code == "DF-G114"
        assert problem.message == (
            "a pooler stands before the database, and 1 step cannot be in a transaction: sql index users.by_name"
        )
        # nothing of the plan was done
        assert await db.migrations.history() == ()
        assert len(await db.migrations.apply()) == 1


@pytest.mark.parametrize("user", ["plain"] if HAS_SERVER else [])
async def test_a_holder_whose_connections_may_not_be_ended_keeps_the_lock(
    application: Application, server: PostgresServer, user: str
) -> None:
    await asyncio.to_thread(EMPTY["postgres"], server.url)
    plain = server.url.replace("postgres@", f"{user}@")
    found: list[Any] = []

    async def contend(run: MigrationRun) -> None:
        for statement in (
            "CREATE ROLE plain LOGIN",
            "GRANT ALL ON SCHEMA public TO plain",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain",
        ):
            await run.session.run(statement)
        ((connections,),) = await run.session.rows("SELECT connections FROM dataflow_migration_lock")
        await moved(run, -1)
        async with application(plain) as other:
            with pytest.raises(MigrationError) as raised:
                await other.migrations.apply(timeout_s=0.5)
        found.append((connections, raised.value.problems[0]))

    async with application(server.url, contend) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
        # its lease had passed
        assert raised.value.code == "DF-G107"
        assert await db.migrations.history() == ()
    ((connections, problem),) = found
    assert problem.code == "DF-G106"
    named = ", ".join(sorted(connections.split(), key=int))
    assert problem.cause == f"the lease has passed, but this user may not end the holder's connections: {named}"
