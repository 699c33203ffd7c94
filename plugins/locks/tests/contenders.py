"""Processes that migrate one database, run by the tests beside it: all at once, or one that stops itself in the middle.

``python contenders.py race URL NUMBER`` has so many processes begin together: prints how each ended, and what is there then.
``python contenders.py stops URL WHERE START STEP PATIENCE_S`` stops a holder at points of a migration, ``kills`` kills it: what became of all.
All are forked from one that has loaded everything.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import itertools
import json
import os
import pkgutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs

from dataflow import DataFlow, DataFlowError, Index, field
from dataflow.migrations import MigratableAdapter
from dataflow.migrations.serial import snapshot_data
from dataflow_locks import LocksPlugin
from dataflow_sql.servers.session import ServerSession
from dataflow_sqlite.migrations.session import SQLiteSession
from dataflow_testkit.databases import EMPTY

PACKAGES = ("dataflow", "dataflow_sql", "dataflow_sqlite", "dataflow_postgres", "dataflow_mysql", "dataflow_migrations", "dataflow_locks")  # fmt: skip
TABLES = [f"dataflow_migration{name}" for name in ("", "_step", "_table", "_kept", "_lock", "_fence", "_unlock")] + [
    "people",
    "pets",
]
#: of a process that is about to stop; its first sign of life, in which it would have SQLite's file, is mostly later than that
SHORT_TTL_S = 2.0


def load() -> None:
    """Import what a migration imports on its way."""
    for name in ("aiosqlite", "asyncpg", "aiomysql", "sqlalchemy", "cattrs"):
        importlib.import_module(name)
    for name in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if "__main__" not in module.name:
                importlib.import_module(module.name)


def first(url: str, ttl_s: float = 30.0, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", LocksPlugin(ttl_s=ttl_s)], pool_size=1, **options)

    @db.model
    class Person:
        id: int
        name: str = field(max_length=50)
        __dataflow__ = {"table": "people"}

    @db.model
    class Pet:
        id: str
        person_id: int | None = field(references="Person.id", on_delete="cascade", default=None)

    return db


def second(url: str, ttl_s: float = 30.0, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations", LocksPlugin(ttl_s=ttl_s)], pool_size=1, **options)

    @db.model
    class Person:
        id: int
        full_name: str = field(renamed_from="name", max_length=50)
        city: str = field(backfill="Rome", index=True, max_length=50)
        __dataflow__ = {"table": "people"}
        __indexes__ = [Index("city", "full_name")]

    @db.model
    class Pet:
        id: str
        person_id: int | None = field(references="Person.id", on_delete="set_null", default=None)
        weight: float | None = None

    @db.model
    class Visit:
        id: str
        pet_id: str = field(references="Pet.id")

    return db


async def used(url: str, number: int) -> None:
    async with first(url) as db:
        await db.Person.create(name=f"P{number}")


async def counted(url: str) -> dict[str, Any]:
    """What became of a race or a kill, as far as any order of it must end so."""
    async with second(url) as db:
        history = await db.migrations.history()
        return {
            "revisions": [one.state for one in history],
            "steps": sorted({step.state for one in history for step in one.steps}),
            "lock": not await is_free(db),
        }


async def is_free(db: DataFlow) -> bool:
    """Whether the lock can be had, within a lease: who was killed when all was done leaves it to whoever needs it."""
    try:
        async with asyncio.timeout(10 * SHORT_TTL_S):
            while (state := await db.migrations.locks.status()) is not None and not state.is_expired:
                pass
    except TimeoutError:
        return False
    return True


async def people(url: str) -> int:
    async with first(url) as db:
        return await db.Person.count()


async def seen(url: str) -> dict[str, Any]:
    """The whole catalogue, and every row of the framework's tables."""
    async with second(url) as db:
        adapter = db.adapter
        assert isinstance(adapter, MigratableAdapter)
        async with adapter.session("test") as session:
            schema = snapshot_data(await adapter.schema.snapshot(session))
            rows = {
                name: [list(map(str, row)) for row in await session.rows(f"SELECT * FROM {name}")] for name in TABLES
            }
            return {"schema": schema, "rows": rows}


async def forgotten(url: str) -> None:
    """Have the lock's row name no process."""
    async with second(url) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        await session.change("UPDATE dataflow_migration_lock SET process = ''")


async def under_way(url: str, pid: int) -> bool:
    """Whether a process has the lock with the latest token, and has begun to write a revision down."""
    async with second(url) as db:
        state = await db.migrations.locks.status()
        if state is None or state.pid != pid:
            return False
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            held = await session.rows("SELECT 1 FROM dataflow_migration_fence WHERE token = ?", state.token)
        return bool(held) and any(one.state == "running" for one in await db.migrations.history())


async def applied(db: DataFlow, timeout_s: float | None = None) -> list[str]:
    async with db:
        return [one.revision for one in await db.migrations.apply(timeout_s=timeout_s)]


