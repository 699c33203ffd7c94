"""A law of what others have put upon tables: whatever changes under them, views show what they showed and triggers do what they did."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataflow import DataFlow, field
from dataflow.migrations import SchemaSnapshot
from dataflow_migrations.diffing import diff
from dataflow_testkit import Kind

EXAMPLES = 200 if os.environ.get("LAWS") == "soak" else 6
law = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ("name", "value", "order", "note")
NEW_NAMES = ("label", "Amount", "select", "value2")
TABLES = {"Author": "authors", "Book": "books"}
VALUES = {"int": (7, 12), "str": ("7", "12"), "float": (0.5, 2.5)}
ACCEPTED = ("DF-G202", "DF-G209")


@attrs.frozen
class Column:
    """One column from one version to the next; ``name`` is the new one, ``former`` the old."""

    former: str
    name: str
    kind: str
    later: str
    was_nullable: bool
    is_nullable: bool


@attrs.frozen
class Others:
    """What others have made, by the old names: views and triggers of columns, with their table's model."""

    views: tuple[tuple[tuple[str, str], ...], ...]
    stacked: bool
    triggers: tuple[tuple[str, str], ...]
    indexes: tuple[tuple[str, str], ...]


@attrs.frozen
class Case:
    columns: Mapping[str, tuple[Column, ...]]
    tables: Mapping[str, str]
    added: tuple[str, ...]
    others: Others


@st.composite
def cases(draw: st.DrawFn) -> Case:
    columns = {}
    for model in TABLES:
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        found = []
        for place, former in enumerate(names):
            kind = draw(st.sampled_from(["int", "str", "float"]))
            later = draw(st.sampled_from(["int", "float"])) if kind == "int" else kind
            name = draw(st.sampled_from([former, NEW_NAMES[place]]))
            was, is_ = draw(st.tuples(st.booleans(), st.booleans()))
            # a required one may become optional, and the other way with a value for the rows without one
            found.append(Column(former, name, kind, later, was, is_))
        columns[model] = tuple(found)
    places = [(model, one.former) for model, own in columns.items() for one in own]
    some = st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True).map(tuple)
    others = Others(
        tuple(draw(st.lists(some, max_size=2))),
        draw(st.booleans()),
        tuple(draw(st.lists(st.sampled_from(places), max_size=2, unique=True))),
        tuple(draw(st.lists(st.sampled_from(places), max_size=2, unique=True))),
    )
    tables = {model: draw(st.sampled_from([table, f"{table}_now"])) for model, table in TABLES.items()}
    added = tuple(draw(st.lists(st.sampled_from([*TABLES]), max_size=2, unique=True)))
    return Case(columns, tables, added, others)


def registered(url: str, case: Case, *, is_later: bool) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])
    kinds = {"int": int, "str": str, "float": float}
    for model, columns in case.columns.items():
        annotations: dict[str, Any] = {"id": int}
        body: dict[str, Any] = {"__dataflow__": {"timestamps": False}}
        for one in columns:
            name, kind = (one.name, one.later) if is_later else (one.former, one.kind)
            nullable = one.is_nullable if is_later else one.was_nullable
            options: dict[str, Any] = {"max_length": 50} if kind == "str" else {}
            if is_later and name != one.former:
                options["renamed_from"] = one.former
            if is_later and one.was_nullable and not nullable:
                options["backfill"] = VALUES[kind][1]
            annotations[name] = kinds[kind] | None if nullable else kinds[kind]
            body[name] = field(**options, default=None) if nullable else field(**options)
        if is_later and model in case.added:
            # SQLite has to make the table anew for it
            annotations["added"] = str
            body["added"] = field(max_length=20, backfill="x")
        if is_later and case.tables[model] != TABLES[model]:
            body["__dataflow__"] = {"timestamps": False, "table": case.tables[model], "renamed_from": TABLES[model]}
        db.model(type(model, (), {"__annotations__": annotations, "__module__": __name__, **body}))
    return db


def statements(case: Case, kind: Kind) -> Iterator[str]:
    quote = "`" if kind == "mysql" else '"'

    def column(place: tuple[str, str], of: str = "") -> str:
        return f"{of}{quote}{place[1]}{quote}"

    for number, places in enumerate(case.others.views):
        models = sorted({model for model, _ in places})
        shown = [f"{column(place, f'{place[0][0].lower()}.')} AS c{place_number}" for place_number, place in enumerate(places)]  # fmt: skip
        source = ", ".join(f"{TABLES[model]} {model[0].lower()}" for model in models)
        yield f"CREATE VIEW view{number} AS SELECT {', '.join(shown)} FROM {source}"
        if case.others.stacked:
            yield f"CREATE VIEW above{number} AS SELECT c0 AS c0 FROM view{number}"
    yield "CREATE TABLE log (what varchar(50))"
    if kind == "postgres" and case.others.triggers:
        yield "CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('x'); RETURN NEW; END $$"
    for number, place in enumerate(case.others.triggers):
        table, own = TABLES[place[0]], column(place)
        if kind == "postgres":
            yield f"CREATE TRIGGER trigger{number} AFTER UPDATE OF {own} ON {table} FOR EACH ROW WHEN (OLD.{own} = NEW.{own} OR NEW.{own} IS NULL) EXECUTE FUNCTION written()"
        elif kind == "sqlite":
            other = next(one for one in TABLES.values() if one != table)
            yield f"CREATE TRIGGER trigger{number} AFTER UPDATE OF {own} ON {table} BEGIN INSERT INTO log SELECT 'x' FROM (SELECT 1) WHERE NEW.{own} IS OLD.{own} AND (SELECT count(*) FROM {other}) > 0; END"
        else:
            yield f"CREATE TRIGGER trigger{number} AFTER UPDATE ON {table} FOR EACH ROW INSERT INTO log SELECT 'x' FROM (SELECT 1 AS one) t WHERE NEW.{own} <=> OLD.{own}"
    for number, place in enumerate(case.others.indexes):
        is_text = any(one.kind == "str" for one in case.columns[place[0]] if one.former == place[1])
        where = "" if kind == "mysql" else f" WHERE {column(place)} IS NOT NULL"
        prefix = "(5)" if kind == "mysql" and is_text else ""
        yield f"CREATE INDEX others_{number} ON {TABLES[place[0]]} ({column(place)}{prefix}, id){where}"


