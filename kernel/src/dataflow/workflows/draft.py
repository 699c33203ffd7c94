"""What a builder was told, before anything of it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import CallSite
from dataflow.models.model import MISSING

if TYPE_CHECKING:
    from dataflow.app import DataFlow

#: how deep the values of a step may be nested; everything that reads them goes as deep
MAX_DEPTH = 100


@attrs.frozen(kw_only=True)
class Constant:
    """A value for an input of a step that came from the inputs of a sub-workflow."""

    input: str
    value: Any


@attrs.frozen(kw_only=True)
class NodeCall:
    """One ``add_node``. Nothing is of its right type yet; ``scope`` is the surrounding transaction's step.

    ``was_built`` marks a step of a built workflow, whose id may name the sub-workflow that it came from.
    """

    type: Any
    id: Any
    params: Any
    after: Any = ()
    retry: Any = None
    timeout_s: Any = None
    map_over: Any = None
    unknown: Mapping[str, Any] = attrs.field(factory=dict)
    scope: str | None = None
    app: DataFlow | None = attrs.field(default=None, repr=False)
    constants: tuple[Constant, ...] = ()
    was_built: bool = False
    call: CallSite | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ConnectionCall:
    """One ``add_connection``."""

    source: Any
    output: Any
    target: Any
    input: Any
    call: CallSite | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class InputCall:
    """One ``add_input``."""

    name: Any
    type: Any
    default: Any = MISSING
    call: CallSite | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class WorkflowCall:
    """One ``add_workflow``; ``draft`` is what the other builder held at that moment, or what was given in its place."""

    id: Any
    draft: Draft | Any
    inputs: Any
    scope: str | None = None
    call: CallSite | None = attrs.field(default=None, repr=False)


@attrs.define(eq=False)
class Draft:
    """All calls of one builder, in their order."""

    name: str
    app: DataFlow | None = attrs.field(default=None, repr=False)
    nodes: list[NodeCall] = attrs.field(factory=list)
    connections: list[ConnectionCall] = attrs.field(factory=list)
    inputs: list[InputCall] = attrs.field(factory=list)
    workflows: list[WorkflowCall] = attrs.field(factory=list)

    def snapshot(self) -> Draft:
        """A copy that later calls do not reach."""
        return Draft(self.name, self.app, [*self.nodes], [*self.connections], [*self.inputs], [*self.workflows])


@attrs.frozen
class Unusable:
    """What stands for a value that cannot be taken down, and why."""

    why: str


def taken_down(value: Any) -> Any:
    """A value whose containers are its own, so that its owner's later changes do not reach the workflow."""
    try:
        return _copied(value, ())
    except _NotCopied as fault:
        return Unusable(str(fault))


class _NotCopied(Exception):
    """The message says why."""


def _copied(value: Any, around: tuple[int, ...]) -> Any:
    if type(value) not in (dict, list):
        return value
    if id(value) in around:
        raise _NotCopied("hold themselves")
    if len(around) == MAX_DEPTH:
        raise _NotCopied(f"are nested more than {MAX_DEPTH} deep")
    around = (*around, id(value))
    if type(value) is dict:
        return {key: _copied(item, around) for key, item in value.items()}
    return [_copied(item, around) for item in value]
