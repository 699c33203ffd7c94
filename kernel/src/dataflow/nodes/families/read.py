"""``{M}ReadNode`` and ``{M}CountNode``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest, error_of
from dataflow.expressions.filter_problems import one_of
from dataflow.expressions.tree import Compare
from dataflow.nodes.families.family import (
    Family,
    filter_problems,
    narrowed,
    one_of_key_and_filter,
    where_of,
)
from dataflow.nodes.node_type import Inputs, Parameter
from dataflow.nodes.parameters import TRANSACTION, filter_parameter, flag, key_parameter, names
from dataflow.operations.operation import Count, Read
from dataflow.values.faults import ValueFault


class ReadFamily(Family):
    kind = "read"

    def declare(self) -> tuple[Parameter, ...]:
        return (
            key_parameter(self.values.model, "the id of the record to read"),
            filter_parameter("which record, instead of its id"),
            flag("raise_on_not_found", True, "whether no such record is an error; else the result is None"),
            names("fields", "the fields to give; all by default"),
            *soft_flag(self),
            TRANSACTION,
        )

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        return [
            *one_of_key_and_filter(self, inputs),
            *filter_problems(self, inputs),
            *field_problems(self, inputs.given.get("fields")),
        ]

    def bind(self, params: Mapping[str, Any]) -> Read:
        if len(params) == 1 and "id" in params:
            return self.bind_key(params["id"])
        where, problems = where_of(self, params)
        if problems or not PLAIN_READ.issuperset(params):
            self.refuse(params, problems)
        return Read(
            model=self.values.model,
            where=narrowed(where, self.values.visible(None, params.get("include_deleted", False))),
            fields=field_names(params),
            required=params.get("raise_on_not_found", True),
            transaction=params.get("transaction"),
        )

    def bind_key(self, key: Any, transaction: Any = None, required: bool = True) -> Read:
        """The operation of a read by id: the shortest way, which direct calls take."""
        try:
            where = Compare("id", "eq", self.values.records.checks["id"](key))
        except ValueFault:
            raise error_of(self.values.key(key, self.kind)[1]) from None
        return Read(
            model=self.values.model,
            where=narrowed(where, self.values.visible(None)) if self.values.is_soft else where,
            required=required,
            transaction=transaction,
        )


#: parameters of a read that need no further check when they are right by themselves
PLAIN_READ = frozenset(("id", "transaction"))


class CountFamily(Family):
    kind = "count"

    def declare(self) -> tuple[Parameter, ...]:
        return (filter_parameter(), *soft_flag(self), TRANSACTION)

    def examine(self, inputs: Inputs) -> Sequence[Problem]:
        return filter_problems(self, inputs)

    def bind(self, params: Mapping[str, Any]) -> Count:
        where, problems = self.values.filter(params.get("filter"), self.kind)
        if problems or params.keys() - {"filter"}:
            self.refuse(params, problems)
        return Count(
            model=self.values.model,
            where=self.values.visible(where, params.get("include_deleted", False)),
            transaction=params.get("transaction"),
        )


def soft_flag(family: Family) -> tuple[Parameter, ...]:
    """The parameter that a soft-deleting model's reading nodes have besides."""
    if not family.values.is_soft:
        return ()
    return (flag("include_deleted", False, "whether soft-deleted records count"),)


def field_names(params: Mapping[str, Any]) -> tuple[str, ...] | None:
    fields = params.get("fields")
    return None if fields is None else tuple(fields)


def field_problems(family: Family, fields: Any) -> list[Problem]:
    """A problem for each name in a ``fields`` parameter that is not a field; a wrong type is not its matter."""
    if not isinstance(fields, list | tuple):
        return []
    known = family.values.model.fields
    problems = [] if fields else [_no_fields(family)]
    for index, name in enumerate(fields):
        if isinstance(name, str) and name not in known:
            near = closest(name, known)
            problems.append(
                Problem(
                    code="DF-N103",
                    message=f"unknown field '{name}' of {family.values.model.name}"
                    + (f"; did you mean '{near[0]}'?" if near else ""),
                    where=_at(family, index),
                    context={"field": name, "known": ", ".join(known)},
                    cause=f"{family.values.model.name} has no field of that name",
                    solutions=(Solution("did you mean:", f'"{near[0]}"') if near else one_of(known),),
                    fix=Fix("unsafe", edits=(Edit(("fields", index), "replace", f'"{near[0]}"'),)) if near else None,
                )
            )
    return problems


def _no_fields(family: Family) -> Problem:
    return Problem(
        code="DF-N116",
        message=f"'fields' of {family.node_name} is empty: a record without fields",
        where=_at(family),
        cause="a page of records without fields tells nothing",
        solutions=(Solution("leave 'fields' out for all of them, or name some:", '"fields": ["id"]'),),
    )


def _at(family: Family, *index: int) -> Where:
    return attrs.evolve(family.where, path=("fields", *index))
