"""Loops, forks and ends of processes; and nothing stays behind when instances come and go."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, ExecutionError, LocalRuntime, UniqueError

Program = Callable[..., "subprocess.CompletedProcess[str]"]
START = """
import asyncio, os, sys
from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime

db = DataFlow(sys.argv[1])

@db.model
class Note:
    id: str

db.sync.Note.create(id="parent")
"""
FORK = """
child = os.fork()
if child == 0:
    try:
        db.sync.Note.create(id="child")
        told = "written"
    except DataFlowError as error:
        told = error.code
    print(told, flush=True)
    sys.exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), db.sync.Note.count(), flush=True)
"""


@pytest.mark.parametrize(
    ("url", "lines"), [("sqlite:///notes.db", ["written", "0 2"]), ("sqlite:///:memory:", ["DF-A119", "0 1"])]
)
def test_a_child_has_its_own_connections(program: Program, url: str, lines: list[str]) -> None:
    done = program(START + FORK, url)
    assert (done.returncode, done.stdout.splitlines()) == (0, lines), done.stderr


def test_children_of_a_pool_write_one_file(program: Program) -> None:
    done = program(
        START
        + """
import multiprocessing

def write(number):
    db.sync.Note.create(id=f"child-{number}")
    return os.getpid()

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(write, range(30), chunksize=1)
    print(db.sync.Note.count())
""",
        "sqlite:///notes.db",
    )
    assert (done.returncode, done.stdout) == (0, "31\n"), done.stderr


@pytest.mark.parametrize(
    "end",
    [
        "",
        "runtime = LocalRuntime(); runtime.execute(workflow.build())",
        "asyncio.run(AsyncLocalRuntime().execute(workflow.build()))",
        "asyncio.run(db.Note.read('parent'))",
        "transaction = db.sync.transaction(); transaction.__enter__(); db.sync.Note.create(id='lost')",
    ],
    ids=["sync", "runtime", "async-runtime", "direct", "open-transaction"],
)
@pytest.mark.parametrize("url", ["sqlite:///notes.db", "sqlite:///:memory:"])
def test_what_is_never_closed_keeps_no_process(program: Program, url: str, end: str) -> None:
    build = "workflow = db.workflow(); workflow.add_node('NoteReadNode', 'read', {'id': 'parent'})\n"
    done = program(f"{START}\n{build}{end}\n", url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_transaction_that_nobody_ended_is_not_there_afterwards(
    program: Program, open_db: Any, tmp_path: Path
) -> None:
    program(
        START + "block = db.sync.transaction(); block.__enter__(); db.sync.Note.create(id='lost')", "sqlite:///notes.db"
    )
    done = program(
        START.replace('create(id="parent")', "count()") + "print(db.sync.Note.count())", "sqlite:///notes.db"
    )
    assert done.stdout == "1\n", done.stderr


async def test_the_plain_runtime_works_inside_a_running_loop(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("AccountCreateNode", "make", {"id": "a"})
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(workflow.build())
    assert results["make"]["id"] == "a"
    assert (await db.Account.read("a"))["id"] == "a"


async def test_the_sync_face_inside_a_running_loop(db: DataFlow) -> None:
    db.sync.Account.create(id="a")
    assert await db.Account.count() == 1


@pytest.mark.parametrize("url", [None, "sqlite:///:memory:"])
def test_runtimes_and_loops_share_one_database(open_db: Any, url: str | None) -> None:
    db = open_db(url)
    for number in range(3):
        workflow = db.workflow()
        workflow.add_node("AccountCreateNode", "make", {"id": f"plain-{number}"})
        with LocalRuntime() as runtime:
            runtime.execute(workflow.build())
        other = db.workflow()
        other.add_node("AccountCreateNode", "make", {"id": f"async-{number}"})
        asyncio.run(AsyncLocalRuntime().execute(other.build()))
    assert db.sync.Account.count() == 6


def test_after_close_everything_is_refused_and_closing_again_is_not(open_db: Any) -> None:
    db = open_db()
    db.sync.Account.create(id="a")
    asyncio.run(db.close())
    asyncio.run(db.close())
    with pytest.raises(ExecutionError) as caught:
        asyncio.run(db.Account.read("a"))
    assert caught.value.code == "DF-X104"
    runtime = LocalRuntime()
    runtime.close()
    runtime.close()
    workflow = open_db().workflow()
    workflow.add_node("AccountListNode", "all", {})
    with pytest.raises(ExecutionError) as caught:
        runtime.execute(workflow.build())
    assert caught.value.code == "DF-X104"


def resources() -> tuple[int, int]:
    """How many files the process has open, and how many threads."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()


def _round(open_db: Any, number: int) -> None:
    db = open_db(f"sqlite:///round{number % 3}.db")

    async def work() -> None:
        await db.Account.upsert({"id": "a"})
        async with db.transaction(read_only=True):
            await db.Account.list()
        with pytest.raises(UniqueError):
            await db.Account.create(id="a")
        task = asyncio.create_task(db.Account.list())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await db.close()

    asyncio.run(work())


def test_files_and_threads_are_given_back(open_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        _round(open_db, number)
    gc.collect()
    files, threads = resources()
    for number in range(30):
        _round(open_db, number)
    gc.collect()
    files_now, threads_now = resources()
    # fewer where threads that others left behind have ended meanwhile
    assert (files_now <= files, threads_now <= threads) == (True, True), (files_now, files, threads_now, threads)


def test_an_instance_that_is_dropped_gives_its_files_back(tmp_path: Path) -> None:
    def use(number: int) -> None:
        db = DataFlow(f"sqlite:///{tmp_path}/dropped{number}.db")

        @db.model
        class Note:
            id: str

        asyncio.run(db.Note.upsert({"id": "n"}))

    before = set(threading.enumerate())
    for number in range(5):
        use(number)
    started = set(threading.enumerate()) - before
    gc.collect()
    for thread in started:
        thread.join(timeout=10)
    places = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    assert [place for place in places if place.is_symlink() and "dropped" in str(place.readlink())] == []
