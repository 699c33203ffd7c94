"""The inputs that a workflow declares: a name, a type, a default of that type."""

from __future__ import annotations

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where
from dataflow.models.annotations import resolve_type
from dataflow.models.model import MISSING
from dataflow.models.types import FieldType
from dataflow.values.arguments import as_argument
from dataflow.values.faults import ValueFault
from dataflow.workflows.draft import Draft, InputCall
from dataflow.workflows.step import WorkflowInput


def declared_inputs(draft: Draft) -> tuple[dict[str, WorkflowInput], list[Problem]]:
    """The declared inputs by name, and what is wrong with the others."""
    inputs: dict[str, WorkflowInput] = {}
    problems: list[Problem] = []
    for call in draft.inputs:
        found = _declared(call)
        if isinstance(found, Problem):
            problems.append(found)
        elif found.name in inputs:
            problems.append(_twice(call))
        else:
            inputs[found.name] = found
    return inputs, problems


def _declared(call: InputCall) -> WorkflowInput | Problem:
    if not isinstance(call.name, str) or not call.name or "." in call.name or call.name == "*":
        return _problem(
            call, f"an input of a workflow needs a name without dots, not {call.name!r}", 'add_input("user_id", str)'
        )
    kind = _type_of(call)
    if kind is None:
        return _problem(
            call,
            f"input '{call.name}' has no type that values can be checked against: {call.type!r}",
            f'add_input("{call.name}", str)',
        )
    if call.default is MISSING:
        return WorkflowInput(name=call.name, type=kind)
    if call.default is None:
        kind = attrs.evolve(kind, nullable=True)
    try:
        return WorkflowInput(name=call.name, type=kind, required=False, default=as_argument(kind, call.default))
    except ValueFault as fault:
        text = (
            f"the default of input '{call.name}' does not fit its type: expected {fault.expected}, not {call.default!r}"
        )
        return _problem(call, text, f'add_input("{call.name}", {kind}, default={fault.hint or "..."})')


def _type_of(call: InputCall) -> FieldType | None:
    if isinstance(call.type, FieldType):
        return call.type
    try:
        return resolve_type(call.type)
    except DataFlowError:
        return None


def _twice(call: InputCall) -> Problem:
    return _problem(call, f"input '{call.name}' is declared twice", f'add_input("{call.name}_2", ...)')


def _problem(call: InputCall, message: str, corrected: str) -> Problem:
    return Problem(
        code="DF-W114",
        message=message,
        where=Where(operation="add_input", call=call.call),
        context={"input": call.name, "type": str(call.type)},
        cause="whoever runs the workflow gives its inputs by name, and each is checked",
        solutions=(Solution("write it as:", f"workflow.{corrected}"),),
    )
