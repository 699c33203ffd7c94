"""A real server, and in it a database for every test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from dataflow import AsyncLocalRuntime, DataFlow

SERVER = os.environ.get("DATAFLOW_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/test")
_numbers = itertools.count(1)
Server: TypeAlias = "Connection[Cursor]"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A connection that makes and drops databases."""
    parts = urlsplit(SERVER)
    try:
        connection = pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=parts.username or "root",
            password=parts.password or "",
            autocommit=True,
        )
    except pymysql.err.OperationalError:
        pytest.skip(f"no server answers at {SERVER}")
    yield connection
    connection.close()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    name = f"dataflow_test_{os.getpid()}_{next(_numbers)}"
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield name
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture(params=["mysql", "mysql+asyncmy"])
def database_url(request: pytest.FixtureRequest, database: str) -> str:
    parts = urlsplit(SERVER)
    return f"{request.param}://{parts.netloc}/{database}"


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
