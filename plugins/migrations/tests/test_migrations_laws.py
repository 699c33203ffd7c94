"""Laws of schemas and plans, tried on generated models: a schema differs not from itself, a plan ends where it says, and back again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataflow import DataFlow, Index, field
from dataflow.migrations import SchemaSnapshot
from dataflow.migrations.serial import plan_data, plan_of
from dataflow_migrations.diffing import diff

TYPES = {"str": str, "int": int, "float": float, "bool": bool, "Decimal": Decimal, "datetime": datetime, "UUID": UUID}
ACCEPTED = [f"DF-G2{number:02}" for number in range(1, 12)]
#: servers take a second for each; LAWS=soak tries many more
EXAMPLES = 300 if os.environ.get("LAWS") == "soak" else 5
law = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@attrs.frozen
class FieldShape:
    type: str
    nullable: bool
    unique: bool
    index: bool
    former: str = ""


@attrs.frozen
class ModelShape:
    fields: Mapping[str, FieldShape]
    key: str
    parent: str | None
    pair: tuple[str, ...]
    table: str = ""


#: a field keeps its type from one version to the next: what converts to what is each database's own
KINDS = {
    "title": "str", "number": "int", "order": "float", "note": "Decimal", "born": "datetime", "done": "bool", "token": "UUID",
}  # fmt: skip
#: words of SQL, and names that begin as others do
NEW_NAMES = {
    "title": "select", "number": "number_2", "order": "group", "note": "Text", "born": "born_on", "done": "table",
    "token": "titles", "Author": "people", "Book": "order", "Chapter": "chapters_2",
}  # fmt: skip
#: no value repeats, and every key is one of the other type too
ROWS: dict[str, tuple[Any, Any]] = {
    "str": ("7", "12"), "int": (7, 12), "float": (0.5, 2.25), "Decimal": (Decimal("1.50"), Decimal(3)), "bool": (True, False),
    "datetime": (datetime(2020, 2, 29, 12, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=UTC)), "UUID": (UUID(int=7), UUID(int=12)),
}  # fmt: skip
flags = st.tuples(st.booleans(), st.booleans(), st.booleans())


@st.composite
def models(draw: st.DrawFn) -> dict[str, ModelShape]:
    names = ["Author", "Book", "Chapter"][: draw(st.integers(1, 3))]
    found: dict[str, ModelShape] = {}
    for place, name in enumerate(names):
        drawn = draw(st.dictionaries(st.sampled_from(sorted(KINDS)), flags, min_size=1, max_size=4))
        own = {name: FieldShape(KINDS[name], *options) for name, options in drawn.items()}
        parent = draw(st.sampled_from([None, *names[:place]])) if place else None
        pair = tuple(sorted(draw(st.sets(st.sampled_from(sorted(own)), max_size=2))))
        found[name] = ModelShape(own, draw(st.sampled_from(["int", "str"])), parent, pair)
    return found


def registered(url: str, shapes: Mapping[str, ModelShape], **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"], **options)
    for name, shape in shapes.items():
        annotations: dict[str, Any] = {"id": TYPES[shape.key]}
        body: dict[str, Any] = {}
        for own, one in shape.fields.items():
            kind: Any = TYPES[one.type]
            annotations[own] = kind | None if one.nullable else kind
            plain = field(unique=one.unique, index=one.index, renamed_from=one.former)
            absent = field(unique=one.unique, index=one.index, renamed_from=one.former, default=None)
            body[own] = absent if one.nullable else plain
        if shape.parent is not None:
            annotations["parent_id"] = TYPES[shapes[shape.parent].key] | None
            body["parent_id"] = field(references=f"{shape.parent}.id", default=None)
        if shape.table:
            body["__dataflow__"] = {"table": shape.table, "renamed_from": f"{name.lower()}s"}
        if len(shape.pair) == 2:
            body["__indexes__"] = [Index(*shape.pair)]
        db.model(type(name, (), {"__annotations__": annotations, "__module__": __name__, **body}))
    return db


async def seen(db: DataFlow) -> SchemaSnapshot:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        found: SchemaSnapshot = await db.adapter.schema.snapshot(session)  # type: ignore[attr-defined]  # same
        return found


async def fill(db: DataFlow, shapes: Mapping[str, ModelShape]) -> None:
    for name, shape in shapes.items():
        kinds = {"id": shape.key, **{own: one.type for own, one in shape.fields.items()}}
        if shape.parent is not None:
            kinds["parent_id"] = shapes[shape.parent].key
        for place in (0, 1):
            await getattr(db, name).create(**{own: ROWS[kind][place] for own, kind in kinds.items()})


async def rows_of(db: DataFlow, schema: SchemaSnapshot) -> dict[str, list[tuple[Any, ...]]]:
    """What is in every table, whatever the order of its columns and rows."""
    found = {}
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        for table in schema.of_kind("table"):
            names = sorted(one.ref.name for one in schema.columns_of(table.ref))
            columns = ", ".join(map(db.adapter.schema.quoted, names))  # type: ignore[attr-defined]  # same
            found[table.ref.name] = sorted(await session.rows(f"SELECT {columns} FROM {table.ref.name}"), key=repr)
    return found


def with_rows_in_mind(
    second: Mapping[str, ModelShape], first: Mapping[str, ModelShape], renamed: Collection[str]
) -> dict[str, ModelShape]:
    """The same models as can be reached: a new field may be absent, a key keeps its type if what refers to it has no model.

    :param renamed: names of models, and of fields of all models, that get another one.
    """
    found = {}
    referred = {shape.parent for name, shape in first.items() if name not in second}
    for name, shape in second.items():
        had = first[name].fields if name in first else {}
        fields = {
            own: one if own in had or name not in first else attrs.evolve(one, nullable=True)
            for own, one in shape.fields.items()
        }
        moved = {own: NEW_NAMES[own] for own in fields if own in had and own in renamed}
        found[name] = attrs.evolve(
            shape,
            fields={
                moved.get(own, own): attrs.evolve(one, former=own) if own in moved else one
                for own, one in fields.items()
            },
            pair=tuple(moved.get(own, own) for own in shape.pair),
            key=first[name].key if name in referred else shape.key,
            table=NEW_NAMES[name] if name in first and name in renamed else "",
        )
    return found


@law
@given(models(), models(), st.sets(st.sampled_from(sorted(NEW_NAMES)), max_size=4))
def test_a_plan_ends_in_the_schema_of_its_models(
    emptied: Any, first: dict[str, ModelShape], second: dict[str, ModelShape], renamed: set[str]
) -> None:
    second = with_rows_in_mind(second, first, renamed)

    async def run(url: str) -> tuple[set[str], SchemaSnapshot]:
        async with registered(url, first) as db:
            await db.migrations.apply()
            await fill(db, first)
            before = await seen(db)
            rows = await rows_of(db, before)
            assert diff(before, before) == ()
            assert (await db.migrations.plan()).is_empty
        async with registered(url, second) as db:
            plan = await db.migrations.plan(accept=ACCEPTED)
            assert plan_of(plan_data(plan)) == plan
            await db.migrations.apply(plan, accept=ACCEPTED)
            after = await seen(db)
            assert await db.migrations.pending() == ()
            if plan.steps:
                await db.migrations.rollback()
                assert (await seen(db)) == before, diff(await seen(db), before)
                assert await rows_of(db, before) == rows
                await db.migrations.apply(accept=ACCEPTED)
                assert (await seen(db)) == after, diff(await seen(db), after)
            kept = {model.table for model in db.models.values()}
            return kept, after.tables(kept)

    async def run_at_once(url: str, kept: set[str]) -> SchemaSnapshot:
        async with registered(url, second) as fresh:
            await fresh.migrations.apply()
            return (await seen(fresh)).tables(kept)

    kept, after = asyncio.run(run(emptied()))
    # made at once in an empty database, it is the same
    made = asyncio.run(run_at_once(emptied(), kept))
    assert made == after, diff(made, after)
