"""``${node.field}`` and ``{{name}}`` inside parameters: connections carry values here, not text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dataflow.diagnostics import Edit, Fix, Problem, Solution
from dataflow.workflows.sketch import DraftStep, ProblemPath, connection_call, written
from dataflow.workflows.step import INPUTS

_TEMPLATE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}|\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}")
#: what is code stays as it is: braces are its own
_CODE = {"python_code": ("code",), "sql": ("sql", "query")}


def check_templates(step: DraftStep, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The parameters without the values that are templates, and a problem for each template."""
    code = _CODE.get(step.node.kind, ()) if step.node is not None else ()
    found = [
        (path, text, match)
        for path, text in _texts(params)
        if path[0] not in code
        for match in _TEMPLATE.finditer(text)
    ]
    step.templates = tuple(dict.fromkeys(path for path, _, _ in found))
    problems = [_problem(step, path, text, match) for path, text, match in found]
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


def _problem(step: DraftStep, path: ProblemPath, text: str, match: re.Match[str]) -> Problem:
    node, _, output = (match[1] or match[2]).partition(".")
    place, own = connectable(path), own_id(step)
    alone = match[0] == text.strip() and place == path
    call = connection_call(node if output else INPUTS, output or node, own, written(place))
    declared = "" if output else f'workflow.add_input("{node}", str)\n'
    solutions = [Solution("connect it:" if output else "declare an input and connect it:", declared + call)]
    if not alone:
        solutions = [
            Solution("make the text in a function and connect its result:", _text_node(step, place, node, output))
        ]
    solutions.append(
        Solution("text that shall be stored just so comes in through an input of the workflow:", _stored(step, place))
    )
    return Problem(
        code="DF-W108",
        message=f"template '{match[0]}' in '{written(path)}' of '{step.id}'",
        where=step.where(*path),
        context={"template": match[0], "parameter": written(path)},
        cause="a workflow evaluates no text: values travel through connections, with their types",
        solutions=tuple(solutions),
        # the node that the text names may be another one, or none
        fix=Fix("unsafe", script=declared + call, edits=(Edit(path, "remove"),)) if alone else None,
    )


def connectable(path: ProblemPath) -> ProblemPath:
    """The part of a path that a connection can fill: down to a list, not into it."""
    numbers = [depth for depth, name in enumerate(path) if isinstance(name, int)]
    return path[: numbers[0]] if numbers else path


def own_id(step: DraftStep) -> str:
    """A step's id in its own builder; in an embedded one it stands behind that of the sub-workflow."""
    return step.id.rpartition(".")[2]


def _text_node(step: DraftStep, path: ProblemPath, node: str, output: str) -> str:
    name = f"{own_id(step)}_text"
    source = connection_call(node if output else INPUTS, output or node, name, "value")
    return f'workflow.add_node(make_text, "{name}")\n{source}\n{connection_call(name, "result", own_id(step), written(path))}'


def _stored(step: DraftStep, path: ProblemPath) -> str:
    return f'workflow.add_input("text", str)\n{connection_call(INPUTS, "text", own_id(step), written(path))}'
