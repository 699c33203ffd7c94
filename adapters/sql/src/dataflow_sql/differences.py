"""How a table that is there differs from what its model needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import attrs

from dataflow.adapters import TableDifference
from dataflow.models.indexes import indexes_of
from dataflow.models.model import Model


@attrs.frozen
class ColumnState:
    """One column of the database; ``type`` is comparable text, ``has_default`` the database's own default."""

    name: str
    type: str
    nullable: bool
    is_key: bool = False
    has_default: bool = False


@attrs.frozen
class TableLayout:
    """One table of the database. ``unique`` are the column sets that unique indexes and keys cover."""

    name: str
    columns: Mapping[str, ColumnState]
    unique: frozenset[frozenset[str]] = frozenset()

    @property
    def fingerprint(self) -> str:
        """Changes when a column is added, dropped, or changes its type or nullability."""
        text = "|".join(f"{one.name}:{one.type}:{one.nullable}:{one.is_key}" for one in self.columns.values())
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def missing_table(model: Model) -> TableDifference:
    return TableDifference(model.table, None, "the table is missing")


def differences(model: Model, layout: TableLayout, wanted_type: Callable[[str], str]) -> list[TableDifference]:
    """Whatever would keep the model from writing its records or reading them back.

    :param wanted_type: the comparable type of a field's column.
    """
    found = [*_columns(model, layout, wanted_type), *_foreign_columns(model, layout), *_unique(model, layout)]
    return [TableDifference(model.table, column, message) for column, message in found]


def _columns(model: Model, layout: TableLayout, wanted_type: Callable[[str], str]) -> Sequence[tuple[str, str]]:
    found = []
    for name, field in model.fields.items():
        column = layout.columns.get(name)
        wanted = wanted_type(name)
        if column is None:
            found.append((name, f"the table has no such column; the model needs {wanted}"))
        elif column.type != wanted:
            found.append((name, f"the column is {column.type}; the model needs {wanted}"))
        elif field.nullable and not column.nullable:
            found.append((name, "the column may not be null; the field may"))
        elif field.is_key and not column.is_key:
            found.append((name, "the column is not the primary key"))
    return found


def _foreign_columns(model: Model, layout: TableLayout) -> Sequence[tuple[str, str]]:
    """Columns that an insert of the model leaves out and the table insists on."""
    return [
        (name, "the table needs a value for it, and the model has no such field")
        for name, column in layout.columns.items()
        if name not in model.fields and not column.nullable and not column.has_default
    ]


def _unique(model: Model, layout: TableLayout) -> Sequence[tuple[str, str]]:
    return [
        (index.fields[0], f"no unique index covers ({', '.join(index.fields)})")
        for index in indexes_of(model)
        if index.unique and index.where is None and frozenset(index.fields) not in layout.unique
    ]
