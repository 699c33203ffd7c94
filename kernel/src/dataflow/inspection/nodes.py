"""A node type, its parameters and outputs."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.inspection.report import Grid, Report, table
from dataflow.models.model import MISSING
from dataflow.nodes.node_type import NodeType, Parameter

COLUMNS = ("parameter", "type", "default", "example", "description")


@attrs.frozen
class ParameterInspection(Report):
    """One input of a node."""

    name: str
    type: str
    required: bool
    default: object
    description: str
    example: str

    @property
    def need(self) -> str:
        """``required``, or what it is when it is left out."""
        return "required" if self.required else f"= {self.default!r}"

    def grids(self) -> Iterator[Grid]:
        yield Grid(self.name, COLUMNS, [self.row()])

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of its node."""
        return (self.name, self.type, self.need, self.example, self.description)


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
        yield from table([one.row() for one in self.parameters])
        yield f"  outputs {', '.join(one.name for one in self.outputs) or 'known once the node stands in a workflow'}"

    def grids(self) -> Iterator[Grid]:
        yield Grid(f"{self.name}  {self.description}", COLUMNS, [one.row() for one in self.parameters])
        yield Grid("outputs", ("output", "type", "description"), [attrs.astuple(one) for one in self.outputs])


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
