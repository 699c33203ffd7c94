"""From a query to the database's plan for it: bound as for a run, through the same middlewares, and then only asked about."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from dataflow.adapters import Adapter, driver_error
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.inspection.judging import Judgement
from dataflow.inspection.plans import Explanation
from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import Count, Delete, Executor, List, Operation, Read, Statement, Transaction, Update
from dataflow.plugins.registry import PluginSet

if TYPE_CHECKING:
    from contextvars import ContextVar

    from dataflow.operations.tables import TableSlot

EXPLAINED = (Read, List, Count, Update, Delete, Statement)


class Captured(BaseException):
    """Carries an operation past everything that would handle an answer, or a failure, of it."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(operation.kind)
        self.operation = operation


@attrs.frozen
class Capturing:
    """Stands where the adapter would: what would be run there is taken away instead."""

    adapter: Adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def executor(self, operation: type[Operation], model: Model | None) -> Executor:
        async def capture(operation: Operation) -> Any:
            raise Captured(operation)

        return capture


class Surroundings(Protocol):
    """What an explanation needs of its instance."""

    @property
    def ambient(self) -> ContextVar[Transaction | None]: ...
    def start(self) -> Awaitable[bool]: ...
    def table_slot(self, node: NodeType) -> TableSlot: ...
    def prepare(self, node: NodeType, transaction: Transaction | None) -> Awaitable[object]: ...
    def explain(self, error: BaseException, where: Where) -> Problem: ...


@attrs.frozen
class Question:
    """What is asked about: a node, and the arguments of one execution of it."""

    node: NodeType
    arguments: Mapping[str, Any]


async def explained(question: Question, adapter: Adapter, plugins: PluginSet, around: Surroundings) -> Explanation:
    """The plan for what a question's execution would ask the database.

    :raises NodeError: for arguments that an execution would refuse too.
    :raises ExecutionError: DF-X113 for an operation that has no plan.
    """
    node = question.node
    operation = node.behaviour.bind(node.behaviour.canonical(question.arguments))
    if not isinstance(operation, EXPLAINED):
        raise error_of(_no_plan(node))
    if operation.transaction is None:
        operation = attrs.evolve(operation, transaction=around.ambient.get())
    await _prepared(node, operation.transaction, around)
    reached = await _reached(node, operation, adapter, plugins)
    if reached is None:
        return Explanation(node.name, adapter.name, ())
    try:
        plans = tuple(await adapter.explain(reached))
    except DataFlowError:
        raise
    except Exception as error:
        model = None if node.model is None else node.model.name
        where = Where(node_type=node.name, model=model, operation="explain")
        raise error_of(around.explain(error, where)) from driver_error(error)
    judgement = Judgement.of(reached)
    judged = tuple(map(judgement.judged, plans))
    return Explanation(node.name, adapter.name, judged, tuple(judgement.advice(judged)))


async def _prepared(node: NodeType, transaction: Transaction | None, around: Surroundings) -> None:
    if node.model is None:
        await around.start()
    elif around.table_slot(node).until <= time.monotonic():
        # as an operation does: what is known of the table is not looked at again
        await around.prepare(node, transaction)


async def _reached(node: NodeType, operation: Operation, adapter: Adapter, plugins: PluginSet) -> Operation | None:
    """The operation as it comes to the adapter; None when a plugin answers before that."""
    execute = plugins.executor(node, Capturing(adapter))
    if execute is None:
        raise error_of(_no_plan(node))
    for middleware in plugins.middlewares(node):
        execute = middleware(execute)
    try:
        await execute(operation)
    except Captured as captured:
        return captured.operation
    return None


def _no_plan(node: NodeType) -> Problem:
    return Problem(
        code="DF-X113",
        message=f"{node.name} has no plan to explain",
        where=Where(node_type=node.name, operation="explain"),
        cause="a plan tells how rows are found: that of a read, a list, a count, an update, a delete, or of a statement",
        solutions=(
            Solution("explain how its rows are found:", 'await db.explain("User", {"age": {"$gte": 18}})'),
            Solution("or a statement of your own:", 'await db.explain("SELECT ...", {"age": 18})'),
        ),
    )


def question_of(
    query: str, given: object, options: Mapping[str, Any], models: Mapping[str, Model], nodes: Mapping[str, NodeType]
) -> Question:
    """What was meant: a model's list by its name, a node by its name, or a statement of the user's own.

    :raises ModelError: DF-M120, or WorkflowError DF-W101, for a name that nothing has.
    :raises NodeError: DF-N101 for parameters of a node that are no dict.
    """
    if any(one.isspace() for one in query.strip()):
        return Question(nodes["SQLNode"], {"sql": query, "params": () if given is None else given, **options})
    if not query.endswith("Node") or query in models:
        chosen = {} if given is None else {"filter": given}
        return Question(nodes[f"{models[query].name}ListNode"], {**chosen, **options})
    node = nodes[query]
    if given is not None and not isinstance(given, Mapping):
        raise error_of(_no_parameters(node, given))
    return Question(node, {**(given or {}), **options})


def _no_parameters(node: NodeType, given: object) -> Problem:
    return Problem(
        code="DF-N101",
        message=f"the parameters of {node.name} must be a dict, not a {type(given).__name__}",
        where=Where(node_type=node.name, operation="explain"),
        context={"given_type": type(given).__name__},
        cause="a node takes its inputs by name",
        solutions=(
            Solution("write them as for a workflow:", f'await db.explain("{node.name}", {{"filter": {{...}}}})'),
        ),
    )
