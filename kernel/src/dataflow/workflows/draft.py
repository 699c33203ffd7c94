"""What a builder was told, before anything of it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import CallSite
from dataflow.models.model import MISSING

if TYPE_CHECKING:
    from dataflow.app import DataFlow


@attrs.frozen(kw_only=True)
class Constant:
    """A value for an input of a step that came from the inputs of a sub-workflow."""

    input: str
    value: Any


@attrs.frozen(kw_only=True)
class NodeCall:
    """One ``add_node``. Nothing is of its right type yet; ``scope`` is the surrounding transaction's step."""

    type: Any
    id: Any
    params: Any
    after: Any = ()
    retry: Any = None
    timeout_s: Any = None
    map_over: Any = None
    scope: str | None = None
    app: DataFlow | None = attrs.field(default=None, repr=False)
    constants: tuple[Constant, ...] = ()
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
    """One ``add_workflow``; ``draft`` is what the other builder held at that moment."""

    id: Any
    draft: Draft
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


def copied(value: Any) -> Any:
    """A value whose containers are its own, so that its owner's later changes do not reach the workflow."""
    try:
        return _copied(value, {})
    except RecursionError:
        # no node takes anything so deep; ``build()`` says so
        return value


def _copied(value: Any, known: dict[int, Any]) -> Any:
    kind = type(value)
    if kind is not dict and kind is not list:
        return value
    if id(value) in known:
        return known[id(value)]
    # noted before it is filled, because it may hold itself
    if kind is list:
        items: list[Any] = []
        known[id(value)] = items
        items += [_copied(item, known) for item in value]
        return items
    entries: dict[Any, Any] = {}
    known[id(value)] = entries
    entries |= {key: _copied(item, known) for key, item in value.items()}
    return entries
