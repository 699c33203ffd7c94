"""A workflow while it is being checked: steps with their node types, connections with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Where
from dataflow.models.types import FieldType
from dataflow.nodes.node_type import NodeType, Path
from dataflow.workflows.draft import ConnectionCall, NodeCall
from dataflow.workflows.scopes import Edge, Moment, Scopes
from dataflow.workflows.step import INPUTS, WorkflowInput

if TYPE_CHECKING:
    from dataflow.app import DataFlow

ProblemPath = tuple[str | int, ...]


@attrs.define(eq=False)
class DraftStep:
    """One step. ``node`` is None when its type is not known, which has been reported.

    ``general`` is the node type before its parameters decided its form. ``params`` are canonical;
    ``templates`` are the places in them that held a template and are left out.
    """

    id: str
    call: NodeCall
    general: NodeType | None
    node: NodeType | None
    app: DataFlow | None
    params: dict[str, Any]
    map_over: Path | None = None
    templates: tuple[ProblemPath, ...] = ()

    @property
    def type_name(self) -> str:
        if self.node is not None:
            return self.node.name
        return self.call.type if isinstance(self.call.type, str) else type(self.call.type).__name__

    def where(self, *path: str | int) -> Where:
        """This step's ``add_node``; ``path`` leads into its parameters as they were written."""
        model = None if self.node is None or self.node.model is None else self.node.model.name
        kind = None if self.node is None else self.node.kind
        return Where(
            node_id=self.id, node_type=self.type_name, model=model, operation=kind, path=path, call=self.call.call
        )

    def written_path(self, path: ProblemPath) -> ProblemPath:
        """Where the user wrote what stands at a path of the canonical parameters."""
        given = self.call.params
        if not path or not isinstance(given, Mapping) or path[0] in given:
            return path
        value = self.params.get(str(path[0]))
        for name, one in given.items():
            if one is value:
                return (name, *path[1:])
        flat = isinstance(value, Mapping) and any(name in value for name in given)
        return path[1:] if flat or not given else ()


@attrs.frozen(eq=False)
class Link:
    """One connection whose both ends exist. ``type`` is what it brings; None when only a run can tell."""

    call: ConnectionCall
    source: str
    output: Path
    target: str
    input: Path
    type: FieldType | None = None

    @property
    def text(self) -> str:
        """The connection as a sentence has it."""
        return f"{self.source}.{'.'.join(self.output)} -> {self.target}.{'.'.join(self.input)}"


@attrs.define(eq=False)
class Sketch:
    """All of it. ``groups`` are the steps that sub-workflows became.

    ``expected`` are places that a connection was meant to fill which is wrong at its other end.
    """

    name: str
    steps: dict[str, DraftStep]
    inputs: Mapping[str, WorkflowInput] = attrs.field(factory=dict)
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    links: list[Link] = attrs.field(factory=list)
    expected: dict[str, list[Path]] = attrs.field(factory=dict)
    after: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    scopes: Scopes = attrs.field(factory=lambda: Scopes({}))
    problems: list[Problem] = attrs.field(factory=list)
    _into: dict[str, list[Link]] = attrs.field(factory=dict)

    def join(self, link: Link) -> None:
        self.links.append(link)
        self._into.setdefault(link.target, []).append(link)

    def into(self, step_id: str) -> list[Link]:
        return self._into.get(step_id, [])

    @property
    def edges(self) -> list[Edge]:
        """The connections between steps."""
        return [(link.source, link.target) for link in self.links if link.source != INPUTS]

    @property
    def orders(self) -> list[Edge]:
        """What comes after what, without a value."""
        return [(name, step_id) for step_id, names in self.after.items() for name in names]

    def waits(self, *, openings: bool = True) -> dict[Moment, set[Moment]]:
        """What each moment of a run waits for."""
        return self.scopes.waits(self.edges, self.orders, self.steps, openings=openings)

    def report(self, problems: Sequence[Problem]) -> None:
        self.problems += problems


def written(path: Sequence[str | int]) -> str:
    """A path as connections write it."""
    return ".".join(map(str, path))


def connection_call(source: str, output: str, target: str, input: str) -> str:
    """The call that makes a connection."""
    return f'workflow.add_connection("{source}", "{output}", "{target}", "{input}")'


def link_where(call: ConnectionCall, node_id: str | None = None, end: str | None = None) -> Where:
    """The place of an ``add_connection``, and of one of its arguments."""
    return Where(node_id=node_id, operation="connect", call=call.call, path=() if end is None else (end,))


def link_fix(end: str, better: str, whole: str) -> Fix:
    """What gives another argument to an ``add_connection``; ``whole`` is the call with it."""
    return Fix("unsafe", edits=(Edit((end,), "replace", f'"{better}"'),), instead=whole)
