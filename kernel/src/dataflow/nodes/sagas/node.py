"""The node type of sagas."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Problem, error_of
from dataflow.models.types import ANY, DICT, INT, LIST, STR, FieldType
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import as_meant, check_names, check_required, check_values
from dataflow.nodes.sagas.reading import NAME, WHERE, read_steps
from dataflow.nodes.sagas.run import SagaRun
from dataflow.nodes.sagas.step import DATA, Nodes, NodeSource
from dataflow.operations.operation import Call, Result

PARAMETERS = (
    Parameter(
        name="transaction_type", type=FieldType("literal", str, choices=("saga",)), default="saga",
        description="a saga: steps that are undone one by one", example='"saga"',
    ),
    Parameter(
        name="steps", type=LIST, required=True, role="records", description="the steps in order, each with its compensation",
        example='[{"name": "reserve", "node": "StockUpdateNode", "params": {...}, "compensation": {...}}]',
    ),
    Parameter(
        name=DATA, type=DICT, default=None, role="filter", description="what steps find as 'data.<name>'",
        example='{"order_id": "o-1"}',
    ),
    Parameter(
        name="saga_id", type=attrs.evolve(STR, nullable=True), default=None,
        description="what the steps' idempotency keys begin with; a new one by default", example='"order-17"',
    ),
    Parameter(
        name="compensation_retries", type=INT, default=3, description="how often a compensation that failed is tried again",
        example="3",
    ),
)  # fmt: skip


@attrs.frozen(eq=False)
class SagaBehaviour:
    nodes: Nodes

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        return path if path[0] in (DATA, "saga_id") else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        given = inputs.given
        problems = [
            *check_names(NAME, PARAMETERS, given, WHERE),
            *check_required(NAME, PARAMETERS, given, as_meant(PARAMETERS, inputs).connected, WHERE),
            *check_values(NAME, PARAMETERS, inputs, WHERE),
        ]
        if "steps" in given:
            try:
                read_steps(self.nodes, given["steps"])
            except DataFlowError as error:
                problems += error.problems
        return problems

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Call(arguments=params)


def saga_node(source: NodeSource) -> NodeType:
    """The node type for one instance, whose steps are nodes of ``source``."""
    nodes = Nodes(source)

    async def run(operation: Call) -> Result:
        given = operation.arguments
        saga_id = given.get("saga_id") or str(uuid.uuid4())
        retries = given.get("compensation_retries", 3)
        steps = read_steps(nodes, given["steps"])
        saga = SagaRun(source, steps, saga_id, retries, {DATA: given.get(DATA) or {}})
        return {"saga_id": saga_id, "steps": await saga.run()}

    return NodeType(
        name=NAME,
        kind="saga",
        parameters=PARAMETERS,
        outputs=(
            Output(name="saga_id", type=STR, description="what the steps' idempotency keys began with"),
            Output(name="steps", type=ANY, description="the result of each step, by its name"),
        ),
        behaviour=SagaBehaviour(nodes),
        description="a saga: steps in order; when one fails, those before it are undone in reverse",
        outside_effects=True,
        run=run,
    )
