"""From a workflow, built or still with mistakes, to its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow import Workflow, WorkflowBuilder
from dataflow.diagnostics import Problem
from dataflow.nodes.node_type import NodeType
from dataflow.workflows.pictures import StepState
from dataflow.workflows.sketch import DraftStep, Sketch
from dataflow.workflows.sketching import sketched
from dataflow.workflows.step import INPUTS, Step, WorkflowInput
from dataflow.workflows.workflow import checked
from dataflow_visualize.groups import with_groups
from dataflow_visualize.parameters import MAX_LENGTH, parameter_lines
from dataflow_visualize.picture import Arrow, Family, Node, Picture

_READS = frozenset({"read", "list", "count"})
_FAMILIES: Mapping[str, Family] = {
    "switch": "branch", "merge": "branch", "function": "code", "python_code": "code", "sql": "sql", "saga": "saga",
    "transaction_scope": "scope",
}  # fmt: skip
States = Mapping[str, StepState]


@attrs.frozen
class _Way:
    """One connection, or an order when nothing is brought."""

    source: str
    target: str
    label: str = ""
    is_broken: bool = False


def read_picture(
    workflow: Workflow | WorkflowBuilder, states: States | None = None, problems: Sequence[Problem] = ()
) -> Picture:
    """What there is to draw; a builder is checked, and its mistakes are part of the picture.

    :param states: what became of the steps in a run.
    :param problems: of a run, each with the node that it is of.
    """
    if isinstance(workflow, Workflow):
        return _put_together(workflow.name, _of_workflow(workflow), _ways_of_workflow(workflow), states, problems)
    built, found = checked(workflow.draft)
    if built is not None:
        own, ways = _of_workflow(built), _ways_of_workflow(built)
    else:
        sketch = sketched(workflow.draft).sketch
        own, ways = _of_sketch(sketch), _ways_of_sketch(sketch, workflow, found)
    return _put_together(workflow.draft.name, own, ways, states, [*found, *problems])


def _put_together(
    name: str, nodes: Sequence[Node], ways: Sequence[_Way], states: States | None, problems: Sequence[Problem]
) -> Picture:
    known = {node.id for node in nodes}
    of_node: dict[str, list[Problem]] = {}
    for one in problems:
        if one.where.node_id in known:
            of_node.setdefault(str(one.where.node_id), []).append(one)
    complete = tuple(
        attrs.evolve(node, problems=tuple(of_node.get(node.id, ())), state=(states or {}).get(node.id))
        if node.id in of_node or states
        else node
        for node in with_groups(nodes)
    )
    rest = tuple(one for one in problems if one.where.node_id not in known)
    return Picture(name=name, nodes=complete, arrows=tuple(_arrows(ways, known)), problems=rest)


def _arrows(ways: Sequence[_Way], known: set[str]) -> Iterator[Arrow]:
    found: dict[tuple[str, str], list[_Way]] = {}
    for one in ways:
        if one.source in known and one.target in known:
            found.setdefault((one.source, one.target), []).append(one)
    for (source, target), several in found.items():
        labels = tuple(dict.fromkeys(one.label for one in several if one.label))
        yield Arrow(source=source, target=target, labels=labels, is_broken=any(one.is_broken for one in several))


def _of_workflow(workflow: Workflow) -> list[Node]:
    outer = {member: scope for scope, members in workflow.scopes.items() for member in members}
    filled = {scope for scope, members in workflow.scopes.items() if members}
    return [
        *_inputs(workflow.inputs),
        *(
            _node(step.id, step.node.name, step.node, step.params, outer.get(step.id), step.id in filled, _notes(step))
            for step in map(workflow.steps.__getitem__, workflow.order)
        ),
    ]


def _notes(step: Step) -> Mapping[str, Any]:
    attempts = None if step.retry is None else step.retry.attempts
    return {"map_over": step.map_over, "attempts": attempts, "timeout_s": step.timeout_s}


def _of_sketch(sketch: Sketch) -> list[Node]:
    scopes = sketch.scopes
    return [
        *_inputs(sketch.inputs),
        *(
            _node(
                step.id,
                step.type_name,
                step.node,
                _given(step),
                _parent(sketch, step.id),
                bool(scopes.members.get(step.id)),
                {"map_over": step.call.map_over, "attempts": step.call.retry, "timeout_s": step.call.timeout_s},
            )
            for step in sketch.steps.values()
        ),
    ]


def _parent(sketch: Sketch, step_id: str) -> str | None:
    """The scope around a step; scopes that are in one another, which is a mistake, are in none."""
    around = sketch.scopes.around(step_id)
    return around[0] if around and step_id not in around else None


def _given(step: DraftStep) -> Mapping[Any, Any]:
    given = step.call.params
    return step.params or (given if isinstance(given, Mapping) else {})


def _inputs(inputs: Mapping[str, WorkflowInput]) -> Iterator[Node]:
    if inputs:
        lines = (f"{one.name}: {one.type}" for one in inputs.values())
        yield Node(
            id=INPUTS, type="what a run is given", family="input", parameters=tuple(one[:MAX_LENGTH] for one in lines)
        )


def _node(
    id: str,
    type: str,
    node: NodeType | None,
    params: Mapping[Any, Any],
    parent: str | None,
    is_frame: bool,
    asked: Mapping[str, Any],
) -> Node:
    return Node(
        id=id,
        type=type,
        family=_family(node),
        parent=parent,
        is_frame=is_frame,
        is_repeated=asked["map_over"] is not None,
        notes=tuple(told(asked[name]) for name, told in _NOTES.items() if asked[name] is not None),
        parameters=parameter_lines(node, params),
    )


_NOTES: Mapping[str, Callable[[Any], str]] = {
    "map_over": lambda one: f"for each of {one}"[:MAX_LENGTH],
    "attempts": lambda one: f"{getattr(one, 'attempts', one)} attempts"[:MAX_LENGTH],
    "timeout_s": lambda one: f"{one} s"[:MAX_LENGTH],
}


def _family(node: NodeType | None) -> Family:
    if node is None:
        return "unknown"
    if node.model is not None:
        return "read" if node.kind in _READS else "write"
    return _FAMILIES.get(node.kind, "code")


def _ways_of_workflow(workflow: Workflow) -> list[_Way]:
    ways = [
        _Way(one.source, one.target, _label(one.output, one.input))
        for one in workflow.connections
        # the joining of a transaction is shown by its frame
        if not (one.output == ("start",) and one.target in workflow.scopes.get(one.source, ()))
    ]
    return ways + [_Way(name, step.id) for step in workflow.steps.values() for name in step.after]


def _ways_of_sketch(sketch: Sketch, builder: WorkflowBuilder, problems: Sequence[Problem]) -> list[_Way]:
    wrong = {id(one.where.call) for one in problems if one.where.call is not None}
    linked = {id(link.call) for link in sketch.links}
    ways = [
        _Way(link.source, link.target, _label(link.output, link.input), id(link.call.call) in wrong)
        for link in sketch.links
        if not (link.output == ("start",) and link.target in sketch.scopes.members.get(link.source, ()))
    ]
    refused = [one for one in builder.draft.connections if id(one) not in linked]
    ways += [
        _Way(str(one.source), str(one.target), _label((str(one.output),), (str(one.input),)), True) for one in refused
    ]
    return ways + [_Way(*order) for order in sketch.orders]


def _label(output: Sequence[str], input: Sequence[str]) -> str:
    brought, place = ".".join(map(str, output)), ".".join(map(str, input))
    text = brought if brought == place else f"{brought} → {place}"
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"
