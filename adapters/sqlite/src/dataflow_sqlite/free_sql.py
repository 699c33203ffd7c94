"""``SQLNode`` on SQLite: the user's own statement, its values bound."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dataflow.models.types import PYTHON_TYPES
from dataflow.operations.operation import Result, Statement
from dataflow.values.coercion import coerce_datetime
from dataflow_sql.free_sql import check_control, plain
from dataflow_sql.placeholders import TEXTS, without_values
from dataflow_sqlite.dialect import CODECS
from dataflow_sqlite.executors import Execution
from dataflow_sqlite.writer import Form

_ENCODERS = {
    python: CODECS[kind].encode for python, kind in PYTHON_TYPES.items() if kind in CODECS and CODECS[kind].encode
}


def statement(execution: Execution) -> Callable[[Statement], Awaitable[Result]]:
    async def run(operation: Statement) -> Result:
        check_control(operation.sql)
        values = encoded(operation.parameters)

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

        def shown() -> str:
            # to SQLite a name in quotes that nothing has is a text
            return without_values(operation.sql, texts=f'{TEXTS}"')

        if operation.reads_only:
            return await execution.read(operation, shown, len(values), work)
        return await execution.write(operation, shown, len(values), work, Form.STATEMENT)

    return run


def encoded(parameters: Mapping[str, Any] | Sequence[Any]) -> Any:
    """The values as fields of their types are stored: SQLite's own forms are others, and compare as text does."""
    if isinstance(parameters, Mapping):
        return {name: _stored(value) for name, value in parameters.items()}
    return [_stored(value) for value in parameters]


def _stored(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, datetime):
        value = coerce_datetime(value)
    found = _ENCODERS.get(type(value))
    return value if found is None else found(value)


def _answer(cursor: sqlite3.Cursor) -> dict[str, Any]:
    if cursor.description is None:
        return {"rows": [], "rowcount": max(cursor.rowcount, 0)}
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {"rows": rows, "rowcount": max(cursor.rowcount, 0)}
