"""The way of one operation: tables ensured, executor, errors explained, middlewares around.

A pipeline is put together once per node type, at first use. What is left per call is one check of a
slot, one call of the executor and whatever the middlewares do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from typing import Protocol

import attrs

from dataflow.adapters import driver_error
from dataflow.diagnostics import DataFlowError, Problem, Where, error_of
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import Executor, Middleware, Operation, Result, Statement, Transaction
from dataflow.operations.tables import TableSlot

Ambient = ContextVar[Transaction | None]


class Surroundings(Protocol):
    """What a pipeline needs of its instance."""

    @property
    def ambient(self) -> Ambient: ...
    def table_slot(self, node: NodeType) -> TableSlot: ...
    def prepare(self, node: NodeType, transaction: Transaction | None) -> Awaitable[TableSlot]: ...
    def explain(self, error: BaseException, where: Where) -> Problem: ...


def compose(
    node: NodeType, execute: Executor, middlewares: Sequence[Middleware], surroundings: Surroundings
) -> Executor:
    """The executor that callers use; ``middlewares`` come innermost first."""
    core: Executor = guarded(node, execute, surroundings)
    if node.model is not None:
        core = prepared(node, execute, surroundings)
    for middleware in middlewares:
        core = middleware(core)
    return core


def prepared(node: NodeType, execute: Executor, surroundings: Surroundings) -> Executor:
    """The guarded executor that first makes sure of the model's table and joins the scope of the surrounding code.

    One function and not one around another: a coroutine more is paid for at each of an operation's suspensions.
    """
    slot = surroundings.table_slot(node)
    ambient = surroundings.ambient
    monotonic = time.monotonic

    async def run(operation: Operation) -> Result:
        nonlocal slot
        if operation.transaction is None and (scope := ambient.get()) is not None:
            operation = attrs.evolve(operation, transaction=scope)
        if slot.until <= monotonic():
            slot = await surroundings.prepare(node, operation.transaction)
        try:
            return await execute(operation)
        except asyncio.CancelledError:
            raise
        except DataFlowError as error:
            poison(operation, error)
            raise
        except Exception as error:
            raise failure(error, node, operation, surroundings) from driver_error(error)

    return run


def guarded(node: NodeType, execute: Executor, surroundings: Surroundings) -> Executor:
    """The executor whose every exception is a coded one, and marks the scope it happened in as failed.

    A user's own statement joins the scope of the surrounding code; a call has no database.
    """
    ambient = surroundings.ambient

    async def run(operation: Operation) -> Result:
        if isinstance(operation, Statement) and operation.transaction is None and (scope := ambient.get()) is not None:
            operation = attrs.evolve(operation, transaction=scope)
        try:
            return await execute(operation)
        except asyncio.CancelledError:
            raise
        except DataFlowError as error:
            poison(operation, error)
            raise
        except Exception as error:
            raise failure(error, node, operation, surroundings) from driver_error(error)

    return run


def failure(error: Exception, node: NodeType, operation: Operation, surroundings: Surroundings) -> DataFlowError:
    """An exception of a driver, a plugin or the application as a coded one."""
    coded = error_of(surroundings.explain(error, where_of(node)))
    poison(operation, coded)
    return coded


def where_of(node: NodeType) -> Where:
    model = None if node.model is None else node.model.name
    return Where(node_type=node.name, model=model, operation=node.kind)


def poison(operation: Operation, error: BaseException) -> None:
    """A read that found nothing changes nothing: only writes fail their scope."""
    if operation.transaction is not None and (operation.writes or not isinstance(error, DataFlowError)):
        operation.transaction.poison(error)
