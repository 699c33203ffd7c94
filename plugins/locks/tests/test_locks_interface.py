"""The lock as applications see it: who holds it, how it is broken, what else it does while it is held and when it is not."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dataflow_locks
from dataflow import DataFlow, MigrationError
from dataflow.migrations import MigrationRun
from dataflow.migrations.history import LockState
from dataflow_testkit import Kind

Application = Callable[..., DataFlow]
PATIENCE_S = 60.0


async def state_of(url: str) -> LockState | None:
    async with DataFlow(url, plugins=["locks"]) as db:
        found: LockState | None = await db.migrations.locks.status()
        return found


async def rows(url: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    async with DataFlow(url, plugins=["locks"]) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        found: list[tuple[Any, ...]] = await session.rows(sql, *values)
        return found


async def test_status_tells_who_holds_the_lock_and_at_which_step(database_url: str, application: Application) -> None:
    seen: list[LockState | None] = []

    async def look(run: MigrationRun) -> None:
        seen.append(await state_of(database_url))
        assert seen[-1] is not None
        assert seen[-1].last_step == str(run.current)

    async with application(database_url, look, "in") as db:
        assert await db.migrations.locks.status() is None
        await db.User.create(id="a", name="Alice")
        assert await db.migrations.locks.status() is None
    (state,) = seen
    assert state is not None
    assert (state.token, state.host, state.pid, state.is_expired) == (1, socket.gethostname(), os.getpid(), False)
    assert state.last_step == "create table users"
    assert (state.expires_at - state.since).total_seconds() >= 30
    # the next one counts up
    async with application(database_url) as db:
        await db.migrations.rollback()
    ((token,),) = await rows(database_url, "SELECT max(token) FROM dataflow_migration_fence")
    assert token == 2


async def test_a_broken_lock_ends_its_holder_and_is_written_down(database_url: str, application: Application) -> None:
    async def unlock(run: MigrationRun) -> None:
        async with DataFlow(database_url, plugins=["locks"]) as other:
            state = await other.migrations.locks.status()
            assert await other.migrations.locks.unlock(state.token) == state
            assert await other.migrations.locks.status() is None

    async with application(database_url, unlock) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G107"
        (problem,) = raised.value.problems
        assert problem.message == "the migration lock was lost: another process may have taken over"
        assert problem.cause.endswith("or its lock was broken; nobody holds it now")
        assert await db.migrations.history() == ()
    audit = await rows(database_url, "SELECT namespace, token, host, pid, unlocked_by FROM dataflow_migration_unlock")
    assert [tuple(one[:4]) for one in audit] == [("default", 1, socket.gethostname(), os.getpid())]
    assert f"on {socket.gethostname()}, process {os.getpid()}" in audit[0][4]
    async with application(database_url) as db:
        assert [one.state for one in await db.migrations.apply()] == ["applied"]


async def test_another_token_breaks_nothing(database_url: str, application: Application) -> None:
    async def unlock(run: MigrationRun) -> None:
        async with DataFlow(database_url, plugins=["locks"]) as other:
            state = await other.migrations.locks.status()
            with pytest.raises(MigrationError) as raised:
                await other.migrations.locks.unlock(7)
            assert raised.value.code == "DF-G115"
            assert raised.value.problems[0].message == (
                f"the lock with the token 7 is not held: '{state.holder}' on {state.host}, process {state.pid},"
                f" since {state.since:%Y-%m-%d %H:%M:%S} UTC has the token 1"
            )

    async with application(database_url, unlock) as db:
        await db.migrations.apply()
        with pytest.raises(MigrationError, match="the lock with the token 1 is not held"):
            await db.migrations.locks.unlock(1)
    assert await rows(database_url, "SELECT 1 FROM dataflow_migration_unlock") == []


async def test_waiting_ends_with_who_holds_the_lock(database_url: str, application: Application) -> None:
    async def wait(run: MigrationRun) -> None:
        state = await state_of(database_url)
        assert state is not None
        async with application(database_url) as other:
            with pytest.raises(MigrationError) as raised:
                await other.migrations.apply(timeout_s=0.05)
        (problem,) = raised.value.problems
        assert problem.code == "DF-G106"
        assert problem.message == (
            f"the migration of '{state.holder}' on {state.host}, process {state.pid}, since {state.since:%Y-%m-%d %H:%M:%S} UTC"
            " did not end within 0.05 s"
        )

    async with application(database_url, wait) as db:
        assert len(await db.migrations.apply()) == 1


async def test_a_lease_is_as_long_as_the_databases_clock_says(database_url: str, application: Application) -> None:
    async def move(run: MigrationRun, by_s: float) -> None:
        await run.session.change(
            f"UPDATE dataflow_migration_lock SET process = '', connections = '', expires_at = {run.session.now} + {by_s}"
        )

    async def contend(run: MigrationRun) -> None:
        # as if the holder's last sign of life had come from a process whose connections nobody knows
        await move(run, 3600)
        async with application(database_url) as other:
            with pytest.raises(MigrationError, match="did not end within"):
                await other.migrations.apply(timeout_s=0.05)
        await move(run, -1)
        async with application(database_url) as other:
            await other.migrations.apply(timeout_s=PATIENCE_S)

    # no sign of life of its own moves it meanwhile
    async with application(database_url, contend, ttl_s=3600) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G107"
        assert [one.state for one in await db.migrations.history()] == ["applied"]


def test_no_module_of_the_plugin_asks_for_the_clients_time_of_day() -> None:
    modules = list(Path(dataflow_locks.__file__).parent.glob("*.py"))
    assert len(modules) > 5
    for module in modules:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imported = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        assert names & {"now", "utcnow", "today", "time_ns"} <= {"now"}, module
        # `session.now` is the database's
        assert "time" not in imported, module
        assert not re.search(r"datetime\.(now|utcnow|today)", module.read_text(encoding="utf-8")), module


async def test_the_lock_alone_leaves_tables_to_the_adapter(database_url: str) -> None:
    db = DataFlow(database_url, plugins=["locks"])

    @db.model
    class User:
        id: str

    async with db:
        await db.User.create(id="a")
        assert db.migrations.capabilities == ("locks",)
        assert await db.migrations.locks.status() is None
        with pytest.raises(MigrationError) as raised:
            await db.migrations.plan()
        assert raised.value.code == "DF-G101"


async def test_plain_code_asks_too(database_url: str, application: Application) -> None:
    def ask() -> None:
        db = application(database_url)
        db.sync.User.create(id="a", name="Alice")
        assert db.sync.migrations.locks.status() is None
        db.sync.close()

    await asyncio.to_thread(ask)


async def test_a_database_in_memory_is_locked_by_its_connection(application: Application) -> None:
    async with application("sqlite:///:memory:") as db:
        await db.User.create(id="a", name="Alice")
        assert await db.migrations.locks.status() is None
        assert [one.state for one in await db.migrations.rollback()] == ["reverted"]


async def test_a_cancelled_migration_lets_go(database_url: str, application: Application) -> None:
    held = asyncio.Event()

    async def hang(run: MigrationRun) -> None:
        held.set()
        await asyncio.Event().wait()

    async with application(database_url, hang) as db:
        task = asyncio.ensure_future(db.migrations.apply())
        await held.wait()
        assert await state_of(database_url) is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.migrations.locks.status() is None
    async with application(database_url) as db:
        assert len(await db.migrations.apply(timeout_s=PATIENCE_S)) == 1


async def test_a_failed_migration_lets_go(database_url: str, application: Application) -> None:
    async def fail(run: MigrationRun) -> None:
        raise ValueError("not today")

    async with application(database_url, fail, "in") as db:
        with pytest.raises(MigrationError, match="not today"):
            await db.migrations.apply()
        assert await db.migrations.locks.status() is None
    async with application(database_url) as db:
        assert len(await db.migrations.apply(timeout_s=PATIENCE_S)) == 1


def test_one_instance_migrates_on_several_event_loops(database_url: str, application: Application) -> None:
    db = application(database_url)

    async def apply() -> int:
        return len(await db.migrations.apply())

    async def undo() -> int:
        return len(await db.migrations.rollback())

    assert [asyncio.run(apply()), asyncio.run(undo()), asyncio.run(apply())] == [1, 1, 1]
    asyncio.run(db.close())


async def test_signs_of_life_come_through_while_a_step_is_under_way(
    database_url: str, database_kind: Kind, application: Application
) -> None:
    async def outlive(run: MigrationRun) -> None:
        first = await state_of(database_url)
        assert first is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                ((now,),) = await run.session.rows(f"SELECT {run.session.now}")
                state = await state_of(database_url)
                assert state is not None
                is_past = float(now) > first.expires_at.timestamp()
                # a file's holder has it to itself in a step, and gives its sign of life as it ends
                if is_past and (database_kind == "sqlite" or not state.is_expired):
                    return

    async with application(database_url, outlive, "in", ttl_s=2.5) as db, application(database_url) as other:
        waiting = asyncio.ensure_future(other.migrations.apply(timeout_s=PATIENCE_S))
        first = asyncio.ensure_future(db.migrations.apply(timeout_s=PATIENCE_S))
        await asyncio.gather(waiting, first)
        assert [one.state for one in await db.migrations.history()] == ["applied"]


@pytest.mark.databases("postgres", "mysql")
async def test_a_holder_whose_server_lock_is_gone_stops(database_url: str, application: Application) -> None:
    async def sever(run: MigrationRun) -> None:
        ((connections,),) = await rows(database_url, "SELECT connections FROM dataflow_migration_lock")
        lock, session = map(int, connections.split())
        assert session == run.session.server_id
        await run.session.terminate(lock)

    async with application(database_url, sever) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.apply()
        assert raised.value.code == "DF-G107"
        assert [step.state for one in await db.migrations.history() for step in one.steps] in ([], ["running"])
    async with application(database_url) as db:
        assert len(await db.migrations.apply(timeout_s=PATIENCE_S)) == 1


async def test_one_without_the_plugin_waits_for_one_with_it(database_url: str, application: Application) -> None:
    async def wait(run: MigrationRun) -> None:
        plain = DataFlow(database_url, plugins=["migrations"])

        @plain.model
        class User:
            id: str
            name: str

        async with plain:
            with pytest.raises(MigrationError) as raised:
                await plain.migrations.apply(timeout_s=0.3)
        assert raised.value.code == "DF-G106"

    async with application(database_url, wait) as db:
        assert len(await db.migrations.apply()) == 1


def test_options_are_checked() -> None:
    with pytest.raises(Exception, match="ttl_s"):
        DataFlow(plugins=["locks"], locks={"ttl_s": 0})
