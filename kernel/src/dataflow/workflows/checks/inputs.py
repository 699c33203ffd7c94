"""What a step is given: complete, of the right form, each place filled once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dataflow.diagnostics import Edit, Fix, Problem, Solution
from dataflow.models.types import FieldType
from dataflow.nodes.node_type import Inputs, NodeType, Path
from dataflow.workflows.checks.templates import connectable, meant
from dataflow.workflows.drawing import target_of
from dataflow.workflows.locating import located
from dataflow.workflows.sketch import DraftStep, Link, Sketch, link_where


def check_inputs(sketch: Sketch) -> Iterator[Problem]:
    """Every problem of the inputs of every step: the node type's own, and places that are filled twice."""
    for step in sketch.steps.values():
        if step.node is None or not isinstance(step.call.params, Mapping):
            # told already; what stands in such parameters is not known
            continue
        links = sketch.into(step.id)
        yield from _filled_twice(step, step.node, links)
        yield from located(
            step, step.node.behaviour.check(_known(step, step.node, links, sketch.expected.get(step.id, ())))
        )


def _known(step: DraftStep, node: NodeType, links: list[Link], expected: Iterable[Path]) -> Inputs:
    """What the node type can look at: given values, and connected places, also those of wrong connections and templates."""
    connected: dict[Path, FieldType | None] = {link.input: link.type for link in links}
    connected |= dict.fromkeys(expected)
    # a parameter given as a keyword of add_node is told by itself
    connected |= {(name,): None for name in step.call.unknown}
    for path in step.templates:
        # an unknown field of a filter is told by itself; in a record it would be a field that is missing
        given = connectable(path) if path[0] == "filter" else meant(step, connectable(path))
        target = target_of(node, tuple(map(str, given)))
        if target is not None:
            connected[target] = None
    if step.map_over is None:
        return Inputs(_without(step.params, connected), connected)
    # the node sees one item at a time, not the list
    connected = {path: kind for path, kind in connected.items() if path != step.map_over}
    connected[step.map_over] = None
    return Inputs(_without(step.params, {step.map_over: None, **connected}), connected)


def _without(params: Mapping[str, Any], connected: Mapping[Path, object]) -> dict[str, Any]:
    """The given values where nothing is connected: a place filled twice is one problem, not two."""
    kept = {}
    for name, value in params.items():
        if (name,) in connected:
            continue
        inner = {path[1:]: None for path in connected if path[0] == name}
        kept[name] = _without(value, inner) if inner and isinstance(value, Mapping) else value
    return kept


def _filled_twice(step: DraftStep, node: NodeType, links: list[Link]) -> Iterator[Problem]:
    seen: dict[str, list[Link]] = {}
    for link in links:
        if _is_given(step.params, link.input) and not _is_scope(node, link):
            yield _given_too(step, link)
        before = seen.setdefault(link.input[0], [])
        for earlier in before:
            if _overlap(earlier.input, link.input) and not _is_scope(node, link):
                yield _connected_twice(step, earlier, link)
        before.append(link)


def _is_scope(node: NodeType, link: Link) -> bool:
    parameter = node.parameter(link.input[0])
    return parameter is not None and parameter.role == "transaction"


def _overlap(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _is_given(params: Any, path: Path) -> bool:
    for depth, name in enumerate(path):
        if not isinstance(params, Mapping):
            # a value stands where the connection wants to go further inside
            return depth > 0
        if name not in params:
            return False
        params = params[name]
    return True


def _given_too(step: DraftStep, link: Link) -> Problem:
    return Problem(
        code="DF-W113",
        message=f"input '{link.call.input}' of '{step.id}' is given and also connected",
        where=step.where(*step.written_path(link.input)),
        context={"connection": link.text},
        cause="one of the two values would be lost",
        solutions=(
            Solution("leave it out of the parameters of the node,"),
            Solution("or leave out the connection:", link.text),
        ),
        fix=Fix("unsafe", edits=(Edit(tuple(step.written_path(link.input)), "remove"),)),
    )


def _connected_twice(step: DraftStep, earlier: Link, link: Link) -> Problem:
    before = f" (first at {earlier.call.call})" if earlier.call.call is not None else ""
    return Problem(
        code="DF-W113",
        message=f"input '{link.call.input}' of '{step.id}' is connected twice{before}",
        where=link_where(link.call, step.id),
        context={"first": earlier.text, "second": link.text},
        cause="one of the two values would be lost",
        solutions=(
            Solution("leave one of the connections out,"),
            Solution(
                "or join the branches first:", f'workflow.add_node("MergeNode", "{step.id}_{link.input[-1]}", {{}})'
            ),
        ),
    )
