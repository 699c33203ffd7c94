"""``${node.field}`` and ``{{name}}`` inside parameters: connections carry values here, not text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, closest, listed
from dataflow.workflows.sketch import DraftStep, ProblemPath, connection_call, written
from dataflow.workflows.step import INPUTS

_TEMPLATE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}|\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}")
#: the roles of parameters that name fields
_OF_FIELDS = ("record", "changes", "filter")
#: what is code stays as it is: braces are its own
_CODE = {"python_code": ("code",), "sql": ("sql", "query")}


@attrs.frozen(eq=False)
class Sources:
    """Where a value may come from: the ids of a workflow's steps, and the inputs that it declares."""

    steps: Collection[str]
    inputs: Collection[str]


def check_templates(
    step: DraftStep, params: Mapping[str, Any], sources: Sources
) -> tuple[dict[str, Any], list[Problem]]:
    """The parameters without the values that are templates, and a problem for each template."""
    code = _CODE.get(step.node.kind, ()) if step.node is not None else ()
    found = [
        (path, text, match)
        for path, text in _texts(params)
        if path[0] not in code
        for match in _TEMPLATE.finditer(text)
    ]
    step.templates = tuple(dict.fromkeys(path for path, _, _ in found))
    problems = [_problem(step, path, text, match, sources) for path, text, match in found]
    return (_without(params, step.templates) if found else dict(params)), problems


def _texts(params: Mapping[str, Any]) -> Iterator[tuple[ProblemPath, str]]:
    """Every text inside the parameters, in order, with the way to it; however deep they are, and once where they hold themselves."""
    waiting: list[tuple[ProblemPath, Any]] = [((), params)]
    seen = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            items = list(value.items() if isinstance(value, Mapping) else enumerate(value))
            waiting += [((*path, name), item) for name, item in reversed(items)]


def _without(params: Mapping[str, Any], paths: tuple[ProblemPath, ...]) -> dict[str, Any]:
    """A copy that lacks what stands at the paths; a list is left out as a whole."""
    kept = {}
    for name, value in params.items():
        inner = tuple(path[1:] for path in paths if path[0] == name)
        if not inner:
            kept[name] = value
        elif isinstance(value, Mapping) and () not in inner:
            kept[name] = _without(value, inner)
    return kept


@attrs.frozen
class _Source:
    """What a template means: an output of a step, or an input. ``made`` is the line without which it is not there."""

    id: str
    output: str
    made: str = ""

    @property
    def is_unknown(self) -> bool:
        return bool(self.made) and self.id != INPUTS


def _source(step: DraftStep, match: re.Match[str], sources: Sources) -> _Source:
    node, _, output = (match[1] or match[2]).partition(".")
    # in an embedded builder the others' ids begin as the step's own does
    around = step.id[: len(step.id) - len(own_id(step))]
    steps = {one.removeprefix(around) for one in sources.steps if one.startswith(around)}
    if node in steps:
        return _Source(node, output or "*")
    if node in sources.inputs:
        return _Source(INPUTS, written([node, output] if output else [node]))
    if not output:
        return _Source(INPUTS, node, f'workflow.add_input("{node}", str)\n')
    near = closest(node, sorted(steps - {own_id(step)}))
    return _Source(near[0], output) if near else _Source(node, output, f'workflow.add_node(..., "{node}", {{...}})\n')


def meant(step: DraftStep, place: ProblemPath) -> ProblemPath:
    """The place with a misspelt field as it is probably meant: what is connected there is to find it."""
    if step.node is None or step.node.model is None or len(place) < 2 or not isinstance(place[1], str):
        return place
    parameter = step.node.parameter(str(place[0]))
    fields = () if parameter is None or parameter.role not in _OF_FIELDS else step.node.model.fields
    near = () if place[1] in fields or place[1].startswith("$") or "." in place[1] else closest(place[1], fields)
    return (place[0], near[0], *place[2:]) if near else place


def _problem(step: DraftStep, path: ProblemPath, text: str, match: re.Match[str], sources: Sources) -> Problem:
    place, own = meant(step, connectable(path)), own_id(step)
    alone = match[0] == text.strip() and connectable(path) == path
    source = _source(step, match, sources)
    call = connection_call(source.id, source.output, own, written(place))
    how = "connect it:"
    if source.made:
        how = "add the node and connect it:" if source.is_unknown else "declare an input and connect it:"
    solutions = [Solution(how, source.made + call)]
    if not alone:
        solutions = [Solution("make the text in a function and connect its result:", _text_node(step, place, source))]
    solutions.append(
        Solution("text that shall be stored just so comes in through an input of the workflow:", _stored(step, place))
    )
    return Problem(
        code="DF-W108",
        message=f"template '{match[0]}' in '{written(path)}' of '{step.id}'",
        where=step.where(*path),
        context={"template": match[0], "parameter": written(path)}
        | ({"unknown field": written(connectable(path)[1:])} if place != connectable(path) else {})
        | ({"unknown node": source.id, "nodes": listed(sources.steps)} if source.is_unknown else {}),
        cause="a workflow evaluates no text: values travel through connections, with their types",
        solutions=tuple(solutions),
        # the node that the text names may be another one, or none
        fix=Fix("unsafe", script=source.made + call, edits=(Edit(path, "remove"),))
        if alone and not source.is_unknown
        else None,
    )


def connectable(path: ProblemPath) -> ProblemPath:
    """The part of a path that a connection can fill: down to a list, not into it."""
    numbers = [depth for depth, name in enumerate(path) if isinstance(name, int)]
    return path[: numbers[0]] if numbers else path


def own_id(step: DraftStep) -> str:
    """A step's id in its own builder; in an embedded one it stands behind that of the sub-workflow."""
    return step.id.rpartition(".")[2]


def _text_node(step: DraftStep, path: ProblemPath, source: _Source) -> str:
    name = f"{own_id(step)}_text"
    brought = connection_call(source.id, source.output, name, "value")
    return f'workflow.add_node(make_text, "{name}")\n{brought}\n{connection_call(name, "result", own_id(step), written(path))}'


def _stored(step: DraftStep, path: ProblemPath) -> str:
    return f'workflow.add_input("text", str)\n{connection_call(INPUTS, "text", own_id(step), written(path))}'
