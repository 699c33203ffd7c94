"""A program that migrates a database and is killed at every statement of it, then migrates it again: run by the tests beside it.

``python killed.py URL FIRST STEP`` prints a line of JSON for each point: the process that was killed there, and what the next one found.
``python killed.py URL FIRST STEP back`` has the next one undo what was done instead.
``python killed.py URL fill`` makes what is migrated, ``python killed.py URL migrate`` migrates it and tells what is there.
The processes are forked from one that has migrated once and so has loaded everything: a point costs milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from dataflow import DataFlow, Index, field
from dataflow.migrations import MigratableAdapter
from dataflow.migrations.serial import snapshot_data
from dataflow_sql.servers.session import ServerSession
from dataflow_sqlite.migrations.session import SQLiteSession
from dataflow_testkit.databases import EMPTY

ACCEPT = ["column people.age", "column people.level", "column tags.id", "column tags.note"]
PLUGINS = os.environ.get("KILLED_PLUGINS", "migrations").split(",")


def before(url: str) -> DataFlow:
    db = DataFlow(url, plugins=PLUGINS)

    @db.model
    class Person:
        id: int
        name: str
        age: int | None = None
        level: str = "1"
        __dataflow__ = {"table": "people"}

    @db.model
    class Pet:
        id: str
        person_id: int | None = field(references="Person.id", on_delete="cascade", default=None)

    @db.model
    class Tag:
        id: str
        note: str | None = None

    return db


def after(url: str) -> DataFlow:
    db = DataFlow(url, plugins=PLUGINS)

    @db.model
    class Person:
        id: int
        full_name: str = field(renamed_from="name", unique=True)
        level: int = 0
        city: str = field(backfill="Rome", index=True)
        __dataflow__ = {"table": "people"}
        __indexes__ = [Index("city", "level")]

    @db.model
    class Pet:
        id: str
        person_id: int | None = field(references="Person.id", on_delete="set_null", default=None)
        weight: float | None = None

    @db.model
    class Tag:
        id: int

    @db.model
    class Visit:
        id: str
        pet_id: str = field(references="Pet.id")

    return db


async def fill(url: str) -> None:
    async with before(url) as db:
        await db.migrations.apply()
        for number in range(1, 6):
            await db.Person.create(name=f"P{number}", age=number, level=str(number))
            await db.Pet.create(id=f"pet{number}", person_id=number)
            await db.Tag.create(id=f"{number:03}", note=f"no. {number}")


async def migrate(url: str) -> dict[str, Any]:
    """Migrate, and tell what is there afterwards."""
    async with after(url) as db:
        await db.migrations.apply(accept=ACCEPT)
        history = await db.migrations.history()
        adapter = db.adapter
        assert isinstance(adapter, MigratableAdapter)
        async with adapter.session("test") as session:
            schema = snapshot_data(await adapter.schema.snapshot(session))
            ((kept,),) = await session.rows("SELECT count(*) FROM dataflow_migration_kept")
        people = await db.Person.list(sort=["id"])
        pets = await db.Pet.list(sort=["id"])
        tags = await db.Tag.list(sort=["id"])
        copies = await old_keys(adapter)
        return {
            "schema": schema,
            "people": [(one["full_name"], one["level"], one["city"]) for one in people["records"]],
            "pets": [(one["id"], one["person_id"]) for one in pets["records"]],
            "tags": [one["id"] for one in tags["records"]],
            "old keys": copies,
            "applied": sum(one.state == "applied" for one in history),
            "unfinished": sum(one.state == "running" for one in history),
            "kept": kept,
        }


async def back(url: str) -> dict[str, Any]:
    """Undo all but the first revision, and tell what is there afterwards."""
    async with before(url) as db:
        first = (await db.migrations.history())[0]
        await db.migrations.rollback(first.revision)
        people, pets, tags = [
            (await getattr(db, name).list(sort=["id"]))["records"] for name in ("Person", "Pet", "Tag")
        ]
        return {
            "left": [str(step) for step in (await db.migrations.plan()).steps],
            "people": [(one["name"], one["age"], one["level"]) for one in people],
            "pets": [(one["id"], one["person_id"]) for one in pets],
            "tags": [(one["id"], one["note"]) for one in tags],
            "unfinished": sum(one.state == "running" for one in await db.migrations.history()),
        }


async def old_keys(adapter: MigratableAdapter) -> list[Any]:
    """What the copies know of the keys that were: each by the one that it is now."""
    async with adapter.session("test") as session:
        kept = await session.rows(
            "SELECT name FROM dataflow_migration_kept WHERE object LIKE 'column tags.%' ORDER BY name"
        )
        return [await session.rows(f"SELECT id, dataflow_key_1 FROM {name} ORDER BY id") for (name,) in kept]


def killing(point: int) -> None:
    """Have this process end as by kill -9 at a point: an even one before a statement, an odd one after it."""
    count = 0

    def wrapped(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(self: Any, sql: str, *values: Any) -> Any:
            nonlocal count
            number, count = count, count + 1
            if number * 2 == point:
                os.kill(os.getpid(), signal.SIGKILL)
            result = await method(self, sql, *values)
            if number * 2 + 1 == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for session in (SQLiteSession, ServerSession):
        for name in ("run", "change"):
            setattr(session, name, wrapped(getattr(session, name)))


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do something in a process of its own: how it ended, and what it gave."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            given = json.dumps(work(), default=str)
            with os.fdopen(writing, "w") as pipe:
                pipe.write(given)
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), json.loads(text) if text else None


def reset(url: str, template: Path | None) -> None:
    if template is not None:
        file = Path(url.removeprefix("sqlite:///"))
        for ending in ("-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
        shutil.copy(template, file)
        return
    EMPTY["postgres" if url.startswith("postgres") else "mysql"](url)
    code, _ = forked(lambda: asyncio.run(fill(url)))
    assert code == 0


def prepared(url: str) -> Path | None:
    """Of SQLite a file with the first models' records, which is copied for each point."""
    if not url.startswith("sqlite"):
        return None
    file = Path(url.removeprefix("sqlite:///"))
    code, _ = forked(lambda: asyncio.run(fill(url)))
    assert code == 0
    template = file.with_name("template.db")
    shutil.copy(file, template)
    return template


def main(url: str, first: int, step: int, then: Callable[[str], Coroutine[Any, Any, Any]]) -> None:
    template = prepared(url)
    reset(url, template)
    # not forked: what they load, no later process has to
    migrated = asyncio.run(migrate(url))
    undone = asyncio.run(back(url))
    print(json.dumps({"reference": undone if then is back else migrated}, default=str), flush=True)
    point = first
    while True:
        reset(url, template)

        def killed(point: int = point) -> None:
            killing(point)
            asyncio.run(migrate(url))

        ended, _ = forked(killed)
        again, found = forked(lambda: asyncio.run(then(url)))
        print(json.dumps({"point": point, "ended": ended, "again": again, "found": found}), flush=True)
        if ended == 0:
            return
        point += step


if __name__ == "__main__":
    if sys.argv[2] == "fill":
        asyncio.run(fill(sys.argv[1]))
    elif sys.argv[2] == "migrate":
        print(json.dumps(asyncio.run(migrate(sys.argv[1]))))
    else:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), back if sys.argv[4:] == ["back"] else migrate)
