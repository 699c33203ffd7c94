"""``TransactionScopeNode``: opens the scope that its members join and the run commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, get_args

import attrs

from dataflow.adapters import Isolation, ScopeOptions
from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.types import ANY, BOOL, FLOAT, INT, FieldType
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import TRANSACTION, check_names, check_values
from dataflow.operations.operation import Call, Result, Transaction
from dataflow.retrying import retries_problems
from dataflow.runtimes.branches import OpenedScope

Begin = Callable[[ScopeOptions, Transaction | None], Awaitable[Transaction]]

PARAMETERS = (
    Parameter(
        name="isolation_level", type=FieldType("literal", str, choices=get_args(Isolation), nullable=True), default=None,
        description="how far it is kept apart from other transactions", example='"SERIALIZABLE"',
    ),
    Parameter(name="read_only", type=BOOL, default=False, description="whether writes are refused", example="True"),
    Parameter(
        name="timeout_s", type=attrs.evolve(FLOAT, nullable=True), default=None,
        description="seconds until it is rolled back", example="10.0",
    ),
    Parameter(
        name="retries", type=INT, default=0,
        description="how often the whole scope is done again when others were in its way, 0 to 10", example="3",
    ),
    TRANSACTION,
)  # fmt: skip
NAME = "TransactionScopeNode"


class ScopeBehaviour:
    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        # how often is known before the run: what runs inside is then planned as one piece
        return path if path[0] != "retries" and any(one.name == path[0] for one in PARAMETERS) else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type=NAME, operation="transaction")
        return [
            *check_names(NAME, PARAMETERS, inputs.given, where),
            *_option_problems(NAME, PARAMETERS, inputs, where),
            *retries_problems(inputs.given.get("retries", 0)),
        ]

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Call(arguments=params)


def checked_options(
    holder: str, isolation: Isolation | None = None, read_only: bool = False, timeout_s: float | None = None
) -> ScopeOptions:
    """The options of a scope that code opens; ``holder`` is the call that asks.

    :raises NodeError: DF-N104, DF-N111.
    """
    given = {"isolation": isolation, "read_only": read_only, "timeout_s": timeout_s}
    named = (attrs.evolve(PARAMETERS[0], name="isolation"), *PARAMETERS[1:])
    problems = _option_problems(holder, named, Inputs(given), Where(operation="transaction"))
    if problems:
        raise error_of(problems)
    return ScopeOptions(isolation=isolation, read_only=read_only, timeout_s=timeout_s, holder=holder)


def _option_problems(name: str, parameters: Sequence[Parameter], inputs: Inputs, where: Where) -> list[Problem]:
    problems = check_values(name, parameters, inputs, where)
    timeout_s = inputs.given.get("timeout_s")
    if not problems and timeout_s is not None and timeout_s <= 0:
        problems.append(_no_time(name, timeout_s, where))
    return problems


def _no_time(name: str, timeout_s: float, where: Where) -> Problem:
    return Problem(
        code="DF-N111",
        message=f"'timeout_s' of {name} must be above 0, not {timeout_s}",
        where=attrs.evolve(where, path=("timeout_s",)),
        context={"timeout_s": timeout_s},
        cause="a scope without time would be rolled back before its first statement",
        solutions=(Solution("give it seconds, or leave it out for no limit:", "timeout_s=10.0"),),
    )


def scope_node(begin: Begin) -> NodeType:
    """The node type for one instance, whose scopes ``begin`` opens."""

    async def run(operation: Call) -> Result:
        given = operation.arguments
        options = ScopeOptions(
            isolation=given.get("isolation_level"),
            read_only=given.get("read_only", False),
            timeout_s=given.get("timeout_s"),
            holder=NAME,
        )
        return OpenedScope(await begin(options, given.get("transaction")), options)

    return NodeType(
        name=NAME,
        kind="transaction_scope",
        parameters=PARAMETERS,
        outputs=(Output(name="start", type=ANY, description="the open scope, for the members' 'transaction'"),),
        behaviour=ScopeBehaviour(),
        description="open a transaction; it commits after its last member and rolls back on any failure",
        run=run,
    )
