"""Many at once: tasks, threads, event loops and processes on one database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow, UniqueError


async def test_one_of_fifty_writers_fails_alone(db: DataFlow) -> None:
    await db.Account.create(id="taken")
    made = [db.Account.create(id="taken" if number == 25 else f"a{number}") for number in range(50)]
    results = await asyncio.gather(*made, return_exceptions=True)
    failed = [number for number, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [25]
    assert isinstance(results[25], UniqueError)
    assert await db.Account.count() == 50


async def test_fifty_changes_of_one_number_lose_none(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=0)
    await asyncio.gather(*(db.Account.update("a", {"balance": {"$inc": 1}}) for _ in range(50)))
    assert (await db.Account.read("a"))["balance"] == 50


async def test_readers_see_what_was_committed_while_a_transaction_is_open(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)

    async def read() -> Any:
        return (await db.Account.read("a"))["balance"]

    # a task that was started before the block does not belong to it
    begun, changed = asyncio.Event(), asyncio.Event()

    async def outside() -> Any:
        await changed.wait()
        return await read()

    watching = asyncio.create_task(outside())
    async with db.transaction():
        begun.set()
        await db.Account.update("a", {"balance": 2})
        changed.set()
        assert await watching == 1
        assert await read() == 2
    assert await read() == 2


async def test_a_snapshot_stays_as_it_was(db: DataFlow) -> None:
    await db.Account.create(id="a", balance=1)
    begun, written = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        await begun.wait()
        await db.Account.update("a", {"balance": 2})
        written.set()

    writing = asyncio.create_task(write())
    async with db.transaction(read_only=True):
        begun.set()
        await written.wait()
        assert (await db.Account.read("a"))["balance"] == 1
    await writing
    assert (await db.Account.read("a"))["balance"] == 2


@pytest.mark.parametrize("url", [None, "sqlite:///:memory:"])
def test_threads_share_an_instance(open_db: Any, url: str | None) -> None:
    db = open_db(url)

    def work(thread: int) -> int:
        async def main() -> int:
            await db.Account.bulk_create([{"id": f"{thread}-{number}"} for number in range(20)])
            await asyncio.gather(*(db.Account.update(f"{thread}-{number}", {"balance": 1}) for number in range(20)))
            return int(await db.Account.count({"id": {"$startswith": f"{thread}-"}, "balance": 1}))

        return asyncio.run(main())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [20] * 8
    assert db.sync.Account.count() == 160


def test_memory_is_kept_from_loop_to_loop(open_db: Any) -> None:
    db = open_db("sqlite:///:memory:")
    for number in range(5):
        asyncio.run(db.Account.create(id=f"a{number}"))
    assert db.sync.Account.count() == 5


WRITER = """
    import asyncio, sys
    from dataflow import DataFlow

    db = DataFlow("sqlite:///shared.db")

    @db.model
    class Note:
        id: str
        text: str = ""

    async def main():
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*(db.Note.create(id=f"{sys.argv[1]}-{number}") for number in range(50)))
        print(await db.Note.count({"id": {"$startswith": sys.argv[1]}}), flush=True)
        await db.close()

    asyncio.run(main())
"""


def test_two_processes_make_one_table_and_both_write(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), name],
            cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            out, told = process.communicate(timeout=60)
            assert (process.returncode, out) == (0, "50\n"), told
    finally:
        for process in processes:
            process.kill()
            process.communicate()
