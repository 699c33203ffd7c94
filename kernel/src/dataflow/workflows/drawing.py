"""Turns the calls of a builder into steps with node types and canonical parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from dataflow.diagnostics import DataFlowError, Problem, Solution
from dataflow.nodes.node_type import NodeType, Path
from dataflow.workflows.checks.templates import Sources, check_templates
from dataflow.workflows.draft import NodeCall, Unusable
from dataflow.workflows.locating import located
from dataflow.workflows.naming import Named
from dataflow.workflows.paths import place
from dataflow.workflows.sketch import DraftStep


def undrawn(call: NodeCall) -> DraftStep:
    """A step of which nothing but its call is known."""
    return DraftStep(id=call.id, call=call, general=None, node=None, app=None, params={})


def drawn(call: NodeCall, answer: Named, sources: Sources) -> tuple[DraftStep, list[Problem]]:
    """One step, and what is wrong with it by itself."""
    step = undrawn(call)
    step.general = step.node = answer.node
    step.app = answer.app
    problems = [*answer.problems]
    if step.node is None:
        return step, problems
    if not isinstance(call.params, Mapping):
        return step, [*problems, _not_a_dict(step)]
    given, templates = check_templates(step, call.params, sources)
    problems += templates
    node = step.node if step.node.specialise is None else _specialised(step, given, problems)
    step.node = node
    if node is not None:
        step.params = _canonical(node, given, call)
        problems += _place_constants(step, node)
        step.map_over = _mapped_place(node, call.map_over)
    return step, problems


def _specialised(step: DraftStep, params: Mapping[str, Any], problems: list[Problem]) -> NodeType | None:
    """The node type that the parameters decide, or None when they cannot."""
    assert step.node is not None
    assert step.node.specialise is not None
    try:
        return step.node.specialise(params)
    except DataFlowError as error:
        problems += located(step, error.problems)
        return None


def _canonical(node: NodeType, params: Mapping[str, Any], call: NodeCall) -> dict[str, Any]:
    """The canonical parameters; a warning about an older form points at the ``add_node``, not in here."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        canonical = dict(node.behaviour.canonical(params))
    for one in caught:
        file, line = (one.filename, one.lineno) if call.call is None else (call.call.file, call.call.line)
        warnings.warn_explicit(one.message, one.category, file, line)
    return canonical


def _place_constants(step: DraftStep, node: NodeType) -> Iterator[Problem]:
    for constant in step.call.constants:
        target = target_of(node, tuple(constant.input.split(".")), step.call.map_over)
        if target is None:
            yield _no_place(step, constant.input)
        else:
            place(step.params, target, constant.value)


def _mapped_place(node: NodeType, map_over: Any) -> Path | None:
    """The canonical place of the list to map over; "records" is a record node's own record."""
    if not isinstance(map_over, str) or not map_over:
        return None
    return target_of(node, tuple(map_over.split(".")), map_over)


def target_of(node: NodeType, path: Path, map_over: Any = None) -> Path | None:
    """The canonical place of a connection's target."""
    target = node.behaviour.target(path)
    if target is None and path == ("records",) and map_over == "records":
        return next(((one.name,) for one in node.parameters if one.role == "record"), None)
    return target


def _no_place(step: DraftStep, name: str) -> Problem:
    return Problem(
        code="DF-W105",
        message=f"'{step.id}' ({step.type_name}) has no input '{name}'",
        where=step.where(),
        context={"input": name, "from": "an input of the sub-workflow"},
        cause="a connection fills a parameter of the node, or a named place inside one",
    )


def _not_a_dict(step: DraftStep) -> Problem:
    given = step.call.params
    what = given.why if isinstance(given, Unusable) else f"must be a dict, not a {type(given).__name__}"
    return Problem(
        code="DF-N101",
        message=f"the parameters of '{step.id}' {what}",
        where=step.where(),
        context={"expected": "{...}", "given": given},
        cause="parameters have names",
        solutions=(Solution("give them by name:", f'add_node("{step.type_name}", "{step.id}", {{"name": value}})'),),
    )
