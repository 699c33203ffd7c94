"""What a picture of a workflow shows, before anything has a place or a format."""

from __future__ import annotations

from typing import Literal

import attrs

from dataflow.diagnostics import Problem
from dataflow.workflows.pictures import StepState

#: what a node does, which its colour says
Family = Literal["input", "read", "write", "branch", "code", "sql", "saga", "scope", "workflow", "unknown"]


@attrs.frozen(kw_only=True)
class Node:
    """A step, the workflow's inputs, or a frame around steps: a transaction scope, a sub-workflow.

    ``parent`` is the id of the frame that it lies in. ``parameters`` are texts, masked and short.
    """

    id: str
    type: str
    family: Family
    parent: str | None = None
    is_frame: bool = False
    is_repeated: bool = False
    notes: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    state: StepState | None = None

    @property
    def subtitle(self) -> str:
        """The node type, and what was asked for besides."""
        return ", ".join([self.type, *self.notes])


@attrs.frozen(kw_only=True)
class Arrow:
    """All connections from one node to another; without labels an order (``after``). A broken one is refused at ``build()``."""

    source: str
    target: str
    labels: tuple[str, ...] = ()
    is_broken: bool = False

    @property
    def is_order(self) -> bool:
        return not self.labels


@attrs.frozen(kw_only=True)
class Picture:
    """``problems`` are those that belong to no node that is drawn."""

    name: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        return (*(one for node in self.nodes for one in node.problems), *self.problems)
