"""The databases that the testkit gives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from dataflow import DataFlow
from dataflow_testkit import MariaDBServer, PostgresServer, ThrowawayServer
from dataflow_testkit.throwaway import place_of

MAKERS = {"postgres": PostgresServer.made, "mysql": MariaDBServer.made}


async def test_a_database_is_empty_and_usable(database_url: str) -> None:
    for _ in range(2):
        async with DataFlow(database_url) as db:

            @db.model
            class Thing:
                id: str

            assert await db.Thing.count() in (0, 1)
            await db.Thing.upsert({"id": "one"})


@pytest.mark.databases("mysql")
def test_a_new_server_removes_no_temporary_table_of_another(
    database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = place_of("mysql")
    monkeypatch.setenv("TMPDIR", str(usual))
    monkeypatch.setattr("tempfile.tempdir", None)
    table = usual / "#sql-temptable-1-2-3.MAI"
    table.touch()
    shutil.chown(table, usual.owner())
    MariaDBServer.made().remove()
    assert list(usual.iterdir()) == [table]
    shutil.rmtree(usual)


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
