"""Loops, threads, forks and ends of processes on a server: one pool at a time, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, LocalRuntime, TransactionError
from dataflow_testkit import Proxy
from dataflow_testkit.sessions import eventually

Make = Callable[..., DataFlow]
START = """
import asyncio, os, sys
from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, LocalRuntime

db = DataFlow(sys.argv[1], silence=["DF-C203", "DF-C204"])

@db.model
class Note:
    id: str
"""


@pytest.fixture
def make_db(server: Any) -> Iterator[Make]:
    """Open instances for plain code."""
    made: list[DataFlow] = []

    def make_db(url: str | None = None, **options: Any) -> DataFlow:
        db = DataFlow(url or server.url, silence=["DF-C203", "DF-C204"], **options)
        made.append(db)

        @db.model
        class Note:
            id: str

        return db

    yield make_db
    for db in made:
        db.sync.close()


def sockets() -> int:
    """How many sockets the process has open."""
    gc.collect()
    places = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return sum(os.path.islink(place) and os.readlink(place).startswith("socket:") for place in places)


def _open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def test_fifty_loops_have_one_pool_at_a_time(server: Any, make_db: Make) -> None:
    db = make_db()

    async def work(number: int) -> int:
        await db.Note.create(id=f"n{number}")
        await asyncio.gather(*(db.Note.count() for _ in range(3)))
        return len(db.pools())

    asyncio.run(work(-1))
    files, threads = _open_files(), threading.active_count()
    assert {asyncio.run(work(number)) for number in range(50)} == {1}
    assert (_open_files(), threading.active_count()) == (files, threads)
    eventually(lambda: server.run(server.speech.clients) == [])


def test_loops_that_are_closed_without_shutting_down_leave_nothing(server: Any, make_db: Make) -> None:
    db = make_db()

    def use(number: int) -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(db.Note.upsert({"id": f"n{number}"}))
        loop.close()

    use(-2)
    use(-1)
    before = sockets()
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for number in range(20):
            use(number)
        assert sockets() <= before
    assert [str(one.message) for one in given] == []
    asyncio.run(db.close())
    assert sockets() < before
    eventually(lambda: server.run(server.speech.clients) == [])


def test_an_instance_that_is_dropped_after_its_loop_leaves_nothing(server: Any) -> None:
    def use() -> None:
        db = DataFlow(server.url, silence=["DF-C203", "DF-C204"])

        @db.model
        class Note:
            id: str

        loop = asyncio.new_event_loop()
        loop.run_until_complete(db.Note.upsert({"id": "n"}))
        loop.close()

    before = sockets()
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for _ in range(5):
            use()
        assert sockets() == before
    assert [str(one.message) for one in given] == []


def test_plain_async_and_sync_use_at_once(server: Any, make_db: Make) -> None:
    db = make_db()
    db.sync.Note.create(id="first")

    def plain(number: int) -> None:
        workflow = db.workflow()
        workflow.add_node("NoteCreateNode", "make", {"id": f"plain-{number}"})
        with LocalRuntime() as runtime:
            for _ in range(5):
                runtime.execute(db_read(db))
            runtime.execute(workflow.build())

    def by_loop(number: int) -> None:
        async def main() -> None:
            await AsyncLocalRuntime().execute(db_read(db))
            await db.Note.create(id=f"loop-{number}")

        asyncio.run(main())

    def by_sync(number: int) -> None:
        db.sync.Note.create(id=f"sync-{number}")

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(work, number) for number in range(5) for work in (plain, by_loop, by_sync)]
        for one in done:
            one.result(timeout=30)
    assert db.sync.Note.count() == 16


def db_read(db: DataFlow) -> Any:
    workflow = db.workflow()
    workflow.add_node("NoteReadNode", "read", {"id": "first"})
    return workflow.build()


def test_a_thousand_executes_use_one_pool(server: Any, make_db: Make) -> None:
    with Proxy(server.own.port) as proxy:
        db = make_db(proxy.url(server.url), ssl={"mode": "disable"})
        with LocalRuntime() as runtime:
            workflow = db.workflow()
            workflow.add_node("NoteCountNode", "count", {})
            built = workflow.build()
            for _ in range(1000):
                runtime.execute(built)
            assert len(db.pools()) == 1
        assert proxy.opened <= 2
        db.sync.close()


def test_a_hundred_instances_leave_nothing(server: Any) -> None:
    async def use() -> None:
        async with DataFlow(server.url, silence=["DF-C203", "DF-C204"]) as db:
            await db.ping()

    for _ in range(3):
        asyncio.run(use())
    files, threads = _open_files(), threading.active_count()
    for _ in range(100):
        asyncio.run(use())
    assert (_open_files(), threading.active_count()) == (files, threads)
    eventually(lambda: server.run(server.speech.clients) == [])


async def test_a_transaction_of_another_loop_is_refused_and_goes_on(db: DataFlow) -> None:
    async with db.transaction():
        await db.Account.create(id="a")

        def elsewhere() -> str:
            # the thread has a copy of this context, and the transaction with it
            with pytest.raises(TransactionError) as caught:
                asyncio.run(db.Account.count())
            return caught.value.code

        assert await asyncio.to_thread(elsewhere) == "DF-T109"
        assert await db.Account.count() == 1
    assert await db.Account.count() == 1


def test_closing_while_the_callers_loop_is_blocked_ends(make_db: Make) -> None:
    db = make_db()

    async def main() -> None:
        await db.Note.create(id="a")
        started = time.monotonic()
        db.sync.close()
        assert time.monotonic() - started < 5

    asyncio.run(main())


@pytest.mark.parametrize(
    ("parent", "child"), [("sync", "asyncio.run(db.Note.count())"), ("loop", "db.sync.Note.count()")]
)
def test_a_child_has_its_own_connections_and_its_end_harms_no_other(
    program: Any, server: Any, parent: str, child: str
) -> None:
    text = (
        START
        + f"""
loop = asyncio.new_event_loop() if sys.argv[3] == "loop" else None
call = db.sync._thread.run if loop is None else loop.run_until_complete

async def session():
    workflow = db.workflow()
    workflow.add_node("SQLNode", "who", {{"sql": sys.argv[2]}})
    results, _ = await AsyncLocalRuntime().execute(workflow.build())
    return results["who"]["rows"]

call(db.Note.create(id="parent"))
before = call(session())
child = os.fork()
if child == 0:
    print("child", {child}, flush=True)
    sys.exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), call(db.Note.count()), before == call(session()), flush=True)
call(db.close())
loop is None or loop.close()
"""
    )
    done = program(text, server.url, server.speech.own_number, parent, python=("-W", "always::ResourceWarning"))
    assert (done.returncode, done.stdout.splitlines()) == (0, ["child 1", "0 1 True"]), done.stderr
    assert done.stderr == ""
    eventually(lambda: server.run(server.speech.clients) == [])


@pytest.mark.parametrize(
    "end",
    [
        "runtime = LocalRuntime(); runtime.execute(workflow.build())",
        "asyncio.run(db.Note.count())",
        "block = db.sync.transaction(); block.__enter__(); db.sync.Note.create(id='lost')",
    ],
    ids=["runtime", "direct", "open-transaction"],
)
def test_what_is_never_closed_keeps_no_process(program: Any, server: Any, end: str) -> None:
    build = "workflow = db.workflow(); workflow.add_node('NoteCountNode', 'count', {})\n"
    done = program(f"{START}\n{build}{end}\n", server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    eventually(lambda: server.run(server.speech.clients) == [])