async def seen(db: DataFlow) -> SchemaSnapshot:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        found: SchemaSnapshot = await db.adapter.schema.snapshot(session)  # type: ignore[attr-defined]  # same
        return found


async def rows(db: DataFlow, sql: str) -> list[tuple[Any, ...]]:
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        return sorted(map(tuple, await session.rows(sql)), key=repr)


async def shown(db: DataFlow, case: Case) -> list[list[tuple[Any, ...]]]:
    """What every view shows; a number is the same number as another type."""
    names = [f"view{number}" for number in range(len(case.others.views))]
    names += [f"above{number}" for number in range(len(case.others.views)) if case.others.stacked]
    found = [await rows(db, f"SELECT * FROM {name}") for name in names]  # of the test's own names
    return [sorted([tuple(float(one) if isinstance(one, int) else one for one in row) for row in view], key=repr) for view in found]  # fmt: skip


async def fired(db: DataFlow, case: Case, *, is_later: bool) -> int:
    """How many triggers a change of every column to what it is fires."""
    async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
        await session.run("DELETE FROM log")
        quoted = db.adapter.schema.quoted  # type: ignore[attr-defined]  # same
        for model, columns in case.columns.items():
            table = case.tables[model] if is_later else TABLES[model]
            names = [quoted(one.name if is_later else one.former) for one in columns]
            same = ", ".join(f"{name} = {name}" for name in names)
            await session.run(f"UPDATE {table} SET {same} WHERE id = 1")  # of the test's own names
    return len(await rows(db, "SELECT what FROM log"))


def own(schema: SchemaSnapshot) -> SchemaSnapshot:
    """Without what others have made: its text the server may write anew."""
    return schema.only(
        lambda ref: ref.kind not in ("view", "trigger", "routine") and not ref.name.startswith("others_")
    )


def hindered(case: Case) -> bool:
    """Whether something is renamed that a view or trigger names, which MySQL does not follow."""
    moved = {
        (model, one.former) for model, columns in case.columns.items() for one in columns if one.name != one.former
    }
    tables = {model for model in TABLES if case.tables[model] != TABLES[model]}
    named = [place for view in case.others.views for place in view] + [*case.others.triggers]
    return any(place in moved for place in named) or any(
        model in tables for view in case.others.views for model, _ in view
    )


@law
@given(cases())
def test_what_others_have_made_is_as_it_was(emptied: Any, database_kind: Kind, case: Case) -> None:
    async def run(url: str) -> None:
        async with registered(url, case, is_later=False) as db:
            await db.migrations.apply()
            for model, columns in case.columns.items():
                for place in (0, 1):
                    values = {one.former: VALUES[one.kind][place] for one in columns}
                    if place:
                        values |= {one.former: None for one in columns if one.was_nullable}
                    await getattr(db, model).create(**values)
            async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
                for statement in statements(case, database_kind):
                    await session.run(statement)
            before, views, triggers = await seen(db), await shown(db, case), await fired(db, case, is_later=False)
            assert triggers == len(case.others.triggers)
            assert (await db.migrations.plan()).is_empty
        async with registered(url, case, is_later=True) as db:
            plan = await db.migrations.plan(accept=ACCEPTED)
            if database_kind == "mysql" and hindered(case):
                assert {one.code for one in plan.stops} == {"DF-G212"}
                return
            await db.migrations.apply(plan, accept=ACCEPTED)
            assert (await db.migrations.plan()).is_empty
            assert await fired(db, case, is_later=True) == triggers
            if not any(one.was_nullable and not one.is_nullable for own in case.columns.values() for one in own):
                assert await shown(db, case) == views
            await shown(db, case)
            if not plan.steps:
                return
            await db.migrations.rollback()
        async with registered(url, case, is_later=False) as db:
            assert own(await seen(db)) == own(before), diff(own(before), own(await seen(db)))
            assert {*(await seen(db)).objects} == {*before.objects}
            assert await shown(db, case) == views
            assert await fired(db, case, is_later=False) == triggers

    asyncio.run(run(emptied()))
