"""The parts of a workflow: steps, connections, declared inputs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import CallSite
from dataflow.models.types import FieldType
from dataflow.nodes.node_type import NodeType, Path

if TYPE_CHECKING:
    from dataflow.app import DataFlow

#: the name under which a workflow's declared inputs are connected, like a step's
INPUTS = "inputs"
#: the output that is a step's whole result
WHOLE: Path = ("*",)


def read_only(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy that cannot be changed."""
    return MappingProxyType(dict(values))


@attrs.frozen
class Retry:
    """How often and how soon a failed node is tried again: ``retry=3`` or ``retry=Retry(3, delay_s=0.5)``.

    ``attempts`` counts the first one. The delay doubles each time up to ``max_delay_s`` and is jittered.
    """

    attempts: int = 3
    delay_s: float = 0.1
    max_delay_s: float = 5.0


@attrs.frozen(kw_only=True)
class Step:
    """One node of a workflow. ``params`` are canonical and checked; connected places are absent.

    ``map_over`` is the canonical, dotted place of the list whose items the node runs for, one by one.
    ``type`` and ``stored`` are what makes the same step again: the node type as it was named and its
    parameters with those that only chose the node's form (a function, a piece of code).
    """

    id: str
    node: NodeType
    params: Mapping[str, Any] = attrs.field(converter=read_only)
    after: tuple[str, ...] = ()
    retry: Retry | None = None
    timeout_s: float | None = None
    map_over: str | None = None
    call: CallSite | None = attrs.field(default=None, eq=False, repr=False)
    app: DataFlow = attrs.field(eq=False, repr=False)
    type: object = attrs.field(default=None, eq=False, repr=False)
    stored: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)


@attrs.frozen(kw_only=True)
class Connection:
    """A value's way from one step to another. ``output`` ("*",) is the whole result.

    ``input`` is canonical: ``("data", "id")`` for a create node's ``"id"``.
    """

    source: str
    output: Path
    target: str
    input: Path
    call: CallSite | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(kw_only=True)
class WorkflowInput:
    """A declared input of a workflow; it feeds connections like a node named ``inputs``."""

    name: str
    type: FieldType
    required: bool = True
    default: object = None
