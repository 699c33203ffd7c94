"""A constraint that refused a row, as a problem: what every database says in its own way, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import Model
from dataflow.operations.operation import BulkCreate, BulkUpdate, Create, Increment, Operation, Update, Upsert
from dataflow_sql.violations import (
    missing_target,
    null_violation,
    refused_value,
    still_referenced,
    unique_violation,
    unnamed_reference,
)

#: the detail of a number that a column cannot hold
OUT_OF_RANGE = "the number is out of the column's range"
Kind = Literal["unique", "reference", "null", "check", "value"]


@attrs.frozen(kw_only=True)
class Refusal:
    """A refused row. ``columns`` and ``constraint`` as far as the database names them; ``row`` is its place in a bulk.

    ``found`` is what ``broken_reference`` learned. ``detail`` says what was wrong with a value, and shows none;
    ``cause`` and ``cures`` are for a value whose column is made so by us.
    """

    kind: Kind
    operation: Operation
    columns: tuple[str, ...] = ()
    constraint: str = ""
    row: int | None = None
    found: Mapping[str, Any] = attrs.field(factory=dict)
    detail: str = ""
    cause: str = ""
    cures: tuple[Solution, ...] = ()


def constraint_problem(refusal: Refusal, model: Model, where: Where) -> Problem:
    """DF-A101 to DF-A105."""
    problem = _problem(refusal, model, where)
    row = refusal.row if refusal.row is not None else refusal.found.get("row")
    return problem if row is None else attrs.evolve(problem, context={"row": row, **problem.context})


def _problem(refusal: Refusal, model: Model, where: Where) -> Problem:
    columns = refusal.columns or constraint_columns(model, refusal.constraint)
    if refusal.kind == "unique":
        return unique_violation(model, columns, given_values(refusal.operation, refusal.row), where)
    if refusal.kind == "reference":
        return _reference(refusal.found, model, where)
    if refusal.kind == "null":
        return null_violation(model, columns, where)
    named = f" '{refusal.constraint}'" if refusal.constraint else ""
    if refusal.kind == "check":
        return refused_value(model, "DF-A104", f"a check{named} of table '{model.table}' refused the record", where)
    columns = columns or _raised(refusal, model)
    column = f"column {' or '.join(map(repr, columns))}" if columns else "a column"
    detail = f": {refusal.detail}" if refusal.detail else ""
    problem = refused_value(model, "DF-A105", f"{column} of table '{model.table}' cannot hold the value{detail}", where)
    if refusal.cause:
        problem = attrs.evolve(problem, cause=refusal.cause, solutions=refusal.cures)
    return attrs.evolve(problem, context={**problem.context, "field": ", ".join(columns)}) if columns else problem


def _raised(refusal: Refusal, model: Model) -> tuple[str, ...]:
    """The fields that the operation changes by an amount: a database says of a sum only that it is too large."""
    if refusal.detail != OUT_OF_RANGE:
        return ()
    operation = refusal.operation
    changes = operation.changes if isinstance(operation, Upsert) else _given(operation, refusal.row)
    raised = [name for name, value in changes.items() if isinstance(value, Increment)]
    return tuple(name for name in raised if not model.fields[name].is_managed)


def _reference(found: Mapping[str, Any], model: Model, where: Where) -> Problem:
    if "child" in found:
        return still_referenced(model, found["child"], found["field"], found["key"], found["value"], where)
    if "field" in found:
        return missing_target(model, found["field"], found["value"], where)
    return unnamed_reference(model, where)


def constraint_columns(model: Model, constraint: str) -> tuple[str, ...]:
    """The fields of a constraint by its name: an index of the model, or the primary key under its usual names."""
    if constraint.lower() in ("primary", f"{model.table}_pkey"):
        return (model.key.name,)
    return next((index.fields for index in indexes_of(model) if index_name(index, model) == constraint), ())


def given_values(operation: Operation, row: int | None) -> Mapping[str, Any]:
    """The values of the refused row, as far as one is known; a sum is not."""
    given = _given(operation, row)
    return {name: value for name, value in given.items() if not isinstance(value, Increment)}


def _given(operation: Operation, row: int | None) -> Mapping[str, Any]:
    if isinstance(operation, Create | Upsert):
        return operation.record
    if isinstance(operation, Update):
        return operation.values
    if isinstance(operation, BulkCreate) and row is not None:
        return {name: column[row] for name, column in zip(operation.names, operation.columns, strict=True)}
    if isinstance(operation, BulkUpdate) and row is not None:
        return operation.rows[row][1]
    return {}
