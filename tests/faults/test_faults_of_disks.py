"""A disk that is full, of data or of PostgreSQL's log: nothing is half done or lost, and with new room everything goes on."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import attrs
import pytest
import pytest_asyncio

from dataflow import DataFlow, DataFlowError
from dataflow_testkit import Kind, PostgresServer
from dataflow_testkit.disks import SmallDisk
from dataflow_testkit.sessions import PATIENCE_S, SERVERS

SIZE_MB, LARGER_MB = 24, (48, 72, 96)
#: a new cluster's log, in files of 1 MB, takes half of it
LOG_MB, LARGER_LOG_MB = 12, 96
#: MariaDB ends itself when it finds no room for undoing what found none; it tries for five seconds
ENDS = {"DF-A122", "DF-T104", "DF-A112"}
pytestmark = pytest.mark.parametrize("disk_kind", [] if SmallDisk.obstacle() else ["mounted"])


@attrs.frozen
class Full:
    """A server one of whose databases is on a small disk."""

    own: PostgresServer
    disk: SmallDisk
    url: str
    #: what a write without room may be told
    codes: set[str]

    def make_room(self, size_mb: int, code: str) -> None:
        """Let the disk grow; a server that a write found ended is started again."""
        self.disk.grow(size_mb)
        if code in ENDS:
            self.own.kill()
            self.own.start()


@pytest.fixture
def full(database_kind: Kind, disk_kind: str) -> Iterator[Full]:
    """Give a server whose database ``small`` has little room."""
    speech = SERVERS[database_kind]
    disk, own = SmallDisk.made(speech.account, SIZE_MB), speech.made()
    try:
        speech.on_disk(own, disk.place)
        url = urlunsplit(urlsplit(own.url)._replace(path="/small"))
        yield Full(own, disk, url, {"DF-A110"} if database_kind == "postgres" else {"DF-A110", *ENDS})
    finally:
        own.remove()
        disk.remove()


@pytest.fixture
def full_log(disk_kind: str) -> Iterator[Full]:
    """Give a PostgreSQL whose log has little room, and which removes nothing of it."""
    disk = SmallDisk.made(SERVERS["postgres"].account, LOG_MB)
    own = PostgresServer.made(f"--waldir={disk.place}/log", "--wal-segsize=1", wal_keep_size="1GB")
    try:
        yield Full(own, disk, own.url, {"DF-T104", "DF-A122", "DF-A112"})
    finally:
        own.remove()
        disk.remove()


@asynccontextmanager
async def opened(full: Full) -> AsyncIterator[DataFlow]:
    """An instance with a model whose records are large."""
    async with DataFlow(full.url, silence=["DF-C203", "DF-C204"]) as db:

        @db.model
        class Note:
            id: str
            text: str = ""
            twin: str = ""

        await db.Note.create(id="first")
        yield db


@pytest_asyncio.fixture
async def db(full: Full) -> AsyncIterator[DataFlow]:
    """Open an instance on the database that has little room."""
    async with opened(full) as db:
        yield db


def large() -> str:
    """Make a text that no database can compress."""
    return random.randbytes(100_000).hex()


@attrs.define
class Filling:
    """What was done until there was no room, what may have been done, and how the last of it failed."""

    done: set[int] = attrs.field(factory=set)
    unknown: set[int] = attrs.field(factory=set)
    code: str = ""

    async def run(self, work: Callable[[int], Awaitable[object]]) -> None:
        for number in range(500):
            try:
                await work(number)
            except DataFlowError as error:
                self.code = error.code
                self.unknown = {number} if error.code == "DF-T104" else set()
                return
            self.done.add(number)
        raise AssertionError("the disk did not get full")

    def agrees(self, there: set[int]) -> bool:
        return self.done <= there <= self.done | self.unknown


async def numbers(db: DataFlow, begin: str) -> set[int]:
    """Which of the records of a kind are there."""
    records = (await db.Note.list({"id": {"$startswith": f"{begin}-"}}, fields=["id"], limit=1000))["records"]
    return {int(record["id"].partition("-")[2]) for record in records}


async def test_what_finds_no_room_is_not_done_and_with_new_room_all_goes_on(full: Full, db: DataFlow) -> None:
    async def one(number: int) -> None:
        await db.Note.create(id=f"one-{number}", text=large())

    async def many(number: int) -> None:
        await db.Note.bulk_create([{"id": f"many{place}-{number}", "text": large()} for place in range(5)])

    async def scope(number: int) -> None:
        async with db.transaction():
            await db.Note.update("first", {"twin": str(number)})
            await db.Note.create(id=f"left-{number}", text=large())
            await db.Note.create(id=f"right-{number}", text=large())

    whole = {one: ["one"], scope: ["left", "right"]}
    if os.environ.get("FAULTS") == "soak":
        whole[many] = [f"many{place}" for place in range(5)]
    for (work, parts), size_mb in zip(whole.items(), LARGER_MB, strict=False):
        filling = Filling()
        await filling.run(work)
        assert filling.code in full.codes
        if filling.code == "DF-A110":
            # what is there can be read meanwhile
            assert await db.Note.read("first")
        await asyncio.to_thread(full.make_room, size_mb, filling.code)
        first, *others = [await numbers(db, part) for part in parts]
        assert filling.agrees(first)
        assert all(other == first for other in others)
        await work(1000)
    assert (await db.Note.read("first"))["twin"] == "1000"
    assert all(pool.active == pool.waiting == 0 and pool.healthy for pool in db.pools())


async def failure(db: DataFlow) -> str:
    """The code that a read is told, empty when it is answered."""
    try:
        await db.Note.read("first")
    except DataFlowError as error:
        return error.code
    return ""


async def settled(full: Full, db: DataFlow) -> None:
    """Wait until the server has ended, for to mend its data it needs room; or answers, when it found some after all."""
    told = "-"
    async with asyncio.timeout(PATIENCE_S):
        while full.own.is_running and told:
            told = await failure(db)
            assert told in ("DF-A112", "")
    assert full.own.is_running or await failure(db) == "DF-A112"


@pytest.mark.parametrize("many", [1, 5])
async def test_a_log_without_room_ends_the_server_and_loses_nothing_that_was_acknowledged(
    full_log: Full, many: int
) -> None:
    async with opened(full_log) as db:

        async def scope(writer: int, number: int) -> None:
            async with db.transaction():
                await db.Note.create(id=f"left{writer}-{number}", text=large())
                await db.Note.create(id=f"right{writer}-{number}", text=large())

        async def one(writer: int, number: int) -> None:
            await db.Note.create(id=f"one{writer}-{number}", text=large())

        parts = {writer: ["left", "right"] if writer % 2 else ["one"] for writer in range(many)}
        fillings = {writer: Filling() for writer in parts}
        await asyncio.gather(
            *(filling.run(partial(scope if writer % 2 else one, writer)) for writer, filling in fillings.items())
        )
        assert {filling.code for filling in fillings.values()} <= full_log.codes
        await settled(full_log, db)
        full_log.disk.grow(LARGER_LOG_MB)
        if not full_log.own.is_running:
            await asyncio.to_thread(full_log.own.start)
        for writer, filling in fillings.items():
            first, *others = [await numbers(db, f"{part}{writer}") for part in parts[writer]]
            assert filling.agrees(first)
            assert all(other == first for other in others)
            await (scope if writer % 2 else one)(writer, 1000)
        assert all(pool.active == pool.waiting == 0 and pool.healthy for pool in db.pools())
