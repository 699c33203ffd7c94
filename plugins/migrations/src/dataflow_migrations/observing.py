"""What is there: the schema, what of it earlier plans have made, and what the models want in the server's own spelling."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import attrs

from dataflow.migrations import MigrationPlan, MigrationRun, ObjectRef, SchemaSnapshot
from dataflow.models.model import Model
from dataflow_migrations.history import History

NOTE = "auto"
#: under which the pass has which tables' indexes are built while others write to them
BESIDE = "auto beside writers"
#: of the tables that are there: none, those that have rows, or all
Beside = Literal["none", "filled", "all"]


@attrs.frozen
class Observation:
    """One look at a database."""

    actual: SchemaSnapshot
    wanted: SchemaSnapshot
    #: what earlier plans have made in the models' tables, and in those that have no model any more
    managed: frozenset[ObjectRef]
    #: of those of them that others made: what they are like, by which they serve as they are
    adopted: Mapping[str, str]
    #: tables and columns that hold the models' values, whoever made them
    fitting: frozenset[ObjectRef]
    #: names that something gets, as they stand in the server's texts
    spelled: Mapping[str, str]


async def observed(plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
    """The plan as it was; the pass learns what is there."""
    actual = await run.dialect.snapshot(run.session)
    wanted = await run.dialect.desired(run.session, run.models)
    run.notes["differences"] = {
        wanted.spelling_of(table): found for table, found in run.notes.get("differences", {}).items()
    }
    run.notes["drop_tables"] = frozenset(actual.spelling_of(name) for name in run.notes.get("drop_tables", ()))
    run.models = tuple(_spelled(model, actual, wanted) for model in run.models)
    run.accepted |= _accepted(run.accepted, actual, wanted)
    history = History(run.session)
    managed, adopted = await history.managed() if await history.exists() else (frozenset[ObjectRef](), {})
    fitting, spelled = await _fitting(run, actual), await _new_names(run)
    run.notes[NOTE] = Observation(actual, wanted, managed, adopted, fitting, spelled)
    return attrs.evolve(plan, dialect=actual.dialect, tables=tuple(model.table for model in run.models))


def _spelled(model: Model, actual: SchemaSnapshot, wanted: SchemaSnapshot) -> Model:
    """The model with the names that the database has for its table, and for the one that it was."""
    former = model.options.renamed_from
    table, old = wanted.spelling_of(model.table), actual.spelling_of(former) if former else ""
    if (table, old) == (model.table, former):
        return model
    return attrs.evolve(model, table=table, options=attrs.evolve(model.options, renamed_from=old))


def _accepted(given: Collection[str], *schemas: SchemaSnapshot) -> frozenset[str]:
    """What was accepted, by the names that objects have where the server folds those of tables."""
    folded = {one.lower() for one in given}
    return frozenset(
        str(ref) for one in schemas if one.folds_tables for ref in one.objects if str(ref).lower() in folded
    )


async def _new_names(run: MigrationRun) -> Mapping[str, str]:
    """The new names of what was renamed, as they stand in the server's texts."""
    names = {model.table for model in run.models if model.options.renamed_from}
    names |= {field.name for model in run.models for field in model.fields.values() if field.renamed_from}
    return await run.dialect.spelled(run.session, sorted(names)) if names else {}


async def _fitting(run: MigrationRun, actual: SchemaSnapshot) -> frozenset[ObjectRef]:
    """The tables that are there, and those of their columns of which the adapter has nothing to say."""
    there = [model for model in run.models if ObjectRef("table", model.table) in actual.objects]
    found: set[ObjectRef] = set()
    for model in there:
        wrong = {one.column for one in run.notes.get("differences", {}).get(model.table, ())}
        found.add(ObjectRef("table", model.table))
        found.update(ObjectRef("column", name, model.table) for name in model.fields if name not in wrong)
    return frozenset(found)
