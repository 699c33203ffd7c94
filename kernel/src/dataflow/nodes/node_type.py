"""What a node is: its parameters, its outputs, and how its inputs become an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs

from dataflow.diagnostics import Problem
from dataflow.models.model import MISSING, Model
from dataflow.models.types import FieldType
from dataflow.operations.operation import Executor, Operation

Role = Literal["value", "record", "records", "changes", "filter", "sort", "fields", "transaction"]
"""What a parameter means beyond its type: a "record" has the model's fields as parts, and so on."""

Path = tuple[str, ...]


@attrs.frozen(kw_only=True)
class Parameter:
    """One input of a node. ``parts`` are the names that a dotted connection may target inside it."""

    name: str
    type: FieldType
    required: bool = False
    default: object = MISSING
    role: Role = "value"
    description: str = ""
    example: str = ""
    parts: Mapping[str, FieldType] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Output:
    """One output of a node; ``parts`` are what dot notation reaches inside it (a list's rows by index).

    ``type`` is None when it is only known at run time.
    """

    name: str
    type: FieldType | None = None
    nullable: bool = False
    description: str = ""
    parts: Mapping[str, FieldType] = attrs.field(factory=dict)


@attrs.frozen
class Inputs:
    """What is known of a node's inputs when a workflow is built.

    ``given`` are the parameters in canonical form, without what is connected; ``connected`` are
    the canonical paths that connections will fill, with the type each will bring (None: unknown).
    """

    given: Mapping[str, Any]
    connected: Mapping[Path, FieldType | None] = attrs.field(factory=dict)


class NodeBehaviour(Protocol):
    """The part of a node type that is code. Made once per node type; keeps no state between runs."""

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Parameters in their one canonical form: aliases and flat fields moved where they belong.

        Never raises for wrong values; emits one DeprecationWarning per older form.
        """

    def target(self, path: Path) -> Path | None:
        """The canonical place of a connection's target, or None when there is no such input."""

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        """Every problem that can be known before execution. Connected places count as given."""

    def bind(self, params: Mapping[str, Any]) -> Operation:
        """The operation for one execution, from canonical and complete parameters.

        :raises DataFlowError: with all problems at once.
        """


@attrs.frozen(kw_only=True, eq=False)
class NodeType:
    """A kind of node, as ``dataflow_nodes`` gives it and a workflow names it.

    ``kind`` is the operation ("create", ...) for a model's nodes and the node's own word otherwise
    ("function", "switch", ...). ``specialise`` gives the type of one step whose parameters decide
    its inputs and outputs (a Python function's arguments); it raises DataFlowError when they cannot.
    ``run`` is set by nodes that bring their own way to execute; a model's nodes ask the adapter.
    ``outside_effects`` marks nodes that a transaction's rollback does not undo.
    """

    name: str
    kind: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    behaviour: NodeBehaviour
    model: Model | None = None
    operation: type[Operation] | None = None
    run: Executor | None = None
    description: str = ""
    open_inputs: bool = False
    open_outputs: bool = False
    outside_effects: bool = False
    specialise: Callable[[Mapping[str, Any]], NodeType] | None = None

    @property
    def is_database_node(self) -> bool:
        """Whether it takes part in transactions."""
        return any(parameter.role == "transaction" for parameter in self.parameters)

    def parameter(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)

    def output(self, name: str) -> Output | None:
        return next((one for one in self.outputs if one.name == name), None)
