"""``SQLNode`` on SQLite: the user's own statement, its values bound."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from dataflow.operations.operation import Result, Statement
from dataflow_sql.free_sql import check_control
from dataflow_sqlite.executors import Execution
from dataflow_sqlite.writer import Form


def statement(execution: Execution) -> Callable[[Statement], Awaitable[Result]]:
    async def run(operation: Statement) -> Result:
        check_control(operation.sql)
        values = operation.parameters

        def work(raw: sqlite3.Connection) -> dict[str, Any]:
            if not operation.reads_only:
                return _answer(raw.execute(operation.sql, values))
            # in memory, or in a scope, the connection could write
            (before,) = raw.execute("PRAGMA query_only").fetchone()
            raw.execute("PRAGMA query_only = ON")
            try:
                return _answer(raw.execute(operation.sql, values))
            finally:
                raw.execute(f"PRAGMA query_only = {int(before)}")

        if operation.reads_only:
            return await execution.read(operation, operation.sql, len(values), work)
        return await execution.write(operation, operation.sql, len(values), work, Form.STATEMENT)

    return run


def _answer(cursor: sqlite3.Cursor) -> dict[str, Any]:
    if cursor.description is None:
        return {"rows": [], "rowcount": max(cursor.rowcount, 0)}
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {"rows": rows, "rowcount": max(cursor.rowcount, 0)}
