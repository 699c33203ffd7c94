"""A connection for schema work: its clock, its values, the lock, and the end of somebody else's connection."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

from dataflow import DataFlow
from dataflow.adapters import StatementFailed, driver_error
from dataflow.migrations import MigratableAdapter
from dataflow_postgres.catalogue import LOCK
from dataflow_postgres.link import PostgresLink
from dataflow_postgres.migrations.session import PostgresSession

pytestmark = pytest.mark.databases("postgres")
_WAITING = """
SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
Opened = Callable[[], AbstractAsyncContextManager[PostgresSession]]


async def test_the_adapter_can_be_migrated(database_url: str) -> None:
    async with DataFlow(database_url) as db:
        assert isinstance(db.adapter, MigratableAdapter)


async def test_values_stand_for_question_marks_outside_of_texts(session: PostgresSession) -> None:
    assert session.dialect == "postgresql"
    assert await session.rows('SELECT ?::int + 1, \'?\', "?".a FROM (SELECT ? AS a) "?"', 1, "x") == [(2, "?", "x")]
    await session.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3)")
    assert await session.change("UPDATE t SET a = a + ? WHERE a > ?", 1, 1) == 2
    assert await session.change("DELETE FROM t") == 3


async def test_the_servers_clock_is_in_seconds_and_goes_on_inside_a_transaction(session: PostgresSession) -> None:
    async with session.transaction():
        ((first, same),) = await session.rows(f"SELECT {session.now}, extract(epoch from now())::float8")
        ((second,),) = await session.rows(f"SELECT {session.now}")
    assert same <= first < second


async def test_what_the_server_refuses_is_the_drivers_own(session: PostgresSession) -> None:
    async def twice() -> None:
        async with session.transaction():
            await session.run("CREATE TABLE t (a int)")
            await session.run("CREATE TABLE t (a int)")

    with pytest.raises(StatementFailed) as failed:
        await twice()
    assert isinstance(driver_error(failed.value), asyncpg.DuplicateTableError)
    assert await session.rows("SELECT to_regclass('t') IS NULL") == [(True,)]


async def test_no_statement_has_a_deadline(database_url: str) -> None:
    async with DataFlow(database_url, statement_timeout_s=0.05, postgres={"lock_timeout_s": 7}) as db:
        assert isinstance(db.adapter, MigratableAdapter)
        async with db.adapter.session("test") as session:
            await session.rows("SELECT pg_sleep(0.2)::text")
            await session.run("SELECT pg_sleep(0.2)")
            # others wait behind whoever waits for a lock: that one stays
            assert await session.rows(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
            ) == [("7s", "0")]


async def test_one_at_a_time_has_the_lock(opened: Opened) -> None:
    async with opened() as one, opened() as other:
        async with one.exclusive(1):
            with pytest.raises(TimeoutError):
                async with other.exclusive(0):
                    raise AssertionError
            # it is no transaction's
            async with one.transaction():
                await one.run("CREATE TABLE t (a int)")
            assert await other.rows("SELECT pg_try_advisory_lock(?)", LOCK) == [(False,)]
        async with other.exclusive(0):
            pass


async def test_who_waits_for_the_lock_gets_it(opened: Opened) -> None:
    async with opened() as one, opened() as other:
        waits = asyncio.Event()

        async def wait() -> None:
            waits.set()
            async with other.exclusive(30):
                pass

        async with one.exclusive(1):
            task = asyncio.create_task(wait())
            await waits.wait()
            assert not task.done()
        await task


async def test_the_lock_is_let_go_of_after_a_failure_and_after_a_cancellation(opened: Opened) -> None:
    async with opened() as one, opened() as other:
        with pytest.raises(StatementFailed):
            async with one.exclusive(1):
                await one.run("SELECT nothing")
        async with other.exclusive(0):
            pass
        begun = asyncio.Event()

        async def hold() -> None:
            async with one.exclusive(1), one.transaction():
                begun.set()
                await one.run("SELECT pg_sleep(60)")

        task = asyncio.create_task(hold())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with other.exclusive(30):
            pass


async def test_making_tables_waits_for_the_lock(opened: Opened, database_url: str) -> None:
    async with opened() as one, DataFlow(database_url) as db:

        @db.model
        class Thing:
            id: int

        async with one.exclusive(1):
            task = asyncio.create_task(db.Thing.count())
            async with asyncio.timeout(30):
                while not await one.rows(_WAITING):  # noqa: ASYNC110  # the server tells nobody
                    await asyncio.sleep(0)
        assert await task == 0


async def test_another_connection_is_ended_and_what_it_did_is_undone(opened: Opened) -> None:
    async with opened() as one, opened() as other:
        await one.run("CREATE TABLE t (a int)")
        number = other.server_id
        assert number is not None

        async def ended() -> None:
            async with other.transaction():
                await other.run("ALTER TABLE t ADD COLUMN b int")
                async with one.transaction():
                    assert await one.terminate(number)
                    assert await one.rows("SELECT 1 FROM pg_stat_activity WHERE pid = ?", number) == []
                    # its lock on the table is gone too
                    await one.run("LOCK TABLE t NOWAIT")
                await other.run("SELECT 1")

        with pytest.raises(StatementFailed):
            await ended()
        # what is gone already is gone
        assert await one.terminate(number)


async def test_a_connection_of_somebody_greater_stays(opened: Opened, database_url: str) -> None:
    async with opened() as one, opened() as greater:
        role = f"dataflow_small_{os.getpid()}"
        await one.run(f"CREATE ROLE {role}")
        try:
            await one.run(f"SET ROLE {role}")
            number = greater.server_id
            assert number is not None
            assert not await one.terminate(number)
            assert await greater.rows("SELECT 1") == [(1,)]
        finally:
            await one.run("RESET ROLE")
            await one.run(f"DROP ROLE {role}")


async def test_behind_a_pooler_a_transaction_that_stays_open_holds_the_lock(opened: Opened, database_url: str) -> None:
    async with opened() as one, opened() as other:
        driver = one.driver
        raw = await asyncpg.connect(database_url)
        lent = PostgresSession(PostgresLink(raw, None, None, {}), driver)
        assert lent.server_id is None
        async with lent.exclusive(1):
            # the session's own transactions go on beside it
            async with lent.transaction():
                await lent.run("CREATE TABLE t (a int)")
            with pytest.raises(TimeoutError):
                async with other.exclusive(0):
                    raise AssertionError
        async with other.exclusive(30):
            with pytest.raises(TimeoutError):
                async with lent.exclusive(0):
                    raise AssertionError
        await raw.close()
