"""The fields that options of a model add: timestamps, the mark of a soft delete, a version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import attrs

from dataflow.diagnostics import CallSite, Problem, Solution, Where, error_of
from dataflow.models.model import Field, Model, ModelOptions
from dataflow.models.types import DATETIME, INT
from dataflow.plugins.hookspecs import hookimpl


def now() -> datetime:
    """This instant in UTC, in microseconds, as every database keeps it."""
    return datetime.now(UTC)


def first_version() -> int:
    """The version of a new record."""
    return 1


TIMESTAMPS = (
    Field("created_at", DATETIME, managed_by="timestamps", on_create=now, description="when the record was created"),
    Field(
        "updated_at",
        DATETIME,
        managed_by="timestamps",
        on_create=now,
        on_update=now,
        description="when the record was last changed",
    ),
)
DELETED_AT = Field(
    "deleted_at",
    DATETIME,
    nullable=True,
    managed_by="soft_delete",
    description="when the record was deleted, if it was",
)
VERSION = Field(
    "version",
    INT,
    managed_by="versions",
    on_create=first_version,
    increments=True,
    description="how often the record was written",
)


class BuiltinFields:
    """The kernel's own plugin for ``dataflow_model_fields``."""

    @hookimpl
    def dataflow_model_fields(self, model: Model) -> Iterable[Field]:
        return added_fields(model.options)


def added_fields(options: ModelOptions) -> tuple[Field, ...]:
    """What a model of these options gets besides the fields of its class."""
    return (
        *(TIMESTAMPS if options.timestamps else ()),
        *((DELETED_AT,) if options.soft_delete else ()),
        *((VERSION,) if options.versioned else ()),
    )


def with_fields(model: Model, added: Iterable[Field]) -> Model:
    """The model with more fields after its own.

    :raises ModelError: DF-M107 for each that it has already.
    """
    fields = dict(model.fields)
    problems: list[Problem] = []
    for field in added:
        if field.name in fields:
            site = CallSite(model.defined_at.file, fields[field.name].line or model.defined_at.line)
            problems.append(taken(model.name, field, site))
        else:
            fields[field.name] = field
    if problems:
        raise error_of(problems)
    return attrs.evolve(model, fields=fields)


_OPTIONS = {
    "timestamps": ("timestamps", False),
    "soft_delete": ("soft_delete", False),
    "versions": ("versioned", False),
}


def taken(model: str, field: Field, site: CallSite | None) -> Problem:
    """A field of the class has the name of one that is added to it."""
    option = _OPTIONS.get(field.managed_by or "")
    solutions = [
        Solution(
            f"remove '{field.name}' from the class: it is set automatically and can be read, filtered and sorted by"
        )
    ]
    if option is not None:
        solutions.append(
            Solution("or turn the option off for this model:", f'__dataflow__ = {{"{option[0]}": {option[1]}}}')
        )
    solutions.append(Solution("or give your own field another name:", f"{field.name}_by_user: {field.spelling}"))
    return Problem(
        code="DF-M107",
        message=f"field '{field.name}' of {model} is added by {field.managed_by or 'a plugin'} and declared by the class too",
        where=Where(model=model, field=field.name, call=site),
        context={"field": field.name, "added_by": field.managed_by or "a plugin"},
        cause="two fields of one name would be one column",
        solutions=tuple(solutions),
    )