@attrs.frozen
class Child:
    """A forked process; what it prints at its end is how it ended."""

    pid: int
    _reading: int

    @classmethod
    def of(cls, work: Callable[[], Any]) -> Child:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                pipe.write(json.dumps(_ended(work)))
            os._exit(0)
        os.close(writing)
        return cls(pid, reading)

    def is_stopped(self) -> bool:
        """Whether it has stopped itself, waiting until it has, or has ended."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        return os.WIFSTOPPED(status)

    def result(self, *, is_waited_for: bool = False) -> dict[str, Any]:
        with os.fdopen(self._reading) as pipe:
            text = pipe.read()
        if not is_waited_for:
            os.waitpid(self.pid, 0)
        return json.loads(text) if text else {"ended": "killed", "gave": None}


def _ended(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"ended": "done", "gave": work()}
    except DataFlowError as error:
        return {"ended": error.code, "gave": str(error)}
    except BaseException as error:
        return {"ended": type(error).__name__, "gave": str(error)}


def _run(work: Callable[..., Coroutine[Any, Any, Any]], *given: Any) -> Any:
    return asyncio.run(work(*given))


def done(work: Callable[[], Any]) -> dict[str, Any]:
    """How something ends in a process of its own."""
    return Child.of(work).result()


def tell(line: Any) -> None:
    print(json.dumps(line, default=str), flush=True)


def race(url: str, number: int) -> None:
    """Have many processes begin together."""
    barrier, gate = os.pipe()

    def begun(one: int) -> None:
        os.close(gate)
        # returns when the parent lets go of the other end
        os.read(barrier, 1)
        asyncio.run(used(url, one))

    children = [Child.of(functools.partial(begun, one)) for one in range(number)]
    os.close(gate)
    for child in children:
        tell(child.result())
    tell(done(lambda: asyncio.run(counted(url))))
    tell(done(lambda: asyncio.run(people(url))))


def stopping(point: int, where: str) -> None:
    """Have this process stop itself at a point: before or after a transaction, or, ``everywhere``, a statement that changes something."""
    count = itertools.count()

    def reached() -> None:
        if next(count) == point:
            os.kill(os.getpid(), signal.SIGSTOP)

    def wrapped(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(self: Any, sql: str, *values: Any) -> Any:
            reached()
            result = await method(self, sql, *values)
            reached()
            return result

        return call

    def around(method: Callable[..., AbstractAsyncContextManager[None]]) -> Any:
        @asynccontextmanager
        async def transaction(self: Any) -> AsyncIterator[None]:
            reached()
            async with method(self):
                yield
            reached()

        return transaction

    for session in (SQLiteSession, ServerSession):
        for name in ("run", "change") if where == "everywhere" else ():
            setattr(session, name, wrapped(getattr(session, name)))
        session.transaction = around(session.transaction)  # type: ignore[method-assign]  # this process is to be stopped


def reset(url: str) -> None:
    if url.startswith("sqlite"):
        for ending in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)
    else:
        EMPTY["postgres" if url.startswith("postgres") else "mysql"](url)
    filled = done(lambda: asyncio.run(used(url, 1)))
    assert filled["ended"] == "done", filled


def halted(url: str, where: str, start: int, step: int) -> Iterator[tuple[int, Child]]:
    """A migration of the filled database that has stopped itself, at each of some points; then a line on one that did not any more."""
    for point in itertools.count(start, step):
        reset(url)

        def stopped(point: int = point) -> list[str]:
            stopping(point, where)
            return asyncio.run(applied(second(url, SHORT_TTL_S)))

        holder = Child.of(stopped)
        if not holder.is_stopped():
            tell({"point": point, "ended": holder.result(is_waited_for=True)})
            return
        yield point, holder


def stops(url: str, where: str, start: int, step: int, patience_s: float) -> None:
    """Have another process take over from a holder that is stopped past its lease, and wake it."""
    for point, holder in halted(url, where, start, step):
        begun = done(functools.partial(_run, under_way, url, holder.pid))["gave"]
        other = done(lambda: asyncio.run(applied(second(url), patience_s)))
        before = done(lambda: asyncio.run(seen(url)))
        os.kill(holder.pid, signal.SIGCONT)
        woken = holder.result()
        after = done(lambda: asyncio.run(seen(url)))
        again = done(lambda: asyncio.run(applied(second(url), 30.0)))
        tell({"point": point, "begun": begun, "other": other, "woken": woken, "same": before == after, "again": again})


def kills(url: str, where: str, start: int, step: int, patience_s: float) -> None:
    """Kill a holder whose process nobody can look at, as one of another machine, and have another one go on."""
    for point, holder in halted(url, where, start, step):
        os.kill(holder.pid, signal.SIGKILL)
        holder.result()
        done(lambda: asyncio.run(forgotten(url)))
        other = done(lambda: asyncio.run(applied(second(url), patience_s)))
        tell({"point": point, "other": other, "found": done(lambda: asyncio.run(counted(url)))})


def main(what: str, url: str, *given: str) -> None:
    load()
    if what == "race":
        race(url, int(given[0]))
    else:
        work = {"stops": stops, "kills": kills}[what]
        work(url, given[0], int(given[1]), int(given[2]), float(given[3]))


if __name__ == "__main__":
    main(*sys.argv[1:])
