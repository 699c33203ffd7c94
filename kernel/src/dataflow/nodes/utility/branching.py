"""``SwitchNode`` takes one of several branches; ``MergeNode`` joins them again."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, closest, error_of
from dataflow.models.types import ANY, DICT
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import as_meant, check_names, check_required
from dataflow.operations.operation import Call, Result
from dataflow.runtimes.branches import Branches

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$in": lambda value, choices: value in choices,
    "$nin": lambda value, choices: value not in choices,
    "$null": lambda value, wanted: (value is None) is wanted,
}
SWITCH_PARAMETERS = (
    Parameter(name="value", type=attrs.evolve(ANY), required=True, description="what decides", example="True"),
    Parameter(
        name="cases", type=DICT, required=True, description="output name to value or test, asked in order",
        example='{"adult": {"$gte": 18}, "minor": {"$lt": 18}}',
    ),
)  # fmt: skip


class SwitchBehaviour:
    """The first case that holds names the branch; ``default`` is taken when none does."""

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        return path if path[0] == "value" else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type="SwitchNode", operation="switch")
        return [
            *check_names("SwitchNode", SWITCH_PARAMETERS, inputs.given, where),
            *check_required(
                "SwitchNode", SWITCH_PARAMETERS, inputs.given, as_meant(SWITCH_PARAMETERS, inputs).connected, where
            ),
            *_case_problems(inputs.given.get("cases", {}), where),
        ]

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Call(arguments=params)


async def switch(operation: Call) -> Result:
    value = operation.arguments["value"]
    for name, test in operation.arguments["cases"].items():
        if holds(test, value):
            return Branches({name: value})
    return Branches({"default": value})


def holds(test: Any, value: Any) -> bool:
    """Whether a case holds: equality with a value of the same kind, or a dict of operators."""
    if not is_tests(test):
        return type(test) is type(value) and bool(test == value)
    try:
        return all(TESTS[name](value, operand) for name, operand in test.items())
    except TypeError:
        return False  # values that have no order fulfil no order


def is_tests(test: Any) -> bool:
    return isinstance(test, Mapping) and bool(test) and all(str(name).startswith("$") for name in test)


def _case_problems(cases: Any, where: Where) -> list[Problem]:
    if not isinstance(cases, Mapping) or not cases:
        return [
            Problem(
                code="DF-N101",
                message="'cases' of SwitchNode must be a dict of output names and tests",
                where=attrs.evolve(where, path=("cases",)),
                context={"expected": '{"adult": {"$gte": 18}}', "given": cases},
                cause="each case is an output of the node",
                solutions=(Solution("write it as:", '"cases": {"adult": {"$gte": 18}}'),),
            )
        ]
    problems = [_no_output(case, where) for case in cases if not _is_output(case)]
    for case, test in cases.items():
        if isinstance(test, Mapping):
            problems += _test_problems(case, test, where)
    return problems


def _is_output(case: object) -> bool:
    return isinstance(case, str) and bool(case) and "." not in case and case != "*"


def _test_problems(case: object, test: Mapping[Any, Any], where: Where) -> list[Problem]:
    operators = [name for name in test if str(name).startswith("$")]
    if operators and len(operators) < len(test):
        return [_mixed(case, test, where)]
    unknown = [_unknown_test(case, name, where) for name in operators if name not in TESTS]
    return unknown + [
        _wrong_operand(case, name, test[name], where) for name in operators if _never_holds(name, test[name])
    ]


def _never_holds(name: str, operand: object) -> bool:
    """Whether an operator's operand is of a kind that no value passes, so that its case is never taken."""
    if name in ("$in", "$nin"):
        return isinstance(operand, str | bytes) or not isinstance(operand, Collection)
    if name == "$null":
        return not isinstance(operand, bool)
    return name in ("$gt", "$gte", "$lt", "$lte") and (operand is None or isinstance(operand, Mapping))


def _no_output(case: object, where: Where) -> Problem:
    return Problem(
        code="DF-N101",
        message=f"case {case!r} of SwitchNode cannot be the name of an output",
        where=attrs.evolve(where, path=("cases",)),
        context={"given": case, "expected": '{"adult": {"$gte": 18}}'},
        cause="connections name outputs by texts, and a dot in one leads inside a value",
        solutions=(Solution("name the case, and give the value that takes it:", f'{{"case": {case!r}}}'),),
    )


def _mixed(case: object, test: Mapping[Any, Any], where: Where) -> Problem:
    return Problem(
        code="DF-N101",
        message=f"case '{case}' of SwitchNode mixes operators and values",
        where=attrs.evolve(where, path=("cases", str(case))),
        context={"given": dict(test)},
        cause="a case is a value to be equal to, or a dict of operators that must all hold",
        solutions=(Solution("to compare with a dict:", f'{{"$eq": {dict(test)!r}}}'),),
    )


_EXAMPLES = {"$in": '["a", "b"]', "$nin": '["a", "b"]', "$null": "True"}


def _wrong_operand(case: object, name: str, operand: object, where: Where) -> Problem:
    wanted = {"$in": "a list", "$nin": "a list", "$null": "True or False"}.get(name, "a value that has an order")
    return Problem(
        code="DF-N110",
        message=f"'{name}' in case '{case}' of SwitchNode takes {wanted}, not {operand!r}",
        where=attrs.evolve(where, path=("cases", str(case), name)),
        context={"operator": name, "given": operand, "given_type": type(operand).__name__},
        cause="such a test could never hold, and its case never be taken",
        solutions=(Solution("write it as:", f'"{name}": {_EXAMPLES.get(name, "18")}'),),
    )


def _unknown_test(case: object, name: str, where: Where) -> Problem:
    near = closest(name, TESTS)
    return Problem(
        code="DF-N109",
        message=f"unknown operator '{name}' in case '{case}' of SwitchNode",
        where=attrs.evolve(where, path=("cases", str(case), name)),
        context={"given": name, "known": ", ".join(TESTS)},
        solutions=(
            Solution(f"did you mean '{near[0]}'?", f'"{near[0]}": ...')
            if near
            else Solution(f"use one of: {', '.join(TESTS)}"),
        ),
    )


def _specialise_switch(params: Mapping[str, Any]) -> NodeType:
    cases = params.get("cases")
    names = [*cases, "default"] if isinstance(cases, Mapping) else ["default"]
    outputs = tuple(Output(name=str(name), description="the value, when this branch is taken") for name in names)
    return attrs.evolve(SWITCH_NODE, outputs=outputs, specialise=None)


class MergeBehaviour:
    """Any named inputs; those of branches that were not taken are absent."""

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        return path

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        return []

    def bind(self, params: Mapping[str, Any]) -> Call:
        return Call(arguments=params)


async def merge(operation: Call) -> Result:
    arguments = dict(operation.arguments)
    return {"value": next(iter(arguments.values()), None), "values": arguments}


SWITCH_NODE = NodeType(
    name="SwitchNode",
    kind="switch",
    parameters=SWITCH_PARAMETERS,
    outputs=(),
    behaviour=SwitchBehaviour(),
    description="hand a value to the first branch whose test it fulfils",
    run=switch,
    specialise=_specialise_switch,
)
MERGE_NODE = NodeType(
    name="MergeNode",
    kind="merge",
    parameters=(),
    outputs=(
        Output(name="value", description="the first input that arrived"),
        Output(name="values", type=DICT, description="all inputs that arrived, by name"),
    ),
    behaviour=MergeBehaviour(),
    description="join branches: runs when all its sources have run or been skipped, and at least one ran",
    open_inputs=True,
    run=merge,
)
