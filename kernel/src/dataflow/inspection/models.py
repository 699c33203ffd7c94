"""A model, its fields and indexes."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.inspection.report import Grid, Report, table
from dataflow.models.model import MISSING, Field, Index, Model

COLUMNS = ("field", "type", "", "default", "rules", "description")


@attrs.frozen
class FieldInspection(Report):
    """One field. ``rules`` are its bounds and constraints in words."""

    name: str
    type: str
    required: bool
    default: object
    rules: tuple[str, ...]
    description: str

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of its model."""
        shown = "" if self.default is None else repr(self.default)
        needed = "required" if self.required else ""
        return (self.name, self.type, needed, shown, ", ".join(self.rules), self.description)

    def grids(self) -> Iterator[Grid]:
        yield Grid(self.name, COLUMNS, [self.row()])


@attrs.frozen
class ModelInspection(Report):
    """One model of an instance."""

    name: str
    table: str
    fields: tuple[FieldInspection, ...]
    indexes: tuple[str, ...]
    nodes: tuple[str, ...]
    defined_at: str
    description: str

    def lines(self) -> Iterator[str]:
        yield f"{self.name}  table {self.table}  {self.defined_at}"
        yield from table(
            [
                (field.name, field.type, "required" if field.required else "", ", ".join(field.rules))
                for field in self.fields
            ]
        )
        yield from (f"  index {index}" for index in self.indexes)

    def grids(self) -> Iterator[Grid]:
        yield Grid(f"{self.name}  table {self.table}", COLUMNS, [field.row() for field in self.fields])
        if self.indexes:
            yield Grid("indexes", ("index",), [(index,) for index in self.indexes])


def inspected_model(model: Model, nodes: tuple[str, ...]) -> ModelInspection:
    """The inspection of a model; ``nodes`` are the names of its node types."""
    return ModelInspection(
        model.name,
        model.table,
        tuple(map(_field, model.fields.values())),
        tuple(map(_index, model.indexes)),
        nodes,
        str(model.defined_at),
        model.options.description,
    )


def _field(field: Field) -> FieldInspection:
    default = None if field.default is MISSING or field.is_secret else field.default
    return FieldInspection(
        field.name, field.spelling, field.is_required, default, tuple(_rules(field)), field.description
    )


def _rules(field: Field) -> Iterator[str]:
    if field.is_key:
        yield "primary key"
    if field.generated:
        yield "made by the database"
    if field.managed_by is not None:
        yield f"managed by {field.managed_by}"
    if field.unique and not field.is_key:
        yield "unique"
    if field.reference is not None:
        yield f"references {field.reference} on delete {field.reference.on_delete}"
    for name, value in attrs.asdict(field.bounds).items():
        if value is not None:
            yield f"{name} {value}"


def _index(index: Index) -> str:
    kind = "unique " if index.unique else ""
    return f"{kind}({', '.join(index.fields)})" + (f" where {dict(index.where)}" if index.where is not None else "")
