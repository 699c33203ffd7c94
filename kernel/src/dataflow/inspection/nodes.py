"""A node type, its parameters and outputs."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.inspection.report import Report, table
from dataflow.models.model import MISSING
from dataflow.nodes.node_type import NodeType, Parameter


@attrs.frozen
class ParameterInspection(Report):
    """One input of a node."""

    name: str
    type: str
    required: bool
    default: object
    description: str
    example: str


@attrs.frozen
class OutputInspection(Report):
    """One output of a node; the type is empty when only a run can tell."""

    name: str
    type: str
    description: str


@attrs.frozen
class NodeInspection(Report):
    """One node type of an instance."""

    name: str
    kind: str
    model: str | None
    description: str
    parameters: tuple[ParameterInspection, ...]
    outputs: tuple[OutputInspection, ...]

    def lines(self) -> Iterator[str]:
        yield f"{self.name}  {self.description}"
        yield from table(
            [
                (one.name, one.type, "required" if one.required else f"= {one.default!r}", one.description)
                for one in self.parameters
            ]
        )
        yield f"  outputs {', '.join(one.name for one in self.outputs) or 'known once the node stands in a workflow'}"


def inspected_node(node: NodeType) -> NodeInspection:
    """The inspection of a node type."""
    outputs = tuple(
        OutputInspection(one.name, "" if one.type is None else str(one.type), one.description) for one in node.outputs
    )
    return NodeInspection(
        node.name,
        node.kind,
        None if node.model is None else node.model.name,
        node.description,
        tuple(map(_parameter, node.parameters)),
        outputs,
    )


def _parameter(one: Parameter) -> ParameterInspection:
    default = None if one.default is MISSING else one.default
    return ParameterInspection(one.name, str(one.type), one.required, default, one.description, one.example)
