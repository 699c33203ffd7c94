"""The way of one operation: tables ensured, executor, errors explained, middlewares around.

A pipeline is put together once per node type, at first use. What is left per call is one check of a
slot, one call of the executor and whatever the middlewares do.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from typing import Protocol

import attrs

from dataflow.adapters import StatementFailed, driver_error
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.nodes.node_type import NodeType
from dataflow.operations.collecting import Scopes, collecting
from dataflow.operations.operation import BulkCreate, Executor, Middleware, Operation, Result, Statement, Transaction
from dataflow.operations.tables import TableSlot
from dataflow.plugins.observers import Listeners
from dataflow.runtimes.activities import happened
from dataflow.runtimes.events import Area, Event

Ambient = ContextVar[Transaction | None]


class Surroundings(Scopes, Protocol):
    """What a pipeline needs of its instance."""

    @property
    def ambient(self) -> Ambient: ...
    def start(self) -> Awaitable[bool]: ...
    def table_slot(self, node: NodeType) -> TableSlot: ...
    def prepare(self, node: NodeType, transaction: Transaction | None) -> Awaitable[TableSlot]: ...
    def explain(self, error: BaseException, where: Where) -> Problem: ...
    def listeners(self, *areas: Area) -> Listeners: ...
    def tell(self, event: Event) -> None: ...


def compose(
    node: NodeType, execute: Executor, middlewares: Sequence[Middleware], surroundings: Surroundings
) -> Executor:
    """The executor that callers use; ``middlewares`` come innermost first."""
    prepare = guarded if node.model is None else prepared
    core: Executor = prepare(node, execute, surroundings)
    if node.operation is BulkCreate:
        core = collecting(core, surroundings)
    if not middlewares:
        return core
    for middleware in middlewares:
        core = middleware(core)
    # a middleware is a plugin's code: what it raises of its own is explained like anything else
    return guarded(node, core, surroundings, is_started=True)


def prepared(node: NodeType, execute: Executor, surroundings: Surroundings) -> Executor:
    """The guarded executor that first makes sure of the model's table and joins the scope of the surrounding code.

    One function and not one around another: a coroutine more is paid for at each of an operation's suspensions.
    """
    slot = surroundings.table_slot(node)
    ambient = surroundings.ambient
    monotonic = time.monotonic
    listening = surroundings.listeners("cache")

    async def run(operation: Operation) -> Result:
        nonlocal slot
        if operation.transaction is None:
            if (scope := ambient.get()) is not None:
                operation = attrs.evolve(operation, transaction=scope)
        elif not hasattr(operation.transaction, "savepoint"):
            raise error_of(_no_transaction(node, operation.transaction))
        if slot.until <= monotonic():
            slot = await surroundings.prepare(node, operation.transaction)
        elif listening.observers:
            surroundings.tell(known(slot))
        try:
            return await execute(operation)
        except DataFlowError as error:
            poison(operation, error)
            raise
        except BaseException as error:
            if is_asked_from_outside(error):
                raise
            raise failure(error, node, operation, surroundings) from driver_error(error)

    return run


def guarded(node: NodeType, execute: Executor, surroundings: Surroundings, *, is_started: bool = False) -> Executor:
    """The executor whose every exception is a coded one, and marks the scope it happened in as failed.

    A user's own statement joins the scope of the surrounding code; a call has no database.

    :param is_started: whether somebody else makes sure that the instance is.
    """
    ambient = surroundings.ambient

    async def run(operation: Operation) -> Result:
        nonlocal is_started
        if operation.transaction is None:
            if isinstance(operation, Statement) and (scope := ambient.get()) is not None:
                operation = attrs.evolve(operation, transaction=scope)
        elif not hasattr(operation.transaction, "savepoint"):
            raise error_of(_no_transaction(node, operation.transaction))
        if not is_started:
            is_started = await surroundings.start()
        try:
            return await execute(operation)
        except DataFlowError as error:
            poison(operation, error)
            raise
        except BaseException as error:
            if is_asked_from_outside(error):
                raise
            raise failure(error, node, operation, surroundings) from driver_error(error)

    return run


def is_asked_from_outside(error: BaseException) -> bool:
    """Whether an exception asks the operation to stop; any other one is its own failure.

    A CancelledError that nobody asked for comes from what the operation awaited: let through, it would end a task
    as if cancelled, and a run as if finished. A SystemExit would end the loop. Ctrl-C comes to the main thread alone.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    if isinstance(error, KeyboardInterrupt):
        return threading.current_thread() is threading.main_thread()
    return isinstance(error, GeneratorExit)


def failure(error: BaseException, node: NodeType, operation: Operation, surroundings: Surroundings) -> DataFlowError:
    """An exception of a driver, a plugin or the application as a coded one."""
    coded = error_of(surroundings.explain(error, where_of(node)))
    poison(operation, coded)
    if isinstance(error, StatementFailed) and error.event is not None:
        surroundings.tell(attrs.evolve(error.event, details=error.event.details | {"error": coded}))
    return coded


def known(slot: TableSlot) -> Event:
    """A table that was used without asking the database."""
    return happened("cache", "known", model=slot.model.name, details={"table": slot.model.table})


def _no_transaction(node: NodeType, given: object) -> Problem:
    return Problem(
        code="DF-N104",
        message=f"wrong value for parameter 'transaction' of {node.name}: expected an open transaction",
        where=attrs.evolve(where_of(node), path=("transaction",)),
        context={"given": given, "given_type": type(given).__name__},
        cause="a transaction is what a scope gives when it opens",
        solutions=(
            Solution("give the scope's own value:", "async with db.transaction() as scope: ... transaction=scope"),
            Solution("or leave it out: what is awaited inside the block joins it"),
        ),
    )


def where_of(node: NodeType) -> Where:
    model = None if node.model is None else node.model.name
    return Where(node_type=node.name, model=model, operation=node.kind)


def poison(operation: Operation, error: BaseException) -> None:
    """A read that found nothing changes nothing: only writes fail their scope."""
    if operation.transaction is not None and (operation.writes or not isinstance(error, DataFlowError)):
        operation.transaction.poison(error)
