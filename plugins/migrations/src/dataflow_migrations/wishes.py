"""What models declare about the way to their tables: former names, and values for rows that are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dataflow.migrations import Change, Column, Intents, ObjectRef, SchemaDialect, SchemaSnapshot
from dataflow.models.model import MISSING, Field, Model


def column_ref(model: Model, field: Field) -> ObjectRef:
    return ObjectRef("column", field.name, model.table)


def intents_of(models: Sequence[Model], dialect: SchemaDialect, actual: SchemaSnapshot) -> Intents:
    """The renames whose old name is there and whose new one is not, and the value of each field for rows without one."""
    return Intents(_renames(models, actual), dict(_backfills(models, dialect)))


def _renames(models: Sequence[Model], actual: SchemaSnapshot) -> Mapping[ObjectRef, ObjectRef]:
    """The new names with the old ones, in an order in which each new name is free."""
    found: dict[ObjectRef, ObjectRef] = {}
    wished = {model.table: model.options.renamed_from for model in models if model.options.renamed_from}
    there = {ref.name for ref in actual.objects if ref.kind == "table"}
    tables = _due(wished, there)
    for new, old in tables.items():
        found[ObjectRef("table", new)] = ObjectRef("table", old)
    for model in models:
        if model.table in tables.values() and model.table not in tables:
            # the table of that name is another model's now
            continue
        of_table = ObjectRef("table", tables.get(model.table, model.table))
        columns = {one.ref.name for one in actual.columns_of(of_table)} if of_table in actual.objects else set()
        wished = {field.name: field.renamed_from for field in model.fields.values() if field.renamed_from}
        for new, old in _due(wished, columns).items():
            found[ObjectRef("column", new, model.table)] = ObjectRef("column", old, model.table)
    return found


def _due(wished: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """Of new names and their old ones those whose old one is there and whose new one is free, or given up by one before."""
    found: dict[str, str] = {}
    while True:
        given_up = found.values()
        free = (
            new
            for new, old in wished.items()
            if new not in found and old in there and old not in given_up and (new not in there or new in given_up)
        )
        new = next(free, None)
        if new is None:
            return found
        found[new] = wished[new]


def _backfills(models: Sequence[Model], dialect: SchemaDialect) -> Mapping[ObjectRef, str]:
    found = {}
    for model in models:
        for field in model.fields.values():
            value = field.backfill if field.backfill is not MISSING else field.server_default
            if value is MISSING and field.default is not None:
                # what every new record would have, the old ones may have too
                value = field.default
            if value is not MISSING:
                found[column_ref(model, field)] = dialect.literal(field, value)
    return found


def needed_backfills(changes: Sequence[Change], intents: Intents) -> dict[ObjectRef, str]:
    """The backfills that rows need: of a column that comes, or that may be null no more."""
    found = {}
    for change in changes:
        if not isinstance(change.after, Column) or change.ref not in intents.backfills:
            continue
        had = change.before if isinstance(change.before, Column) else None
        comes_empty = had is None and change.after.default is None and change.after.identity == ""
        if comes_empty or (had is not None and had.nullable and not change.after.nullable):
            found[change.ref] = intents.backfills[change.ref]
    return found
