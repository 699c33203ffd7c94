"""A migration killed by kill -9 at its statements, and begun again: it ends as one that nobody disturbed, and does nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from dataflow_testkit import Kind

PROGRAM = Path(__file__).with_name("killed.py")
#: in the suite some of the points, others in each run; all of them with FAULTS=soak
TIMEOUT_S = 3600 if os.environ.get("FAULTS") == "soak" else 600
STEPS: dict[Kind, int] = {"sqlite": 23, "postgres": 61, "mysql": 41}


@pytest.mark.parametrize("plugins", ["migrations", "migrations,locks,checkpoints"])
def test_a_killed_migration_is_finished_by_the_next(database_url: str, database_kind: Kind, plugins: str) -> None:
    step = 1 if os.environ.get("FAULTS") == "soak" else STEPS[database_kind]
    first = random.randrange(step)
    print(f"points {first}, {first + step}, ...")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), database_url, str(first), str(step)],
        env={**os.environ, "KILLED_PLUGINS": plugins},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reference, *points = map(json.loads, done.stdout.splitlines())
    assert reference["reference"]["applied"] > 1
    assert reference["reference"]["unfinished"] == 0
    assert len(points) > 3
    for one in points:
        assert one["ended"] in (-9, 0), (one["point"], done.stderr)
        assert one["again"] == 0, (one["point"], done.stderr)
        assert one["found"] == reference["reference"], one["point"]


def test_a_killed_migration_is_undone_by_the_next(database_url: str, database_kind: Kind) -> None:
    step = 1 if os.environ.get("FAULTS") == "soak" else STEPS[database_kind] * 2
    first = random.randrange(step)
    print(f"points {first}, {first + step}, ...")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), database_url, str(first), str(step), "back"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reference, *points = map(json.loads, done.stdout.splitlines())
    assert reference["reference"] == {
        "left": [],
        "people": [[f"P{number}", number, str(number)] for number in range(1, 6)],
        "pets": [[f"pet{number}", number] for number in range(1, 6)],
        "tags": [[f"{number:03}", f"no. {number}"] for number in range(1, 6)],
        "unfinished": 0,
    }
    for one in points:
        assert (one["again"], one["found"]) == (0, reference["reference"]), (one["point"], done.stderr)


@pytest.mark.parametrize("text", ["INSERT INTO people", "INSERT INTO pets", "DROP TABLE dataflow_trash"])
@pytest.mark.parametrize("aim", ["first", "latest"])
def test_rows_that_come_back_come_back_once(database_url: str, text: str, aim: str) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM.with_name("killed_undoing.py")), database_url, text, aim],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["ended"], told["again"]) == (-9, 0), done.stderr
    assert told["found"] == {
        "people": [[1, "P1", 1 / 3], [2, None, 2 / 3], [3, "P3", 1.0]],
        "pets": [["pet1", 1], ["pet2", 2], ["pet3", 3]],
        "states": ["applied", "reverted", "reverted"],
        "left": [],
    }


async def started(url: str, what: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, str(PROGRAM), url, what, stdout=asyncio.subprocess.PIPE)


async def ended(url: str, what: str) -> bytes:
    process = await started(url, what)
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told


async def until(connection: asyncpg.Connection[asyncpg.Record], sql: str) -> None:
    async with asyncio.timeout(60):
        while not await connection.fetchval(sql):
            pass


@pytest.mark.databases("postgres")
async def test_an_index_whose_build_was_cut_short_is_built_anew(database_url: str) -> None:
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    building = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
    await ended(database_url, "fill")
    reader, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        # whoever sees the tables as they were keeps the build from its end
        reading = reader.transaction(isolation="repeatable_read")
        await reading.start()
        await reader.fetchval("SELECT 1")
        process = await started(database_url, "migrate")
        await until(other, invalid)
        process.kill()
        await process.wait()
        await until(other, f"SELECT pg_terminate_backend(pid) {building}")
        await until(other, f"SELECT NOT EXISTS (SELECT 1 {building})")
        await reading.rollback()
        assert await other.fetchval(invalid) == 1
        found = json.loads(await ended(database_url, "migrate"))
        assert (found["applied"], found["unfinished"]) == (2, 0)
        assert await other.fetchval(invalid) == 0
        assert await other.fetchval("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%(city)'") == 1
    finally:
        await reader.close()
        await other.close()
