"""``SQLNode``: a user's own SQL, with its values bound and never pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.types import ANY, BOOL, INT, LIST, PYTHON_TYPES, STR, scalar
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import TRANSACTION, as_meant, check_names, check_required, check_values, wrong_parameter
from dataflow.operations.operation import Statement
from dataflow.values.coercion import ValueFault, coerce
from dataflow.values.documents import checked_document

PARAMETERS = (
    Parameter(name="sql", type=STR, required=True, description="one statement with :name or ? for values", example='"SELECT 1"'),
    Parameter(
        name="params", type=attrs.evolve(ANY), default=(), description="the values: a dict for :name, a list for ?",
        example='{"age": 18}',
    ),
    Parameter(name="read_only", type=BOOL, default=False, description="whether it only reads", example="True"),
    TRANSACTION,
)  # fmt: skip


_PARAMS = PARAMETERS[1]


def checked_value(value: Any) -> None:
    """Refuse what no field could hold.

    :raises ValueFault: as a field of the value's type does.
    """
    value = value.value if isinstance(value, Enum) else value
    python = next((one for one in type(value).__mro__ if one in PYTHON_TYPES), None)
    if python is None or python in (bool, dict, list):
        checked_document(value)
    else:
        coerce(scalar(python), value)


@attrs.frozen(eq=False)
class SQLBehaviour:
    name: str

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """``query`` and ``parameters`` are accepted for ``sql`` and ``params``."""
        names = {"query": "sql", "parameters": "params"}
        return {names.get(name, name): value for name, value in params.items()}

    def target(self, path: Path) -> Path | None:
        path = ({"query": "sql", "parameters": "params"}.get(path[0], path[0]), *path[1:])
        return path if path[0] in ("params", "transaction") else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type=self.name, operation="sql")
        return [
            *check_names(self.name, PARAMETERS, inputs.given, where),
            *check_required(self.name, PARAMETERS, inputs.given, as_meant(PARAMETERS, inputs).connected, where),
            *check_values(self.name, [one for one in PARAMETERS if one.name != "params"], inputs, where),
            *self._statement_problems(inputs.given, where),
            *self._value_problems(inputs.given.get("params"), where),
        ]

    def bind(self, params: Mapping[str, Any]) -> Statement:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Statement(
            sql=params["sql"],
            parameters=params.get("params") or (),
            reads_only=params.get("read_only", False),
            transaction=params.get("transaction"),
        )

    def _statement_problems(self, given: Mapping[str, Any], where: Where) -> list[Problem]:
        sql, values = given.get("sql"), given.get("params", ())
        problems = []
        if isinstance(sql, str) and not sql.strip():
            problems.append(self._problem("'sql' is empty", attrs.evolve(where, path=("sql",))))
        if values is not None and not isinstance(values, Mapping | list | tuple):
            place = attrs.evolve(where, path=("params",))
            problems.append(self._problem(f"'params' must be a dict or a list, not a {type(values).__name__}", place))
        return problems

    def _value_problems(self, values: Any, where: Where) -> list[Problem]:
        """The values may be of any type that a field may have."""
        problems = []
        listed = values.values() if isinstance(values, Mapping) else values if isinstance(values, list | tuple) else ()
        for value in listed:
            try:
                checked_value(value)
            except ValueFault as fault:
                problems.append(wrong_parameter(self.name, _PARAMS, value, fault, where))
        return problems

    def _problem(self, message: str, where: Where) -> Problem:
        return Problem(
            code="DF-N120",
            message=f"{message} ({self.name})",
            where=where,
            cause="values travel as bound parameters",
            solutions=(
                Solution("write it as:", '{"sql": "SELECT * FROM users WHERE age > :age", "params": {"age": 18}}'),
            ),
        )


def sql_node(name: str) -> NodeType:
    return NodeType(
        name=name,
        kind="sql",
        parameters=PARAMETERS,
        outputs=(
            Output(name="rows", type=LIST, description="the rows as dicts"),
            Output(name="rowcount", type=INT, description="how many rows it changed"),
        ),
        behaviour=SQLBehaviour(name),
        operation=Statement,
        description="run one SQL statement with bound parameters",
    )


SQL_NODES = (sql_node("SQLNode"), sql_node("AsyncSQLDatabaseNode"))
