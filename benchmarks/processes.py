"""What a process pays before its first row, each time in a new one."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence

ROUNDS = 15
Clock = Callable[[], float]
IMPORT = "import time; t = time.{clock}(); import dataflow; print((time.{clock}() - t) * 1e3)"
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

FIRST_USE = """
import asyncio, time
from dataflow import DataFlow

async def first_use_ms(path):
    async with DataFlow("sqlite:///" + path, plugins={plugins}) as db:
        @db.model
        class User:
            id: int
            name: str

        started = time.{clock}()
        await db.User.create(name="Ada")
        return (time.{clock}() - started) * 1e3

async def main():
    for number in range(1 + {again}):
        print(await first_use_ms("{directory}/" + str(number)))

asyncio.run(main())
"""
#: what makes the tables: the adapter alone, the plan of migrations, the plan with every engine beside
MAKERS: Mapping[str, Sequence[str]] = {
    "no plugin": ["sqlite"],
    "migrations": ["sqlite", "migrations"],
    "all its engines": ["sqlite", "migrations", "locks", "checkpoints", "foreign-keys"],
}


def _ran(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def import_ms(clock: Clock) -> float:
    """How long ``import dataflow`` takes a new process, by the clock of the same name there."""
    program = IMPORT.format(clock=clock.__name__)
    return statistics.median(float(_ran(program)) for _ in range(ROUNDS))


def spent_s() -> float:
    """The processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_row(clock: Clock) -> tuple[float, float]:
    """From the start of a process to its end, which has written and read one row.

    SQLAlchemy Core's milliseconds, and DataFlow's as a share of them.
    """
    now = spent_s if clock is time.process_time else clock
    times: dict[str, list[float]] = {CORE: [], DATAFLOW: []}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(-1, ROUNDS):
            for program, taken in times.items():
                text = program.format(path=f"{directory}/{len(program)}.db", key=f"user-{number}")
                started = now()
                _ran(text)
                # the first round makes the tables
                if number >= 0:
                    taken.append((now() - started) * 1e3)
    ratios = (own / core for own, core in zip(times[DATAFLOW], times[CORE], strict=True))
    return statistics.median(times[CORE]), statistics.median(ratios)


def first_use(plugins: Sequence[str], clock: Clock) -> tuple[float, float]:
    """The milliseconds of the first create on an empty database: of a process, and of one that has made others' tables."""
    first: list[float] = []
    later: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            program = FIRST_USE.format(plugins=list(plugins), clock=clock.__name__, again=3, directory=directory)
            one, *others = map(float, _ran(program).split())
        first.append(one)
        later += others
    return statistics.median(first), statistics.median(later)
