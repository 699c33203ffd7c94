"""What a step gives, as far as it is known before a run."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from dataflow.models.types import DICT, INT, FieldType
from dataflow.nodes.node_type import Output, Path
from dataflow.workflows.sketch import DraftStep

_NUMBER = re.compile(r"-?\d+")


@attrs.frozen
class Reach:
    """What stands at a path: its type (None: only a run can tell), or why nothing does.

    ``known`` are the names that the place does have.
    """

    type: FieldType | None = None
    exists: bool = True
    fault: str = ""
    known: tuple[str, ...] = ()


def outputs_of(step: DraftStep) -> tuple[Output, ...]:
    """The outputs of a step; a mapped one gives a list of its results."""
    assert step.node is not None
    outputs = _limited(step)
    if step.call.map_over is None:
        return outputs
    parts = {one.name: one.type for one in outputs if one.type is not None}
    return (
        Output(name="records", type=FieldType("list", list, item=DICT), parts=parts),
        Output(name="count", type=INT),
    )


def _limited(step: DraftStep) -> tuple[Output, ...]:
    """The node's outputs without those that its parameters turn off."""
    assert step.node is not None
    outputs, fields = step.node.outputs, step.params.get("fields")
    if step.node.kind == "update" and "filter" in step.params:
        return tuple(one for one in outputs if one.name in ("updated", "records"))
    if step.node.kind not in ("read", "list") or not isinstance(fields, list | tuple):
        return outputs
    if step.node.kind == "read":
        return tuple(one for one in outputs if one.name in fields)
    return tuple(attrs.evolve(one, parts=_only(one.parts, fields)) for one in outputs)


def _only(parts: Mapping[str, FieldType], names: list[object] | tuple[object, ...]) -> dict[str, FieldType]:
    return {name: kind for name, kind in parts.items() if name in names}


def reach(step: DraftStep, path: Path) -> Reach:
    """What a connection from this step by this path brings."""
    assert step.node is not None
    if path == ("*",) and step.node.kind != "switch":
        return Reach(DICT if step.call.map_over is not None or not step.node.open_outputs else None)
    outputs = outputs_of(step)
    output = next((one for one in outputs if one.name == path[0]), None)
    if output is None:
        if step.node.open_outputs and step.call.map_over is None:
            return Reach()
        return Reach(exists=False, known=tuple(one.name for one in outputs))
    return _into(output, path)


def _into(output: Output, path: Path) -> Reach:
    if len(path) == 1 or not output.parts:
        return inside(output.type, path, 1)
    depth = 1
    if output.type is not None and output.type.kind == "list":
        if not _NUMBER.fullmatch(path[1]):
            return Reach(
                exists=False, fault=f"'{path[0]}' is a list, whose rows are reached by number", known=("0", "1")
            )
        depth = 2
    if len(path) == depth:
        return Reach(DICT)
    part = output.parts.get(path[depth])
    if part is None:
        return Reach(
            exists=False, fault=f"'{'.'.join(path[:depth])}' has no '{path[depth]}'", known=tuple(output.parts)
        )
    return inside(part, path, depth + 1)


def inside(kind: FieldType | None, path: Path, depth: int) -> Reach:
    """What stands at the rest of a path inside a value of a type."""
    for at in range(depth, len(path)):
        if kind is None or kind.kind in ("any", "dict", "object"):
            return Reach()
        if kind.kind == "list" and not _NUMBER.fullmatch(path[at]):
            return Reach(
                exists=False,
                fault=f"'{'.'.join(path[:at])}' is a list, whose items are reached by number",
                known=("0", "1"),
            )
        if kind.kind not in ("list", "mapping"):
            return Reach(exists=False, fault=f"'{'.'.join(path[:at])}' is of type {kind}, which has nothing inside")
        kind = kind.item
    return Reach(kind)
