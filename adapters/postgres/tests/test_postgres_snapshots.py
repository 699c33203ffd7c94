"""What the catalogue says of a schema, and that the models' own reads like the one that is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

import pytest

from dataflow import DataFlow, Index, field
from dataflow.diagnostics import AdapterError
from dataflow.migrations import Column, Constraint, Defined, Dependency, ObjectRef, SchemaSnapshot, Table
from dataflow.migrations import Index as IndexObject
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.dialect import PostgresSchema
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers import ServerAdapter

pytestmark = pytest.mark.databases("postgres")
RICH = (Path(__file__).parent / "rich_schema.sql").read_text(encoding="utf-8")
SCHEMA = PostgresSchema(PostgresDialect())
Opened = Callable[[], AbstractAsyncContextManager[PostgresSession]]


@pytest.fixture
async def rich(session: PostgresSession) -> SchemaSnapshot:
    await session.run(RICH)
    return await SCHEMA.snapshot(session)


def column(name: str, table: str) -> ObjectRef:
    return ObjectRef("column", name, table)


def names(schema: SchemaSnapshot, kind: str) -> list[str]:
    return [ref.dotted + ref.signature for ref in schema.objects if ref.kind == kind]


def test_every_kind_is_found(rich: SchemaSnapshot) -> None:
    assert {
        kind: names(rich, kind) for kind in ("type", "domain", "sequence", "extension", "rule", "policy", "statistics")
    } == {
        "type": ["mood", "point3", "span"],
        "domain": ["email", "percent"],
        "sequence": ["numbers", "people_serial_no_seq"],
        "extension": ["citext"],
        "rule": ["happy.happy_insert", "Countries.no_delete"],
        "policy": ["notes.all_notes", "notes.own_notes"],
        "statistics": ["people.people_stats"],
    }
    assert names(rich, "view") == ["a_few_happy", "bosses", "checked", "happy"]
    assert names(rich, "materialized_view") == ["moods"]
    assert names(rich, "trigger") == ["notes.late", "people.touch", "events.touch_all", "events.touch_each"]
    assert names(rich, "routine") == [
        "boss_of(person people)", "count_of_people()", "forget(IN days integer, INOUT gone integer)",
        "is_even(value integer)", "is_even(value text)", "next_number()", "product(double precision)", "touched()",
    ]  # fmt: skip
    assert rich.dialect == "postgresql"


def test_columns_say_all_that_the_catalogue_says(rich: SchemaSnapshot) -> None:
    found = rich.objects
    assert found[column("name", "people")] == Column(
        ref=column("name", "people"), type="character varying(80)", nullable=False, collation='"C"'
    )
    assert found[column("id", "people")] == Column(
        ref=column("id", "people"), type="bigint", nullable=False, identity="by default",
        options={"counter": "START WITH 100 INCREMENT BY 2"},
    )  # fmt: skip
    assert found[column("upper_name", "people")] == Column(
        ref=column("upper_name", "people"), type="text", generated="upper(name::text)"
    )
    assert found[column("settings", "people")] == Column(
        ref=column("settings", "people"), type="jsonb", nullable=False, default="'{\"a\": [1, 2]}'::jsonb",
        options={"storage": "external", "statistics": "500"},
    )  # fmt: skip
    assert found[column("tags", "people")] == Column(
        ref=column("tags", "people"), type="text[]", default="'{}'::text[]",
        options={"compression": "pglz", "with": "n_distinct=5"},
    )  # fmt: skip
    assert found[column("full name", "Countries")] == Column(
        ref=column("full name", "Countries"), type="text", nullable=False, comment="in their own language"
    )
    assert [one.ref.name for one in rich.columns_of(ObjectRef("table", "parts"))] == ["a", "b", "c"]


def test_tables_say_how_they_are_kept_and_parted(rich: SchemaSnapshot) -> None:
    def options(name: str) -> dict[str, str]:
        return dict(cast(Table, rich.objects[ObjectRef("table", name)]).options)

    assert options("people") == {"with": "fillfactor=70, toast.autovacuum_enabled=false", "replica_identity": "full"}
    assert options("bookings") == {"persistence": "unlogged"}
    assert options("parts") == {"replica_identity": "parts_pkey"}
    assert options("long_notes") == {"inherits": "notes"}
    assert options("notes") == {"row_security": "forced"}
    assert options("events") == {"partition_by": "RANGE (at)"}
    assert options("events_2021") == {
        "partition_of": "events",
        "partition_by": "LIST (id)",
        "bound": "FOR VALUES FROM ('2021-01-01 00:00:00+00') TO ('2022-01-01 00:00:00+00')",
    }


def test_constraints_and_indexes_are_taken_apart(rich: SchemaSnapshot) -> None:
    def constraint(name: str, table: str) -> Constraint:
        return cast(Constraint, rich.objects[ObjectRef("constraint", name, table)])

    boss = constraint("people_boss", "people")
    assert (boss.columns, boss.referred_table, boss.referred_columns) == (
        ("boss_id",),
        ObjectRef("table", "people"),
        ("id",),
    )
    assert (boss.on_delete, boss.on_update, boss.deferrable, boss.initially_deferred) == (
        "set null",
        "no action",
        True,
        False,
    )
    assert constraint("uses_a_b_fkey", "uses").match == "full"
    assert constraint("one_only", "uses").options == {"on_delete_columns": "b"}
    assert not constraint("later", "uses").validated
    assert not constraint("even", "people").validated
    assert constraint("people_age", "people").options == {"no_inherit": "yes"}
    assert constraint("people_serial", "people").initially_deferred
    # an index that a constraint has made is no index of its own
    assert [ref.name for ref in rich.objects if ref.kind == "index" and ref.table == "people"] == [
        "people_born", "people_mail", "people_order", "people_settings", "people_tags",
    ]  # fmt: skip
    order = cast(IndexObject, rich.objects[ObjectRef("index", "people_order", "people")])
    assert order.keys == (
        "lower(name::text)", "number DESC", "born DESC NULLS LAST", 'name COLLATE "POSIX" text_pattern_ops',
    )  # fmt: skip
    mail = cast(IndexObject, rich.objects[ObjectRef("index", "people_mail", "people")])
    assert (mail.keys, mail.unique, mail.where) == (("mail",), True, "mood <> 'sad'::mood")
    assert mail.options == {"include": '"name", "number"', "nulls_not_distinct": "yes"}


def test_what_needs_what_is_known(rich: SchemaSnapshot) -> None:
    happy, people = ObjectRef("view", "happy"), "people"
    needed = set(rich.dependencies)
    assert {
        Dependency(happy, column("mood", people)),
        Dependency(ObjectRef("view", "a_few_happy"), happy),
        Dependency(ObjectRef("materialized_view", "moods"), ObjectRef("view", "a_few_happy")),
        Dependency(ObjectRef("trigger", "touch", people), ObjectRef("routine", "touched", signature="()")),
        Dependency(ObjectRef("trigger", "touch", people), column("name", people)),
        Dependency(ObjectRef("constraint", "people_country", people), column("code", "Countries")),
        Dependency(column("serial_no", people), ObjectRef("sequence", "people_serial_no_seq")),
        Dependency(column("upper_name", people), column("name", people)),
        Dependency(column("mood", people), ObjectRef("type", "mood")),
        Dependency(ObjectRef("table", "events_2020"), ObjectRef("table", "events")),
        Dependency(ObjectRef("policy", "own_notes", "notes"), column("id", people)),
        Dependency(ObjectRef("view", "bosses"), ObjectRef("routine", "boss_of", signature="(person people)")),
    } <= needed


async def test_a_schema_reads_alike_whatever_the_session_is_set_to(
    rich: SchemaSnapshot, session: PostgresSession
) -> None:
    await session.run("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'")
    await session.run("SET search_path = public, pg_catalog; SET quote_all_identifiers = on")
    again = await SCHEMA.snapshot(session)
    assert again == rich
    assert again.fingerprint == rich.fingerprint
    assert await session.rows("SELECT current_setting('search_path'), current_setting('TimeZone')") == [
        ("public, pg_catalog", "Asia/Tokyo")
    ]


async def test_a_look_inside_a_transaction_sees_what_is_not_committed(session: PostgresSession) -> None:
    async with session.transaction():
        await session.run("SET LOCAL TimeZone = 'Asia/Tokyo'; CREATE TABLE t (a int)")
        assert ObjectRef("table", "t") in (await SCHEMA.snapshot(session)).objects
        assert await session.rows("SELECT current_setting('TimeZone'), current_setting('search_path')") == [
            ("Asia/Tokyo", '"$user", public')
        ]
        assert await session.rows("SELECT a FROM t") == []


async def test_some_tables_come_with_the_views_above_them_alone(rich: SchemaSnapshot, session: PostgresSession) -> None:
    await session.run("CREATE SCHEMA other; CREATE VIEW other.far AS SELECT name FROM people")
    try:
        some = await SCHEMA.snapshot(session, ["people"])
    finally:
        # only the first schema is emptied between tests
        await session.run("DROP SCHEMA other CASCADE")
    assert {ref for ref in some.objects if ref.kind not in ("column", "constraint", "index", "trigger", "rule")} == {
        ObjectRef("table", "people"), ObjectRef("view", "happy"), ObjectRef("view", "a_few_happy"),
        ObjectRef("view", "bosses"), ObjectRef("view", "far", schema="other"), ObjectRef("materialized_view", "moods"),
        ObjectRef("sequence", "people_serial_no_seq"), ObjectRef("statistics", "people_stats", "people"),
    }  # fmt: skip
    assert some.tables(["people"]) == rich.tables(["people"])


async def test_the_frameworks_own_tables_are_left_out(session: PostgresSession) -> None:
    await session.run("CREATE TABLE dataflow_migration (id serial PRIMARY KEY); CREATE TABLE dataflows (a int)")
    assert list((await SCHEMA.snapshot(session)).objects) == [column("a", "dataflows"), ObjectRef("table", "dataflows")]


async def test_what_cannot_be_made_anew_is_told_of(session: PostgresSession) -> None:
    await session.run(
        "CREATE COLLATION german (provider = icu, locale = 'de');"
        "CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);"
        "CREATE TEXT SEARCH CONFIGURATION own (COPY = simple)"
    )
    assert list((await SCHEMA.snapshot(session)).objects.values()) == [
        Defined(ref=ObjectRef("collation", "german"), definition=""),
        Defined(ref=ObjectRef("operator", "===(integer,integer)"), definition=""),
        Defined(ref=ObjectRef("text_search", "configuration own"), definition=""),
    ]


async def test_a_database_without_a_schema_has_nothing(session: PostgresSession) -> None:
    await session.run("CREATE TABLE t (a int); SET search_path = ''")
    assert dict((await SCHEMA.snapshot(session)).objects) == {}


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def with_models(db: DataFlow) -> None:
    @db.model
    class Author:
        id: int
        email: str = field(unique=True)
        colour: Colour = Colour.RED
        size: Literal[1, 2] = 1
        balance: Decimal = Decimal(0)
        born: date | None = None
        wakes: time | None = None
        works: timedelta | None = None
        key: UUID | None = field(default=None, index=True)
        photo: bytes | None = None
        settings: dict[str, Any] = field(default_factory=dict)
        at: datetime | None = None

        __indexes__ = [  # noqa: RUF012  # as users write it
            Index("email", "size", where={"size": {"$in": [1, 2]}, "colour": "red"}),
            Index("balance", where={"at": {"$null": True}, "email": {"$gt": "m"}}, name="own name"),
        ]

    @db.model
    class Book:
        id: UUID
        author_id: int = field(references="Author.id", on_delete="cascade")
        translator_id: int | None = field(default=None, references="Author.id", on_delete="set_null")
        ratio: float = 1.5
        sold: bool = False


async def test_the_models_tables_are_as_they_would_be_made(database_url: str) -> None:
    async with DataFlow(database_url) as db:
        with_models(db)
        models = list(db.models.values())
        adapter = cast(ServerAdapter, db.adapter)
        async with adapter.session("test") as session:
            wanted = await SCHEMA.desired(session, models)
            assert dict((await SCHEMA.snapshot(session)).objects) == {}
            await adapter.ensure(models, create=True)
            there = await SCHEMA.snapshot(session)
            assert there == wanted
            assert there.fingerprint == wanted.fingerprint
            # beside those that are there, and inside a transaction too
            async with session.transaction():
                assert await SCHEMA.desired(session, models) == wanted
                assert await SCHEMA.snapshot(session) == wanted
            assert await session.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dataflow%'") == []


async def test_without_the_right_to_make_a_schema_temporary_tables_say_the_same(database_url: str) -> None:
    async with DataFlow(database_url) as db:
        with_models(db)
        models = list(db.models.values())
        async with cast(ServerAdapter, db.adapter).session("test") as session:
            wanted = await SCHEMA.desired(session, models)
            role = f"dataflow_poor_{os.getpid()}"
            await session.run(f"CREATE ROLE {role}; GRANT USAGE ON SCHEMA public TO {role}")
            try:
                await session.run(f"SET ROLE {role}")
                assert await SCHEMA.desired(session, models) == wanted
                assert await session.rows("SELECT 1 FROM pg_class WHERE relname = 'authors'") == []
                await session.run("RESET ROLE")
                await session.run(
                    "DO $$ BEGIN EXECUTE 'REVOKE TEMP ON DATABASE ' || current_database() || ' FROM PUBLIC'; END $$"
                )
                await session.run(f"SET ROLE {role}")
                with pytest.raises(AdapterError, match="DF-A123"):
                    await SCHEMA.desired(session, models)
            finally:
                await session.run("RESET ROLE")
                await session.run(
                    "DO $$ BEGIN EXECUTE 'GRANT TEMP ON DATABASE ' || current_database() || ' TO PUBLIC'; END $$"
                )
                await session.run(f"REVOKE USAGE ON SCHEMA public FROM {role}; DROP ROLE {role}")


async def test_types_of_an_extension_in_the_same_schema_read_alike(session: PostgresSession) -> None:
    await session.run("CREATE EXTENSION citext; CREATE TABLE t (a citext)")
    found = cast(Column, (await SCHEMA.snapshot(session)).objects[column("a", "t")])
    assert found.type == "citext"


async def test_literals_are_what_the_models_would_store(database_url: str) -> None:
    async with DataFlow(database_url) as db:
        with_models(db)
        author = db.models["Author"]
        values: dict[str, object] = {
            "email": "it's \\ \"so\" ?", "size": 2, "balance": Decimal("1.50"), "born": date(2020, 2, 29),
            "wakes": time(6, 30, 0, 5), "works": timedelta(days=-1, hours=3, microseconds=7),
            "key": UUID(int=5), "photo": b"\x00\xff'", "settings": {"a": [1, "it's", None]},
            "at": datetime.fromisoformat("2020-01-01T12:00:00+02:00"), "colour": Colour.BLUE,
        }  # fmt: skip
        written = ", ".join(f"{name} = {SCHEMA.literal(author.fields[name], value)}" for name, value in values.items())
        made = await db.Author.create(email="x")
        async with cast(ServerAdapter, db.adapter).session("test") as session:
            assert await session.change(f"UPDATE authors SET {written}") == 1
        read = await db.Author.read(made["id"])
        assert {name: read[name] for name in values} == values
