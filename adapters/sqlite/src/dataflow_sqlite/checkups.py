"""What is looked at of a SQLite database: the library, durability, whether the file can be written, indexes."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from dataflow import DataFlow
from dataflow.inspection.checkups import Checkup, Finding, passes
from dataflow.models.model import Model
from dataflow_sql.checkups import (
    driver_finding,
    durability_finding,
    index_findings,
    read_only_finding,
    version_finding,
)
from dataflow_sqlite.opening import OLDEST

if TYPE_CHECKING:
    from dataflow_sqlite.adapter import SQLiteAdapter


def checkups(app: DataFlow, adapter: SQLiteAdapter) -> list[Checkup]:
    """Those of one instance."""

    async def driver() -> list[Finding]:
        return [driver_finding("aiosqlite")]

    async def server() -> list[Finding]:
        return _server(adapter)

    async def indexes() -> list[Finding]:
        models = tuple(app.models.values())
        found: list[Finding] = await adapter.connections.read(lambda raw: _indexes(raw, models), None)
        return found

    return [
        Checkup("environment", driver),
        Checkup("server", server, needs_database=True),
        Checkup("schema", indexes, needs_database=True),
    ]


def _server(adapter: SQLiteAdapter) -> list[Finding]:
    database = adapter.database
    found = [version_finding("SQLite", sqlite3.sqlite_version_info, OLDEST)]
    if database.in_memory:
        return found
    if database.mode == "ro":
        return [*found, read_only_finding("the URL says mode=ro")]
    unsafe = {} if database.synchronous == "FULL" else {"sqlite.synchronous": database.synchronous}
    cure = 'DataFlow(sqlite={"synchronous": "FULL"})'
    found.append(durability_finding(unsafe, "commits are on the disk when they are told", cure))
    return [*found, passes(f"one writer at a time, who waits {database.busy_timeout_s:g} s for another process")]


def _indexes(raw: sqlite3.Connection, models: tuple[Model, ...]) -> list[Finding]:
    return [finding for model in models for finding in _of_table(raw, model)]


def _of_table(raw: sqlite3.Connection, model: Model) -> list[Finding]:
    if raw.execute("SELECT 1 FROM pragma_table_info(?)", (model.table,)).fetchone() is None:
        # a table that is not there is told of by others
        return []
    present = {
        index: [str(name) for (name,) in raw.execute("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,))]
        for (index,) in raw.execute("SELECT name FROM pragma_index_list(?)", (model.table,)).fetchall()
    }
    return list(index_findings(model, present))
