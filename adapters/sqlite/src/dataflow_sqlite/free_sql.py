"""``SQLNode`` on SQLite: the user's own statement, its values bound."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.operations.operation import Result, Statement
from dataflow_sqlite.executors import Execution
from dataflow_sqlite.writer import Form

#: they would take the transaction, or the file, out of the hands of the framework
_CONTROL = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH)\b",
    re.IGNORECASE | re.DOTALL,
)


def statement(execution: Execution) -> Callable[[Statement], Awaitable[Result]]:
    async def run(operation: Statement) -> Result:
        control = _CONTROL.match(operation.sql)
        if control is not None:
            raise error_of(_refused(control[1].upper()))
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


def _refused(word: str) -> Problem:
    return Problem(
        code="DF-A120",
        message=f"'{word}' is not a statement for SQLNode",
        where=Where(node_type="SQLNode", operation="sql", path=("sql",)),
        context={"statement": word},
        cause="transactions belong to scopes, which commit and roll back for all their members",
        solutions=(Solution("use a scope:", 'with workflow.transaction("tx"): ...'),),
    )
