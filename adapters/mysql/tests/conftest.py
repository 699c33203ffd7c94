"""A database of a real server, by either driver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import AsyncLocalRuntime, DataFlow
from dataflow_testkit.databases import Kind, connect_mysql
from dataflow_testkit.pytest_plugin import DATABASES

Server: TypeAlias = "Connection[Cursor]"


@pytest.fixture
def empty_url(database_kind: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.config.stash[DATABASES].url(database_kind, tmp_path)


@pytest.fixture(params=["mysql", "mysql+asyncmy"])
def database_url(request: pytest.FixtureRequest, empty_url: str) -> str:
    return f"{request.param}:{empty_url.partition(':')[2]}"


@pytest.fixture
def database(empty_url: str) -> str:
    return urlsplit(empty_url).path.strip("/")


@pytest.fixture
def server(empty_url: str) -> Iterator[Server]:
    """A connection of its own, to no database: it is none of the sessions that a test counts."""
    with closing(connect_mysql(urlunsplit(urlsplit(empty_url)._replace(path="")))) as connection:
        yield connection


@pytest.fixture
def variables(server: Server) -> dict[str, str]:
    """The server's settings, by name."""
    with server.cursor() as cursor:
        cursor.execute("SHOW VARIABLES")
        return {str(name): str(value) for name, value in cursor.fetchall()}


@pytest.fixture
def execute() -> Callable[..., Awaitable[Any]]:
    """Run one statement, in a transaction of its own where ``before`` is another to run first."""

    async def run(
        db: DataFlow, sql: str, params: Any = (), *, before: str | None = None, read_only: bool = False
    ) -> Any:
        workflow = db.workflow()
        options = {"sql": sql, "params": params, "read_only": read_only}
        if before is None:
            workflow.add_node("SQLNode", "sql", options)
        else:
            with workflow.transaction("tx"):
                workflow.add_node("SQLNode", "before", {"sql": before})
                workflow.add_node("SQLNode", "sql", options)
        async with AsyncLocalRuntime(max_concurrency=1) as runtime:
            results, _ = await runtime.execute(workflow.build())
        return results["sql"]

    return run
