"""The problems of refused rows, worded once for all databases: unique, foreign key, not null, check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.models.model import Model
from dataflow.values.problems import shown


def shown_values(model: Model | None, names: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of some fields as an error may show them."""
    known = {} if model is None else model.fields
    return {name: shown(known[name], values[name]) if name in known else "***" for name in names if name in values}


def unique_violation(model: Model, names: Sequence[str], values: Mapping[str, Any], where: Where) -> Problem:
    """DF-A101: a value that must be unique is there already."""
    given = shown_values(model, names, values)
    named = ", ".join(f"'{name}'" for name in names) or "a unique key"
    told = f" {', '.join(repr(value) for value in given.values())}" if given else ""
    conflict = ", ".join(f'"{name}"' for name in names)
    return Problem(
        code="DF-A101",
        message=f"{named} of {model.name} must be unique, and{told or ' its value'} is taken",
        where=where,
        context={"table": model.table, "fields": ", ".join(names), **given},
        cause="another record has the same value",
        solutions=(
            Solution(
                "give another value, or change the record that is there:",
                f"db.{model.name}.upsert(..., conflict_on=[{conflict}])",
            ),
            Solution("in bulk, skip or update what is there:", f'on_conflict="skip", conflict_on=[{conflict}]'),
        ),
    )


def missing_target(model: Model, field: str, value: Any, where: Where) -> Problem:
    """DF-A102: a record refers to one that is not there."""
    reference = model.fields[field].reference
    target = "another record" if reference is None else reference.model
    given = shown(model.fields[field], value)
    return Problem(
        code="DF-A102",
        message=f"'{field}' {given!r} of {model.name} refers to no {target}",
        where=where,
        context={"table": model.table, "field": field, "value": given, "references": str(reference)},
        cause=f"there is no {target} with that key",
        solutions=(Solution("create it first:", f"await db.{target}.create(id={given!r}, ...)"),),
    )


def still_referenced(model: Model, child: Model, field: str, child_key: Any, value: Any, where: Where) -> Problem:
    """DF-A102: a record that others refer to."""
    return Problem(
        code="DF-A102",
        message=f"{model.name} {value!r} is referred to by '{field}' of {child.name} {child_key!r}",
        where=where,
        context={
            "table": model.table,
            "key": value,
            "referring": child.name,
            "field": field,
            "referring id": child_key,
        },
        cause="the reference is on_delete='restrict'",
        solutions=(
            Solution(
                "delete what refers to it first:", f'await db.{child.name}.delete(filter={{"{field}": {value!r}}})'
            ),
            Solution(
                "or let the database do it:", f'{field} = field(references="{model.name}.id", on_delete="cascade")'
            ),
        ),
    )


def unnamed_reference(model: Model, where: Where) -> Problem:
    """DF-A102: a foreign key that the database does not name and that is satisfied by now."""
    return Problem(
        code="DF-A102",
        message=f"a foreign key of {model.name} is not satisfied",
        where=where,
        context={
            "table": model.table,
            "references": ", ".join(str(field.reference) for field in model.references) or "to it",
        },
        cause="a record refers to one that is not there, or is itself referred to",
    )


def null_violation(model: Model, names: Sequence[str], where: Where) -> Problem:
    """DF-A103: null in a column that may not be null."""
    named = ", ".join(f"'{name}'" for name in names)
    return Problem(
        code="DF-A103",
        message=f"{named} of table '{model.table}' may not be null",
        where=where,
        context={"table": model.table, "columns": ", ".join(names)},
        cause="the table is stricter than the model",
        solutions=(
            Solution("make the field required, or the column nullable:", f"{names[0] if names else 'name'}: str"),
        ),
    )


def refused_value(model: Model | None, code: str, message: str, where: Where) -> Problem:
    """DF-A104 or DF-A105: a check of the table, or a value its column's type does not hold."""
    return Problem(
        code=code,
        message=message,
        where=where,
        context={} if model is None else {"table": model.table},
        cause="the table is stricter than the model",
    )
