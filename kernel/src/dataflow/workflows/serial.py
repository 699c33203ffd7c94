"""Workflows as data: what ``Workflow.to_dict()`` gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.types import FieldType
from dataflow.workflows.sketch import written
from dataflow.workflows.step import Step, WorkflowInput
from dataflow.workflows.tags import TagFault, enum_name, tagged

if TYPE_CHECKING:
    from dataflow.workflows.workflow import Workflow

#: raised when the form changes in a way that older readers would misread
FORMAT = 1


def written_workflow(workflow: Workflow) -> dict[str, Any]:
    """The workflow as JSON can hold it, with all that is no data in one error."""
    problems: list[Problem] = []
    steps = [_step(workflow, step, problems) for step in workflow.steps.values()]
    problems += _alike(workflow)
    inputs = [_input(declared, problems) for declared in workflow.inputs.values()]
    if problems:
        raise error_of(problems)
    return {
        "dataflow": FORMAT,
        "name": workflow.name,
        "inputs": inputs,
        "steps": steps,
        "connections": [
            {"source": one.source, "output": written(one.output), "target": one.target, "input": written(one.input)}
            for one in workflow.connections
        ],
    }


def _step(workflow: Workflow, step: Step, problems: list[Problem]) -> dict[str, Any]:
    data: dict[str, Any] = {"id": step.id, "type": _type(step, problems), "params": {}}
    for name, value in step.stored.items():
        try:
            data["params"][name] = tagged(value, (name,))
        except TagFault as fault:
            problems.append(_no_data(step, fault))
    scope = _block(workflow, step)
    settings = {
        "after": list(step.after) or None,
        "retry": None if step.retry is None else attrs.asdict(step.retry),
        "timeout_s": step.timeout_s,
        "map_over": step.map_over,
        "scope": scope,
    }
    return data | {name: value for name, value in settings.items() if value is not None}


def _block(workflow: Workflow, step: Step) -> str | None:
    """The scope of a step that no connection puts into it."""
    scope = next((one for one, members in workflow.scopes.items() if step.id in members), None)
    joins = any(one.source == scope and one.target == step.id for one in workflow.connections)
    return None if joins else scope


def _type(step: Step, problems: list[Problem]) -> str:
    if isinstance(step.type, str):
        return step.type
    if step.app.node_types.get(step.node.name) is step.type:
        return step.node.name
    problems.append(_no_name(step))
    return ""


def _alike(workflow: Workflow) -> Iterator[Problem]:
    """A problem for each node type that steps take from different instances: data names the type alone."""
    first: dict[str, Step] = {}
    for step in workflow.steps.values():
        other = first.setdefault(step.node.name, step)
        if other.app is not step.app and step.node.is_database_node:
            yield _of_two_instances(other, step)


def _input(declared: WorkflowInput, problems: list[Problem]) -> dict[str, Any]:
    data: dict[str, Any] = {"name": declared.name, "type": written_type(declared.type)}
    if not declared.required:
        try:
            data["default"] = tagged(declared.default)
        except TagFault as fault:
            problems.append(_no_default(declared.name, fault))
    return data


def written_type(kind: FieldType) -> dict[str, Any]:
    """A type as data; classes only by name."""
    data: dict[str, Any] = {"kind": kind.kind}
    if kind.kind in ("enum", "object"):
        data["of"] = enum_name(kind.python)
    if kind.kind == "literal":
        data["choices"] = tagged(list(kind.choices))
    if kind.item is not None:
        data["item"] = written_type(kind.item)
    return data | ({"nullable": True} if kind.nullable else {})


def _no_data(step: Step, fault: TagFault) -> Problem:
    return Problem(
        code="DF-W117",
        message=f"'{written(fault.path)}' of '{step.id}' is {fault.what}, which is no data",
        where=_where(step, fault.path),
        context={"parameter": written(fault.path), "given": fault.what},
        cause="a workflow that is written down can hold values, not code",
        solutions=(
            Solution(
                "register a function by name and use that:",
                f'@db.node\ndef my_node(...): ...\nworkflow.add_node("my_node", "{step.id}", ...)',
            ),
            Solution("or give the value when the workflow runs:", 'workflow.add_input("value", ...)'),
        ),
    )


def _no_name(step: Step) -> Problem:
    name = step.node.name
    return Problem(
        code="DF-W117",
        message=f"'{step.id}' calls the Python function '{name}', which is no data",
        where=_where(step),
        context={"function": name},
        cause="a workflow that is written down names its nodes, and only registered ones have a name",
        solutions=(
            Solution(
                "register it and use its name:",
                f'@db.node\ndef {name}(...): ...\nworkflow.add_node("{name}", "{step.id}", ...)',
            ),
        ),
    )


def _of_two_instances(first: Step, step: Step) -> Problem:
    name = step.node.name
    return Problem(
        code="DF-W117",
        message=f"'{first.id}' and '{step.id}' are both {name}, but of two instances",
        where=_where(step),
        context={"instances": f"{first.app!r}; {step.app!r}"},
        cause="a workflow that is written down names its nodes, and these two have one name",
        solutions=(Solution("give the models of one instance names of their own, or write one workflow for each"),),
    )


def _no_default(name: str, fault: TagFault) -> Problem:
    return Problem(
        code="DF-W117",
        message=f"the default of input '{name}' is {fault.what}, which is no data",
        where=Where(operation="to_dict"),
        context={"input": name},
        cause="a workflow that is written down can hold values, not code",
    )


def _where(step: Step, path: tuple[str | int, ...] = ()) -> Where:
    return Where(node_id=step.id, node_type=step.node.name, operation="to_dict", path=path, call=step.call)
