"""``SQLNode`` on PostgreSQL: the user's own statement, its values bound."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dataflow.operations.operation import Result, Statement
from dataflow_postgres.link import PostgresLink
from dataflow_sql.documents import dumps
from dataflow_sql.free_sql import check_control, check_count, check_values, plain, spoils
from dataflow_sql.placeholders import with_marks, with_placeholders, without_values
from dataflow_sql.servers import Execution, Link

_NUMBERED = re.compile(r"\$[0-9]")


def statement(execution: Execution) -> Callable[[Statement], Awaitable[Result]]:
    """Named values stand as ``:name``; listed ones as ``?``, or PostgreSQL's own ``$1``, ``$2``."""

    async def run(operation: Statement) -> Result:
        sql, values = bound_statement(operation)

        async def work(link: Link) -> Result:
            assert isinstance(link, PostgresLink)
            link.is_spoiled = link.is_spoiled or spoils(operation.sql)
            if operation.reads_only:
                # a setting made behind a savepoint is gone with it
                await link.control("SAVEPOINT reading")
                await link.control("SET LOCAL transaction_read_only = on")
            rows, done = await link.answer(sql, values)
            if operation.reads_only:
                await link.control("ROLLBACK TO SAVEPOINT reading")
            return {"rows": [dict(row.items()) for row in rows], "rowcount": done}

        if operation.reads_only:
            return await execution.atomic(operation, lambda: without_values(operation.sql), len(values), work)
        return await execution.perform(operation, lambda: without_values(operation.sql), len(values), work)

    return run


def bound_statement(operation: Statement) -> tuple[str, Sequence[Any]]:
    """The user's statement as it is sent.

    :raises AdapterError: DF-A120 for one that may not be.
    """
    check_control(operation.sql)
    return bound(operation.sql, operation.parameters)


def bound(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The statement and its values as the driver takes them."""
    if isinstance(parameters, Mapping):
        places: dict[str, int] = {}
        sql, names = with_placeholders(sql, lambda name: f"${places.setdefault(name, len(places) + 1)}")
        check_values(names, parameters)
        return sql, [encoded(parameters[name]) for name in places]
    if parameters and not _NUMBERED.search(sql):
        sql, count = with_marks(sql, lambda number: f"${number}")
        check_count(count, len(parameters))
    return sql, [encoded(one) for one in parameters]


def encoded(value: Any) -> Any:
    """A value as a field of its type would be bound."""
    value = plain(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return dumps(value) if isinstance(value, dict) else value
