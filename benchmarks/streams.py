"""A million records in and out: how long, and how much memory the whole process takes, each in a new one."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlsplit

import attrs

from benchmarks.places import Database, place

ROWS = 1_000_000
#: resident megabytes, and how many times faster than SQLAlchemy's stream
MEGABYTES, TIMES_FASTER = 100, 4.0
_MODEL = """
import asyncio, json, resource, time
from dataflow import DataFlow

db = DataFlow("{url}")

@db.model
class Event:
    id: int
    name: str
    email: str
    age: int
"""
_TOLD = 'print(json.dumps({{"s": time.perf_counter() - t, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "rows": n}}))'
LOAD = (
    _MODEL
    + """
async def main():
    rows = ({{"name": f"name {{i}}", "email": f"user{{i}}@example.com", "age": i % 90}} for i in range({rows}))
    t = time.perf_counter()
    n = (await db.Event.bulk_create(rows))["created"]
    """
    + _TOLD
    + """
    await db.close()

asyncio.run(main())
"""
)
STREAM = (
    _MODEL
    + """
async def main():
    await db.Event.read(1)
    t, n = time.perf_counter(), 0
    async for records in db.Event.batches(batch_size=2_000):
        n += len(records)
    """
    + _TOLD
    + """
    await db.close()

asyncio.run(main())
"""
)
CORE = (
    """
import asyncio, json, resource, time
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

metadata = sa.MetaData()
at = sa.TIMESTAMP(timezone=True)
events = sa.Table("events", metadata, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text),
    sa.Column("email", sa.Text), sa.Column("age", sa.BigInteger), sa.Column("created_at", at), sa.Column("updated_at", at))

async def main():
    engine = create_async_engine("{url}")
    async with engine.connect() as connection:
        await connection.execute(sa.select(1))
        t, n = time.perf_counter(), 0
        async for row in (await connection.stream(sa.select(events).order_by(events.c.id))).mappings():
            record = dict(row)
            n += 1
        """
    + _TOLD
    + """
    await engine.dispose()

asyncio.run(main())
"""
)
_DRIVERS = {"postgres": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}


@attrs.frozen
class Taken:
    """What one program took."""

    seconds: float
    megabytes: float


def _ran(program: str, url: str) -> Taken:
    text = program.format(url=url, rows=ROWS)
    done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["rows"] == ROWS, told
    return Taken(told["s"], told["mb"])


def measured(database: Database, server: str | None) -> dict[str, Taken]:
    """In, out, and out by SQLAlchemy Core's stream of dicts."""
    with place(database, server) as where:
        url = where.url(0)
        core = urlsplit(url)._replace(scheme=_DRIVERS[database]).geturl()
        return {"in": _ran(LOAD, url), "out": _ran(STREAM, url), "SQLAlchemy Core": _ran(CORE, core)}
