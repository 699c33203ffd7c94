"""Which instance a step belongs to, where its name alone does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.workflows.directory import find_apps_with, live_instances
from dataflow.workflows.draft import NodeCall
from dataflow.workflows.membership import is_scope
from dataflow.workflows.naming import Named
from dataflow.workflows.sketch import DraftStep, Sketch

if TYPE_CHECKING:
    from dataflow.app import DataFlow


def home_of(app: DataFlow | None, answers: Iterable[Named]) -> DataFlow | None:
    """The workflow's own instance: the builder's, that of its first model node, or any that lives."""
    if app is not None:
        return app
    return next((one.app for one in answers if one.app is not None), next(iter(live_instances()), None))


def settled(call: NodeCall, answer: Named, home: DataFlow | None) -> Named:
    """A node that every instance has, taken from the workflow's own one."""
    if answer.app is not None or home is None or answer.node is None:
        return answer
    node = home.node_types.get(answer.node.name, answer.node) if isinstance(call.type, str) else answer.node
    return Named(node, home, answer.problems)


def settle_database_nodes(sketch: Sketch, app: DataFlow | None) -> Iterator[Problem]:
    """Give scopes and SQL nodes the instance of the transaction they belong to; say where none is certain."""
    if app is not None:
        return
    for step in sketch.steps.values():
        if step.node is None or step.node.model is not None or not step.node.is_database_node or step.call.app:
            continue
        found = _of_transaction(sketch, step) or _of_models(sketch.steps.values()) or find_apps_with(step.node.name)
        if len(found) == 1:
            _move(step, found[0])
        elif not is_scope(step) or not _of_transaction(sketch, step):
            yield _uncertain(step, found)


def _of_transaction(sketch: Sketch, step: DraftStep) -> list[DataFlow]:
    scopes = [*sketch.scopes.around(step.id), *([step.id] if is_scope(step) else [])]
    return _of_models(sketch.steps[member] for scope in scopes for member in sketch.scopes.inside(scope))


def _of_models(steps: Iterable[DraftStep]) -> list[DataFlow]:
    apps: list[DataFlow] = []
    for step in steps:
        if step.node is not None and step.node.model is not None and step.app is not None and step.app not in apps:
            apps.append(step.app)
    return apps


def _move(step: DraftStep, app: DataFlow) -> None:
    assert step.node is not None
    step.app = app
    step.general = step.node = app.node_types.get(step.node.name, step.node)


def _uncertain(step: DraftStep, apps: Iterable[DataFlow]) -> Problem:
    return Problem(
        code="DF-W111",
        message=f"'{step.id}' ({step.type_name}) could run on several instances",
        where=step.where(),
        context={"instances": "; ".join(map(repr, apps))},
        cause="a node without a model belongs to the instance of its workflow or transaction, and here there are several",
        solutions=(
            Solution("say which instance is meant:", "workflow = db.workflow()"),
            Solution("or:", "workflow = WorkflowBuilder(db)"),
        ),
    )


def no_instance(name: str) -> Problem:
    """The problem of a workflow that nothing could run."""
    return Problem(
        code="DF-W101",
        message=f"workflow '{name}' belongs to no instance of DataFlow: none exists",
        where=Where(operation="build"),
        cause="an instance runs the nodes, with its plugins around them",
        solutions=(Solution("make one first:", "db = DataFlow()"),),
    )
