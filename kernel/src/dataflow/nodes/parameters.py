"""The parameters that several nodes share, and the checks that need only their declaration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest, listed, misspelt, name_of
from dataflow.diagnostics.problem import THIS_NODE
from dataflow.models.model import MISSING, Model
from dataflow.models.types import ANY, BOOL, DICT, INT, LIST, STR, FieldType
from dataflow.nodes.node_type import Inputs, Parameter, Path
from dataflow.values.coercion import coerce
from dataflow.values.faults import ValueFault
from dataflow.values.problems import example_of_type

TRANSACTION = Parameter(
    name="transaction", type=ANY, role="transaction", description="the scope to run in", example='("tx", "start")'
)


def key_parameter(model: Model, description: str) -> Parameter:
    return Parameter(name="id", type=model.key.type, description=description, example='"user-123"')


def filter_parameter(description: str = "which records, in Mongo form or Q", required: bool = False) -> Parameter:
    return Parameter(
        name="filter",
        type=DICT,
        role="filter",
        required=required,
        description=description,
        example='{"age": {"$gte": 18}}',
    )


def record_parameter(model: Model) -> Parameter:
    parts = {field.name: field.type for field in model.writable}
    return Parameter(
        name="data", type=DICT, role="record", required=True, parts=parts,
        description="the record's fields", example='{"name": "Alice"}',
    )  # fmt: skip


def changes_parameter(model: Model, required: bool = True) -> Parameter:
    parts = {field.name: field.type for field in model.writable if not field.is_key}
    return Parameter(
        name="data", type=DICT, role="changes", required=required, parts=parts,
        description="the fields to change; numbers also by {\"$inc\": 1}", example='{"name": "Bob"}',
    )  # fmt: skip


def flag(name: str, default: bool, description: str) -> Parameter:
    return Parameter(name=name, type=BOOL, default=default, description=description, example=str(not default))


def number(name: str, default: object, description: str) -> Parameter:
    return Parameter(
        name=name, type=attrs.evolve(INT, nullable=True), default=default, description=description, example="10"
    )


def whole_number(value: Any) -> int | None:
    """The int that the value of a ``number`` stands for; None without one, and for what ``check_values`` refuses."""
    try:
        return None if value is None else int(coerce(INT, value))
    except ValueFault:
        return None


def names(name: str, description: str, default: object = None) -> Parameter:
    return Parameter(
        name=name, type=FieldType("list", list, item=STR, nullable=True), role="fields", default=default,
        description=description, example='["id", "name"]',
    )  # fmt: skip


SORT = Parameter(
    name="sort", type=FieldType("any", list, nullable=True), role="sort", default=None,
    description='the order: ["name", "-age"] or [{"name": 1}, {"age": -1}]', example='["-created_at"]',
)  # fmt: skip
RECORDS = Parameter(
    name="data",
    type=LIST,
    role="records",
    required=True,
    description="the records, a list of dicts",
    example='[{"name": "Alice"}]',
)


#: parameters that an option of the model brings
OF_OPTIONS: Mapping[str, str] = {
    "expected_version": "versioned",
    "include_deleted": "soft_delete",
    "hard": "soft_delete",
}


def as_meant(parameters: Collection[Parameter], inputs: Inputs, ways: Collection[str] = ()) -> Inputs:
    """The inputs in which parameters that are only misspelt count as connected: ``check_names`` tells of them.

    :param ways: parameters of which one is required.
    """
    names = [parameter.name for parameter in parameters]
    unknown = [name for name in inputs.given if name not in names]
    if not unknown:
        return inputs
    here = {*inputs.given, *(path[0] for path in inputs.connected)}
    wanted = () if here & set(ways) else ways
    missing = [one.name for one in parameters if (one.required or one.name in wanted) and one.name not in here]
    meant = misspelt(unknown, missing, [name for name in names if name not in here])
    return attrs.evolve(inputs, connected={**inputs.connected, **{(name,): None for name in meant.values()}})


def check_names(node: str, parameters: Collection[Parameter], given: Mapping[str, Any], where: Where) -> list[Problem]:
    """A problem for each parameter that the node does not have."""
    known = [parameter.name for parameter in parameters]
    free = [name for name in known if name not in given]
    return [unknown_parameter(node, name, known, free, where) for name in given if name not in known]


def unknown_parameter(node: str, given: object, known: Collection[str], free: Collection[str], where: Where) -> Problem:
    """The problem of a parameter that is not known; ``free`` are those that are not given."""
    name = name_of(given)
    near = closest(name, free) or closest(name, known)
    return Problem(
        code="DF-N107",
        message=f"unknown parameter '{name}' of {node}",
        where=attrs.evolve(where, path=(name,)),
        context={"given": name, "known": ", ".join(known)},
        cause="a parameter that is not known would be ignored in silence",
        solutions=(
            Solution(f"did you mean '{near[0]}'?", f'"{near[0]}": ...')
            if near
            else Solution(f"leave it out; the parameters are: {', '.join(known)}" if known else "leave it out"),
            *(
                (Solution("or have the model keep it:", f'__dataflow__ = {{"{OF_OPTIONS[name]}": True}}'),)
                if name in OF_OPTIONS
                else ()
            ),
        ),
        # a name cannot be given twice
        fix=Fix("unsafe", edits=(Edit((name,), "rename", near[0]),)) if near and near[0] in free else None,
    )


def check_required(
    node: str,
    parameters: Collection[Parameter],
    given: Mapping[str, Any],
    connected: Mapping[Path, object],
    where: Where,
) -> list[Problem]:
    """A problem for each required parameter that is neither given nor connected, not even in part."""
    begun = {path[0] for path in connected}
    return [
        Problem(
            code="DF-W109",
            message=f"missing required input '{parameter.name}' of {node}",
            where=where,
            context={"missing": parameter.name, "provided": listed(given)},
            cause=f"'{parameter.name}' is {parameter.description}" if parameter.description else "",
            solutions=(
                Solution("give it:", f'"{parameter.name}": {parameter.example or example_of_type(parameter.type)}'),
                Solution(
                    "or connect it:",
                    f'workflow.add_connection("<node>", "<output>", "{THIS_NODE}", "{parameter.name}")',
                ),
            ),
            fix=Fix(
                "placeholder",
                edits=(Edit((parameter.name,), "add", parameter.example or example_of_type(parameter.type)),),
            ),
        )
        for parameter in parameters
        if parameter.required and parameter.name not in given and parameter.name not in begun
    ]


def check_values(
    node: str,
    parameters: Collection[Parameter],
    inputs: Inputs,
    where: Where,
    taken: Callable[[FieldType, Any], Any] = coerce,
) -> list[Problem]:
    """A problem for each plain parameter whose value is not of its type; ``taken`` raises the fault."""
    problems = []
    for parameter in parameters:
        value = inputs.given.get(parameter.name, MISSING)
        if parameter.role not in ("value", "fields") or value is MISSING:
            continue
        if value is None and (parameter.type.nullable or parameter.default is None):
            continue
        try:
            taken(parameter.type, value)
        except ValueFault as fault:
            problems.append(wrong_parameter(node, parameter, value, fault, where))
    return problems


def wrong_parameter(node: str, parameter: Parameter, value: object, fault: ValueFault, where: Where) -> Problem:
    would_do = fault.hint or parameter.example
    return Problem(
        code="DF-N104",
        message=f"wrong value for parameter '{parameter.name}' of {node}: expected {fault.expected}",
        where=attrs.evolve(where, path=(parameter.name,)),
        context={
            "parameter": parameter.name,
            "expected": fault.expected,
            "given": value,
            "given_type": type(value).__name__,
        },
        cause=parameter.description,
        solutions=(Solution("give a value of its type:", f'"{parameter.name}": {would_do}'),) if would_do else (),
        fix=Fix("placeholder", edits=(Edit((parameter.name,), "replace", would_do),)) if would_do else None,
    )
