"""A server of each kind that these tests may stop, kill and break; running and empty at the start of each test."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_asyncio

from dataflow import DataFlow, field
from dataflow_testkit import Kind, PostgresServer, Proxy, throwaway
from dataflow_testkit.databases import EMPTY
from dataflow_testkit.disks import SmallDisk
from dataflow_testkit.pytest_plugin import UNCOVERED
from dataflow_testkit.sessions import PATIENCE_S, SERVERS, ServerKind, servers


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a kind's tests together: its server is started once; say what the machine has not."""
    found = {
        "a full disk": SmallDisk.obstacle(),
        "PgBouncer": "" if throwaway.program("pgbouncer") else "it is not installed",
    }
    config.stash[UNCOVERED].update({what: why for what, why in found.items() if why})
    here = Path(__file__).parent
    own = [item for item in items if here in item.path.parents]
    places = [place for place, item in enumerate(items) if here in item.path.parents]
    own.sort(key=lambda item: str(getattr(item, "callspec", None) and item.callspec.params.get("database_kind")))  # type: ignore[attr-defined]  # of functions with parameters
    for place, item in zip(places, own, strict=True):
        items[place] = item


@attrs.frozen
class Server:
    """A private server, what to say to one of its kind, and the scheme that chooses the driver under test."""

    own: PostgresServer
    speech: ServerKind
    scheme: str

    @property
    def url(self) -> str:
        return self.url_of(self.own)

    def url_of(self, own: PostgresServer) -> str:
        """The URL of a server of the kind for the driver under test."""
        return f"{self.scheme}:{own.url.partition(':')[2]}"

    def run(self, *statements: str) -> list[Any]:
        """Run statements on a connection of the test's own; gives the rows of the last."""
        return self.speech.run(self.own.url, statements)

    async def ask(self, *statements: str) -> list[Any]:
        """The same beside the test's event loop."""
        return await asyncio.to_thread(self.run, *statements)

    async def sessions(self) -> list[Any]:
        """The numbers of the sessions that are open besides the one that asks."""
        return [row[0] for row in await self.ask(self.speech.clients)]

    async def sleepers(self) -> list[Any]:
        """The numbers of the sessions that run the slow query."""
        return [row[0] for row in await self.ask(self.speech.sleepers)]

    async def restart(self, how: Callable[[], None]) -> None:
        await asyncio.to_thread(how)
        await asyncio.to_thread(self.own.start)


@pytest.fixture(scope="session")
def servers_of_kinds() -> Iterator[dict[Kind, PostgresServer]]:
    made: dict[Kind, PostgresServer] = {}
    yield made
    for server in made.values():
        server.remove()


@pytest.fixture
def server(database_kind: Kind, database_scheme: str, servers_of_kinds: dict[Kind, PostgresServer]) -> Iterator[Server]:
    """Give a private server, running and empty; whatever a test did to it is mended."""
    if database_kind not in servers_of_kinds:
        servers_of_kinds[database_kind] = SERVERS[database_kind].made()
    own = servers_of_kinds[database_kind]
    if not own.is_running:
        own.start()
    EMPTY[database_kind](own.url)
    yield Server(own, SERVERS[database_kind], database_scheme)
    if own.is_running:
        own.resume()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """Give a way to the server that fails as ordered."""
    with Proxy(server.own.port) as proxy:
        yield proxy


Open = Callable[..., DataFlow]


def with_models(db: DataFlow) -> DataFlow:
    """Register the models that these tests use."""

    @db.model
    class Owner:
        id: str

    @db.model
    class Account:
        id: str
        owner_id: str | None = field(default=None, references="Owner.id")
        balance: int = 0

    return db


@pytest_asyncio.fixture
async def open_db(server: Server) -> AsyncIterator[Open]:
    """Open an instance, with short deadlines; it is closed on the test's own loop."""
    opened: list[DataFlow] = []

    def open_db(url: str | None = None, **options: Any) -> DataFlow:
        given = {"connect_timeout_s": 3.0, "pool_timeout_s": 5.0, "statement_timeout_s": 20.0, **options}
        db = with_models(DataFlow(url or server.url, silence=["DF-C203", "DF-C204"], **given))
        opened.append(db)
        return db

    yield open_db
    for db in opened:
        await db.close()


@pytest.fixture
def db(open_db: Open) -> DataFlow:
    """Open one instance on the server."""
    return open_db()


@pytest.fixture
def slow(server: Server) -> Callable[[DataFlow], Any]:
    """Build a workflow whose one statement takes a minute."""

    def slow(db: DataFlow) -> Any:
        workflow = db.workflow()
        workflow.add_node("SQLNode", "slow", {"sql": server.speech.sleep})
        return workflow.build()

    return slow


@pytest.fixture
def slow_read(server: Server) -> Callable[[DataFlow], Any]:
    """Build a workflow whose one statement takes a minute, and says that it only reads."""

    def slow_read(db: DataFlow) -> Any:
        workflow = db.workflow()
        workflow.add_node("SQLNode", "slow", {"sql": server.speech.sleep, "read_only": True})
        return workflow.build()

    return slow_read


Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Wait for a condition of the server, which tells of it in no other way."""

    async def until(condition: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await condition():  # noqa: ASYNC110  # the server has no event to wait for
                await asyncio.sleep(0.01)

    return until


Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Run a program as a process of its own; one that does not end within a minute is a failure."""

    def program(text: str, *args: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *python, "-c", textwrap.dedent(text), *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    return program


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on every kind of server by each of its drivers, unless it names its own."""
    if "database_kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("databases") is None:
        metafunc.definition.add_marker(pytest.mark.databases(*servers()))
