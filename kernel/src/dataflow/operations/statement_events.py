"""How an adapter tells of its statements and transactions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from dataflow.adapters import ScopeOptions, StatementFailed
from dataflow.operations.operation import BulkCreate, BulkUpdate, Operation
from dataflow.runtimes.activities import happened
from dataflow.runtimes.events import Event, OnEvent

T = TypeVar("T")
_numbers = itertools.count(1)
Text = str | Callable[[], str]
"""A statement, or what puts it together where somebody wants to see it. It holds no values."""


async def told_statement(
    work: Awaitable[T], operation: Operation, sql: Text, count: int, observers: Sequence[OnEvent]
) -> T:
    """Await what a statement gives, and tell of it, whatever becomes of it.

    :param count: of its parameters.
    """
    started = time.perf_counter()
    try:
        result = await work
    except StatementFailed as error:
        # what it means is known where it is explained, and told from there
        error.event = _event("error", operation, sql, count, started)
        raise
    except BaseException as error:
        _tell(observers, _event("error", operation, sql, count, started, error=error))
        raise
    _tell(observers, _event("statement", operation, sql, count, started))
    return result


def transaction_id() -> str:
    """A new one, of no other transaction of the process."""
    return f"t{next(_numbers)}"


def scope_event(name: str, transaction_id: str, savepoint: str, options: ScopeOptions, started: float) -> Event:
    """What is told of a transaction, or with a name of a savepoint in it."""
    asked = {"isolation": options.isolation, "read_only": options.read_only or None}
    details = {"savepoint": savepoint} if savepoint else {key: value for key, value in asked.items() if value}
    shown = details if name == "begin" or savepoint else {}
    return happened("scope", name, started, transaction_id=transaction_id, details=shown)


def _event(name: str, operation: Operation, sql: Text, count: int, started: float, **further: Any) -> Event:
    # a free statement has no model
    model = getattr(operation, "model", None)
    details = {"statement": sql if isinstance(sql, str) else sql(), "params": count, "operation": operation.kind}
    details |= {} if model is None else {"table": model.table}
    if isinstance(operation, BulkCreate | BulkUpdate):
        details["rows"] = operation.size if isinstance(operation, BulkCreate) else len(operation.rows)
    return happened(
        "sql",
        name,
        started,
        model=None if model is None else model.name,
        transaction_id=None if operation.transaction is None else operation.transaction.id,
        details=details | further,
    )


def _tell(observers: Sequence[OnEvent], event: Event) -> None:
    for observe in observers:
        observe(event)
