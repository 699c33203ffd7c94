"""The steps of a saga as they are written, and as they are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs

from dataflow.nodes.node_type import NodeType, Path
from dataflow.nodes.utility.function import function_node_type
from dataflow.operations.operation import Executor

#: how a step names the saga's own inputs, in the place of an earlier step
DATA = "data"
#: what a node has for a parameter that takes the same value when a step is done again
KEY = "idempotency_key"
STEP_KEYS = ("name", "node", "params", "inputs", "compensation")
CALL_KEYS = ("node", "params", "inputs")


class NodeSource(Protocol):
    """Where node types come from, and how they run: the instance."""

    @property
    def node_types(self) -> Mapping[str, NodeType]: ...
    def pipeline(self, node: NodeType) -> Executor: ...


@attrs.frozen(eq=False)
class Nodes:
    """The nodes that the steps of one instance's sagas name; a function is made a node once."""

    source: NodeSource
    _functions: dict[Callable[..., Any], NodeType] = attrs.field(factory=dict)

    def of_type(self, name: str) -> NodeType | None:
        return self.source.node_types.get(name)

    def of_function(self, function: Callable[..., Any]) -> NodeType:
        """:raises NodeError: DF-N119."""
        found = self._functions.get(function)
        if found is None:
            found = self._functions[function] = function_node_type(function, getattr(function, "__name__", "function"))
        return found


@attrs.frozen(eq=False)
class Call:
    """One call of a node. ``inputs`` are places of parameters, each with the path to its value among the results."""

    node: NodeType
    params: Mapping[str, Any]
    inputs: Mapping[Path, Path]


@attrs.frozen(eq=False)
class SagaStep:
    """One step. Without a ``compensation`` it cannot be undone."""

    name: str
    call: Call
    compensation: Call | None
