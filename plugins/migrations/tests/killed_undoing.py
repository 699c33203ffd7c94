"""A program that undoes the drop of two tables and is killed after a statement of it, then undoes it again: run by the tests beside it.

``python killed_undoing.py URL TEXT AIM`` is killed after the first statement with that text, and prints what the next process found.
It goes back to the ``first`` revision, or undoes the ``latest``, whatever that is: it is the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from killed import forked  # type: ignore[import-not-found]  # the program beside this one

from dataflow import DataFlow, field
from dataflow_sql.servers.session import ServerSession
from dataflow_sqlite.migrations.session import SQLiteSession


def before(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Person:
        id: int
        name: str | None = None
        weight: float | None = None
        __dataflow__ = {"table": "people"}

    @db.model
    class Pet:
        id: str
        person_id: int | None = field(references="Person.id", on_delete="cascade", default=None)

    @db.model
    class Visit:
        id: int

    return db


def after(url: str) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    @db.model
    class Visit:
        id: int

    return db


async def dropped(url: str) -> str:
    """Make tables with rows and drop two of them; gives the revision to go back to."""
    async with before(url) as db:
        (first,) = await db.migrations.apply()
        for number in range(1, 4):
            await db.Person.create(name=None if number == 2 else f"P{number}", weight=number / 3)
            await db.Pet.create(id=f"pet{number}", person_id=number)
    async with after(url) as db:
        plan = await db.migrations.plan(drop_tables=["people", "pets"], accept=["table people", "table pets"])
        await db.migrations.apply(plan)
        return first.revision


async def undo(url: str, to: str | None) -> dict[str, Any]:
    """Go back, and tell what is there afterwards."""
    async with after(url) as db:
        await db.migrations.rollback(to)
        history = await db.migrations.history()
    async with before(url) as db:
        people, pets = await db.Person.list(sort=["id"]), await db.Pet.list(sort=["id"])
        plan = await db.migrations.plan()
        return {
            "people": [(one["id"], one["name"], one["weight"]) for one in people["records"]],
            "pets": [(one["id"], one["person_id"]) for one in pets["records"]],
            "states": [one.state for one in history],
            "left": [str(step) for step in plan.steps],
        }


def killing_after(fragment: str) -> None:
    """Have this process end as by kill -9 once a statement that contains this is done."""

    def wrapped(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(self: Any, sql: str, *values: Any) -> Any:
            result = await method(self, sql, *values)
            if fragment in sql.replace("`", "").replace('"', ""):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for session in (SQLiteSession, ServerSession):
        for name in ("run", "change"):
            setattr(session, name, wrapped(getattr(session, name)))


def main(url: str, fragment: str, aim: str) -> None:
    _, first = forked(lambda: asyncio.run(dropped(url)))
    to = first if aim == "first" else None

    def killed() -> None:
        killing_after(fragment)
        asyncio.run(undo(url, to))

    ended, _ = forked(killed)
    again, found = forked(lambda: asyncio.run(undo(url, to)))
    print(json.dumps({"ended": ended, "again": again, "found": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
