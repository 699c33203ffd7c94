"""``python -m benchmarks.plans [URL]``: how long a plan of many tables takes, from an empty database and against itself.

The database of the URL is emptied; without one it is a file of SQLite.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable
from typing import Any

from dataflow import DataFlow, field
from dataflow_testkit.databases import EMPTY

TABLES = 500


def application(url: str) -> DataFlow:
    """Tables in a tree, of six columns each, with a unique index and a reference."""
    db = DataFlow.with_migrations(url, strategy="manual")
    for number in range(TABLES):
        parent = field(references=f"T{number // 2}.id", default=None) if number else None
        kinds = {"id": int, "name": str, "email": str, "amount": float | None, "parent_id": int | None}
        values = {"email": field(unique=True, max_length=100), "amount": None, "parent_id": parent}
        db.model(type(f"T{number}", (), {"__annotations__": kinds, **values}))
    return db


async def timed(name: str, work: Awaitable[Any]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    done = await work
    print(f"{name:24} {time.perf_counter() - wall:6.2f} s, of the processor {time.process_time() - cpu:6.2f} s")
    return done


async def measured(url: str) -> None:
    async with application(url) as db:
        print(f"{TABLES} tables, {url.partition(':')[0]}")
        await timed("planned from empty", db.migrations.plan())
        await timed("applied", db.migrations.apply())
        await timed("planned against itself", db.migrations.plan())


def main(*urls: str) -> None:
    if not urls:
        with tempfile.TemporaryDirectory() as directory:
            asyncio.run(measured(f"sqlite:///{directory}/plans.db"))
    for url in urls:
        if not url.startswith("sqlite"):
            EMPTY["postgres" if url.startswith("postgres") else "mysql"](url)
        asyncio.run(measured(url))


if __name__ == "__main__":
    main(*sys.argv[1:])
