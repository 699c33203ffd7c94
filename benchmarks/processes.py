"""What a process pays before its first row, each time in a new one."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 15
IMPORT = "import time; t = time.perf_counter(); import dataflow; print((time.perf_counter() - t) * 1e3)"
DATAFLOW = """
import asyncio
from dataflow import DataFlow

db = DataFlow("sqlite:///{path}", plugins=["sqlite"])

@db.model
class User:
    id: str
    name: str

async def main():
    await db.User.create(id="{key}", name="Ada")
    assert (await db.User.read("{key}"))["name"] == "Ada"
    await db.close()

asyncio.run(main())
"""
CORE = """
import asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

metadata = sa.MetaData()
users = sa.Table("users", metadata, sa.Column("id", sa.Text, primary_key=True), sa.Column("name", sa.Text))

async def main():
    engine = create_async_engine("sqlite+aiosqlite:///{path}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(users.insert(), {{"id": "{key}", "name": "Ada"}})
    async with engine.connect() as connection:
        assert (await connection.execute(sa.select(users).where(users.c.id == "{key}"))).one().name == "Ada"
    await engine.dispose()

asyncio.run(main())
"""


def _ran(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def import_ms() -> float:
    """How long ``import dataflow`` takes a new process."""
    return statistics.median(float(_ran(IMPORT)) for _ in range(ROUNDS))


def first_row_ms() -> tuple[float, float]:
    """From the start of a process to its end, which has written and read one row: SQLAlchemy Core's and DataFlow's."""
    times: dict[str, list[float]] = {CORE: [], DATAFLOW: []}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(-1, ROUNDS):
            for program, taken in times.items():
                text = program.format(path=f"{directory}/{len(program)}.db", key=f"user-{number}")
                started = time.perf_counter()
                _ran(text)
                if number >= 0:
                    taken.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times[CORE]), statistics.median(times[DATAFLOW])
