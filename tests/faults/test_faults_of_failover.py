"""A primary that becomes read only while its connections stay: the next try reaches the server that took over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, NodeFailed
from dataflow_testkit import Kind, PostgresServer, Proxy
from dataflow_testkit.databases import EMPTY
from dataflow_testkit.sessions import SERVERS


@pytest.fixture(scope="module")
def heirs_of_kinds() -> Iterator[dict[Kind, PostgresServer]]:
    made: dict[Kind, PostgresServer] = {}
    yield made
    for one in made.values():
        one.remove()


@pytest.fixture
def heir(database_kind: Kind, heirs_of_kinds: dict[Kind, PostgresServer]) -> PostgresServer:
    """Give the server that takes over."""
    if database_kind not in heirs_of_kinds:
        heirs_of_kinds[database_kind] = SERVERS[database_kind].made()
    EMPTY[database_kind](heirs_of_kinds[database_kind].url)
    return heirs_of_kinds[database_kind]


FailOver = Callable[[], Awaitable[None]]


@pytest.fixture
def fail_over(server: Any, heir: PostgresServer, proxy: Proxy, until: Any) -> Iterator[FailOver]:
    """Demote the server, and have new connections reach the other; it is a primary again after the test."""

    async def demoted() -> bool:
        return bool((await server.ask(server.speech.demoted))[0][0])

    async def fail_over() -> None:
        await server.ask(*server.speech.demote)
        await until(demoted)
        proxy.target = heir.port

    yield fail_over
    server.run(*server.speech.promote)


@pytest.fixture
async def primary(server: Any, heir: PostgresServer, proxy: Proxy, open_db: Any) -> DataFlow:
    """Open an instance with five connections to the server, by a way that can lead to the other."""
    for own in (server.own, heir):
        await asyncio.to_thread(server.speech.run, own.url, server.speech.with_obedient)
    await open_db(server.url_of(heir)).Account.create(id="there")
    user = server.speech.obedient
    url = proxy.url(server.url).replace("root@", f"{user}@")
    db: DataFlow = open_db(url, pool_size=5)
    await db.Account.create(id="a")
    await asyncio.gather(*(db.Account.read("a") for _ in range(5)))
    assert db.pools()[0].idle == 5
    return db


async def refused(work: Any) -> str:
    with pytest.raises(DataFlowError) as caught:
        await work
    return caught.value.code


async def test_a_write_that_a_former_primary_refuses_reaches_the_new_one_at_the_next_try(
    server: Any, primary: DataFlow, fail_over: FailOver
) -> None:
    await fail_over()
    assert await refused(primary.Account.create(id="b")) == "DF-A111"
    assert primary.pools()[0].idle == 0
    await asyncio.gather(*(primary.Account.create(id=f"b{number}") for number in range(5)))
    assert await primary.Account.count() == 6
    assert await server.ask("SELECT id FROM accounts") in ([("a",)], (("a",),))


async def test_a_transaction_that_a_former_primary_refuses_reaches_the_new_one_at_the_next_try(
    primary: DataFlow, fail_over: FailOver
) -> None:
    async def change() -> None:
        async with primary.transaction():
            await primary.Account.upsert({"id": "there", "balance": 2})

    # one that another holds meanwhile goes when it comes back
    inside, over = asyncio.Event(), asyncio.Event()
    held = asyncio.create_task(_hold(primary, inside, over))
    await inside.wait()
    await fail_over()
    assert await refused(change()) == "DF-A111"
    over.set()
    await held
    assert primary.pools()[0].idle == 0
    await change()
    assert (await primary.Account.read("there"))["balance"] == 2


async def _hold(db: DataFlow, inside: asyncio.Event, over: asyncio.Event) -> None:
    async with db.transaction():
        await db.Account.count()
        inside.set()
        await over.wait()


async def test_a_write_where_the_user_asked_to_read_only_keeps_the_connections(proxy: Proxy, primary: DataFlow) -> None:
    opened = proxy.opened
    workflow = primary.workflow()
    options = {"sql": "DELETE FROM accounts", "read_only": True}
    workflow.add_node("SQLNode", "write", options)
    with pytest.raises(NodeFailed) as failure:
        await AsyncLocalRuntime().execute(workflow.build())
    assert failure.value.code == "DF-A111"

    async def write() -> None:
        async with primary.transaction(read_only=True):
            await AsyncLocalRuntime().execute(workflow.build())

    with pytest.raises(DataFlowError):
        await write()
    assert (primary.pools()[0].idle, proxy.opened) == (5, opened)
