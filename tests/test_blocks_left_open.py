"""Transactions in generators that nobody goes on with: a process ends in good time, and nothing of them stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, sys
from dataflow import DataFlow

db = DataFlow(sys.argv[1])

@db.model
class Note:
    id: str

async def inside():
    async with db.transaction():
        await db.Note.create(id="inside")
        yield
        yield

async def around():
    async with db.transaction():
        await db.Note.create(id="around")
        async for one in inside():
            yield

async def cancelled():
    async with db.transaction():
        await db.Note.create(id="cancelled")
        kept.append(inside())
        await anext(kept[-1])
        await asyncio.sleep(1000)

async def generators():
    kept.append(around())
    await anext(kept[-1])

async def tasks():
    kept.append(asyncio.create_task(cancelled()))
    await asyncio.sleep(0.5)

kept = []
db.sync.Note.create(id="before")
asyncio.run(globals()[sys.argv[2]]())
print(sorted(one["id"] for one in db.sync.Note.list()["records"]))
"""


@pytest.mark.parametrize("form", ["generators", "tasks"])
def test_a_block_that_is_left_open_inside_another_keeps_no_process(
    database_url: str, form: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), database_url, form], capture_output=True, text=True, timeout=12, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "['before']\n", "")
