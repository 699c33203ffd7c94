"""The databases that the testkit gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataflow import DataFlow
from dataflow_testkit import MariaDBServer, PostgresServer, ThrowawayServer

MAKERS = {"postgres": PostgresServer.made, "mysql": MariaDBServer.made}


async def test_a_database_is_empty_and_usable(database_url: str) -> None:
    for _ in range(2):
        async with DataFlow(database_url) as db:

            @db.model
            class Thing:
                id: str

            assert await db.Thing.count() in (0, 1)
            await db.Thing.upsert({"id": "one"})


@pytest.fixture
def server(database_kind: str) -> Iterator[ThrowawayServer]:
    server = MAKERS[database_kind]()
    yield server
    server.remove()


@pytest.mark.databases("postgres", "mysql")
async def test_a_server_of_its_own_can_be_killed_and_started_again(server: ThrowawayServer) -> None:
    async with DataFlow(server.url) as db:
        await db.ping()
        server.kill()
        with pytest.raises(Exception, match="DF-A112"):
            await db.ping()
        server.start()
        await db.ping()
