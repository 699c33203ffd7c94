"""Many processes that start at once on an empty database: one makes the tables, and all work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dataflow import DataFlow
from dataflow.migrations import Session
from dataflow_locks.lease import Lease
from dataflow_testkit import Kind
from dataflow_testkit.throwaway import MariaDBServer, PostgresServer, program

NUMBER = 50
PROGRAMS = {"postgres": "initdb", "mysql": "mariadbd"}
Contend = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def contended_url(database_url: str, database_kind: Kind) -> Iterator[str]:
    """Give a server of their own to processes that would leave the other tests no connection, where one can be made."""
    if database_kind == "sqlite" or program(PROGRAMS[database_kind]) is None:
        yield database_url
        return
    server = (PostgresServer if database_kind == "postgres" else MariaDBServer).made(max_connections="250")
    yield server.url
    server.remove()


def test_fifty_processes_at_once_apply_once_and_all_succeed(contend: Contend) -> None:
    *processes, found, people = contend("race", NUMBER)
    assert [one for one in processes if one["ended"] != "done"] == []
    assert len(processes) == NUMBER
    assert found["gave"] == {"revisions": ["applied"], "steps": ["applied"], "lock": False}
    assert people["gave"] == NUMBER


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("name", ["unlock", "fence", "lock"])
async def test_a_table_that_another_process_is_making_is_waited_for(database_url: str, name: str) -> None:
    async with (
        DataFlow(database_url, plugins=["locks"]) as db,
        db.adapter.session("first") as first,  # type: ignore[attr-defined]  # it can be migrated
        db.adapter.session("second") as second,  # type: ignore[attr-defined]
    ):
        lease = Lease("default", 30.0)
        await lease.prepare(first)
        (columns,) = zip(
            *await first.rows(
                "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_name = ?",
                f"dataflow_migration_{name}",
            ),
            strict=True,
        )
        for each in ("unlock", "fence", "lock"):
            await first.run(f"DROP TABLE dataflow_migration_{each}")
        async with first.transaction():
            await first.run(f"CREATE TABLE dataflow_migration_{name} ({', '.join(columns)})")
            other = asyncio.ensure_future(lease.prepare(second))
            await waits(first, second, other)
        await other
        assert await lease.exists(first)


async def waits(watching: Session, waiting: Session, work: asyncio.Future[None]) -> None:
    """Come back when a connection waits for a lock."""
    async with asyncio.timeout(30):
        while not work.done():
            ((waited_for,),) = await watching.rows(
                "SELECT count(*) FROM pg_locks WHERE pid = ? AND NOT granted", waiting.server_id
            )
            if waited_for:
                return
