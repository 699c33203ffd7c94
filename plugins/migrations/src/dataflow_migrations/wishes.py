"""What models declare about the way to their tables: former names, and values for rows that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataflow.migrations import Change, Column, Intents, ObjectRef, SchemaDialect, SchemaSnapshot
from dataflow.models.model import MISSING, Field, Model


def column_ref(model: Model, field: Field) -> ObjectRef:
    return ObjectRef("column", field.name, model.table)


def intents_of(models: Sequence[Model], dialect: SchemaDialect, actual: SchemaSnapshot) -> Intents:
    """The renames whose old name is there and whose new one is not, and the value of each field for rows without one."""
    return Intents(_renames(models, actual), dict(_backfills(models, dialect)))


def _renames(models: Sequence[Model], actual: SchemaSnapshot) -> Mapping[ObjectRef, ObjectRef]:
    found: dict[ObjectRef, ObjectRef] = {}
    for model in models:
        table = ObjectRef("table", model.table)
        there = table
        former = model.options.renamed_from
        if former and table not in actual.objects and ObjectRef("table", former) in actual.objects:
            there = found[table] = ObjectRef("table", former)
        for field in model.fields.values():
            old = ObjectRef("column", field.renamed_from, there.name)
            if (
                field.renamed_from
                and old in actual.objects
                and ObjectRef("column", field.name, there.name) not in actual.objects
            ):
                found[column_ref(model, field)] = ObjectRef("column", field.renamed_from, model.table)
    return found


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
