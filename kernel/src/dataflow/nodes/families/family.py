"""What the nodes of all families do alike: canonical form, targets of connections, one raise for all problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, error_of, listed
from dataflow.expressions.tree import ALWAYS, Expression, both
from dataflow.nodes.model_values import ModelValues
from dataflow.nodes.node_type import Inputs, Parameter, Path
from dataflow.nodes.parameters import as_meant, check_names, check_required, check_values
from dataflow.operations.operation import Operation
from dataflow.values.problems import sample_of

#: parts of a parameter that only a run can check: a filter's operand, a row of a list
OPEN_ROLES = ("filter", "records", "value")


@attrs.define(eq=False)
class Family:
    """The behaviour of one node type of one model.

    A subclass names its ``kind`` and gives ``parameters``, ``examine`` (problems of what is known)
    and ``bind``. A subclass raises nothing itself: it collects.
    """

    kind: ClassVar[str]
    #: the parameters that say which records are meant, of which a node takes one
    ways: ClassVar[Sequence[str]] = ("id", "filter")

    values: ModelValues
    parameters: tuple[Parameter, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.parameters = self.declare()

    @property
    def node_name(self) -> str:
        return self.values.model.name + "".join(part.title() for part in self.kind.split("_")) + "Node"

    @property
    def where(self) -> Where:
        return Where(model=self.values.model.name, operation=self.kind, node_type=self.node_name)

    def declare(self) -> tuple[Parameter, ...]:
        raise NotImplementedError  # abstract

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        parameter = next((one for one in self.parameters if one.name == path[0]), None)
        if parameter is None or not path[0]:
            return None
        if len(path) == 1 or parameter.role in OPEN_ROLES:
            return path
        return path if path[1] in parameter.parts else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        node, where = self.node_name, self.where
        meant = as_meant(self.parameters, inputs, self.ways)
        return [
            *check_names(node, self.parameters, inputs.given, where),
            *check_required(node, self.parameters, inputs.given, meant.connected, where),
            # of a record's id the record's own rules say more
            *check_values(node, [one for one in self.parameters if one.name != "id"], inputs, where),
            *self.examine(meant),
        ]

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        """The problems that need more than the parameters' declarations."""
        raise NotImplementedError  # abstract

    def bind(self, params: Mapping[str, Any]) -> Operation:
        raise NotImplementedError  # abstract

    def refuse(self, params: Mapping[str, Any], found: Sequence[Problem] = ()) -> None:
        """Raise every problem of complete parameters; return when there is none."""
        problems = self.check(Inputs(params)) or found
        if problems:
            raise error_of(list(problems))


def connected_parts(inputs: Inputs, name: str) -> frozenset[str] | None:
    """The parts of a parameter that connections fill; None when they fill all of it."""
    if (name,) in inputs.connected:
        return None
    return frozenset(path[1] for path in inputs.connected if path[0] == name)


def with_path(problems: Sequence[Problem], *prefix: str | int) -> list[Problem]:
    """The problems with their paths seen from further outside."""
    return [_moved(one, prefix) for one in problems]


def _moved(problem: Problem, prefix: tuple[str | int, ...]) -> Problem:
    fix = problem.fix
    if fix is not None:
        fix = attrs.evolve(fix, edits=tuple(attrs.evolve(one, path=(*prefix, *one.path)) for one in fix.edits))
    return attrs.evolve(problem, where=attrs.evolve(problem.where, path=(*prefix, *problem.where.path)), fix=fix)


def one_of_key_and_filter(family: Family, inputs: Inputs) -> list[Problem]:
    """The problem of giving both or neither of ``id`` and ``filter``."""
    begun = {path[0] for path in inputs.connected} | set(inputs.given)
    given = [name for name in family.ways if name in begun]
    if len(given) == 1:
        return []
    return [
        Problem(
            code="DF-N116",
            message=f"{family.node_name} takes either 'id' or 'filter', not {'both' if given else 'neither'}",
            where=family.where,
            context={"provided": listed(inputs.given)},
            cause="the records must be named in exactly one way",
            solutions=(
                Solution("name one record by its id:", '"id": ...'),
                Solution("or all that match a filter:", '"filter": {...}'),
            ),
            fix=Fix("unsafe", edits=(Edit(("filter",), "remove"),))
            if given
            else Fix(
                "placeholder", edits=(Edit(("id",), "add", sample_of(family.values.model.key, family.values.model)),)
            ),
        )
    ]


def where_of(family: Family, params: Mapping[str, Any]) -> tuple[Expression | None, list[Problem]]:
    """The condition of complete parameters that hold ``id`` or ``filter``."""
    if "id" in params:
        return family.values.key(params["id"], family.kind)
    return family.values.filter(params.get("filter"), family.kind)


def filter_problems(family: Family, inputs: Inputs) -> list[Problem]:
    """The problems of ``id`` and ``filter`` as far as they are given."""
    problems: list[Problem] = []
    if "id" in inputs.given:
        problems += family.values.key(inputs.given["id"], family.kind)[1]
    if "filter" in inputs.given and ("filter",) not in inputs.connected:
        problems += family.values.filter(inputs.given["filter"], family.kind, inputs.connected)[1]
    return problems


def narrowed(where: Expression | None, extra: Expression | None) -> Expression:
    """A condition that is never absent."""
    return both(where, extra) or ALWAYS
