"""``{M}ListNode``: a page of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution
from dataflow.expressions.cursor import after_expression, decode_cursor
from dataflow.expressions.sort import parse_sort, stable
from dataflow.expressions.tree import Expression, Page, Sort, both
from dataflow.models.types import STR
from dataflow.nodes.families.family import Family, filter_problems
from dataflow.nodes.families.read import field_names, field_problems, soft_flag
from dataflow.nodes.node_type import Inputs, Parameter
from dataflow.nodes.parameters import SORT, TRANSACTION, filter_parameter, flag, names, number, whole_number
from dataflow.operations.operation import List


class ListFamily(Family):
    kind = "list"

    def declare(self) -> tuple[Parameter, ...]:
        return (
            filter_parameter(),
            SORT,
            number("limit", self.values.limits.default_limit, "the most records of one page"),
            number("offset", 0, "how many matching records to pass over"),
            Parameter(
                name="cursor", type=attrs.evolve(STR, nullable=True), default=None,
                description="the 'next_cursor' of the page before", example='page["next_cursor"]',
            ),
            names("fields", "the fields to give; all by default"),
            *soft_flag(self),
            flag("count", True, "whether 'total' is counted; else it is None"),
            TRANSACTION,
        )  # fmt: skip

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        given = inputs.given
        return [
            *filter_problems(self, inputs),
            *self._sorted(given.get("sort"))[1],
            *self._page_problems(given),
            *field_problems(self, given.get("fields")),
            *self._cursor_problems(inputs),
        ]

    def bind(self, params: Mapping[str, Any]) -> List:
        where, problems = self.values.filter(params.get("filter"), self.kind)
        if problems or not PLAIN_LIST.issuperset(params):
            self.refuse(params, problems)
        sort = self._sorted(params.get("sort"))[0]
        limit = whole_number(params.get("limit")) or self.values.limits.default_limit
        cursor = params.get("cursor")
        after = None if cursor is None else decode_cursor(cursor, self.values.model, sort)
        assert not isinstance(after, Problem)
        shown = field_names(params)
        return List(
            model=self.values.model,
            where=self.values.visible(where, params.get("include_deleted", False)),
            sort=sort,
            page=Page(limit=limit + 1, offset=whole_number(params.get("offset")) or 0, after=after),
            fields=_with_sort_keys(shown, sort),
            shown=shown,
            count=params.get("count", True),
            transaction=params.get("transaction"),
        )

    def _sorted(self, value: Any) -> tuple[Sort, list[Problem]]:
        sort, problems = parse_sort(value, self.values.model, self.where, ("sort",))
        return stable(sort), problems

    def _page_problems(self, given: Mapping[str, Any]) -> list[Problem]:
        most = self.values.limits.max_limit
        problems = []
        for name, least in (("limit", 1), ("offset", 0)):
            value = whole_number(given.get(name))
            if value is not None and value < least:
                problems.append(self._out_of_range(name, value, f"at least {least}"))
        limit = whole_number(given.get("limit"))
        if limit is not None and limit > most:
            problems.append(self._out_of_range("limit", limit, f"at most {most}"))
        return problems

    def _out_of_range(self, name: str, value: int, bound: str) -> Problem:
        return Problem(
            code="DF-N111",
            message=f"'{name}' of {self.node_name} must be {bound}, not {value}",
            where=attrs.evolve(self.where, path=(name,)),
            context={name: value},
            cause="a page is bounded so that no call loads a whole table by accident",
            solutions=(
                Solution("give one that does:", f'"{name}": {bound.split()[-1]}'),
                *((Solution("and follow the pages:", '"cursor": page["next_cursor"]'),) if name == "limit" else ()),
            ),
            fix=Fix("unsafe", edits=(Edit((name,), "replace", bound.split()[-1]),)),
        )

    def _cursor_problems(self, inputs: Inputs) -> list[Problem]:
        cursor = inputs.given.get("cursor")
        if not isinstance(cursor, str) or ("sort",) in inputs.connected:
            return []
        sort, problems = self._sorted(inputs.given.get("sort"))
        if problems:
            return []
        if whole_number(inputs.given.get("offset")):
            return [_cursor_and_offset(self)]
        after = decode_cursor(cursor, self.values.model, sort)
        if isinstance(after, Problem):
            return [attrs.evolve(after, where=attrs.evolve(self.where, path=("cursor",)))]
        return []


#: parameters of a list whose values need no check beyond what binding does
PLAIN_LIST = frozenset(("filter",))


def page_condition(operation: List) -> Expression | None:
    """The filter together with the keyset condition of the page, for adapters."""
    if operation.page.after is None:
        return operation.where
    return both(operation.where, after_expression(operation.sort, operation.page.after, operation.model))


def _with_sort_keys(shown: tuple[str, ...] | None, sort: Sort) -> tuple[str, ...] | None:
    if shown is None:
        return None
    return shown + tuple(key.field for key in sort if key.field not in shown)


def _cursor_and_offset(family: Family) -> Problem:
    return Problem(
        code="DF-N116",
        message=f"{family.node_name} takes either 'cursor' or 'offset', not both",
        where=attrs.evolve(family.where, path=("offset",)),
        cause="a cursor already says where the page starts",
        solutions=(Solution("leave 'offset' out where there is a cursor:", '"cursor": ...'),),
    )
