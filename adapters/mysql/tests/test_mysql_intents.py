"""Renames, values for rows that are there, and values given back: what is known beside the two schemas."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from dataflow import DataFlow, MigrationError
from dataflow.migrations import Change, Intents, KeptValue, ObjectRef, SchemaObject, SchemaSnapshot, Session
from dataflow_testkit.ways import Way, changes_between, opened

pytestmark = pytest.mark.databases("mysql")


async def described(way: Way, *statements: str) -> SchemaSnapshot:
    """What the server makes of some statements; nothing is left of them."""
    await way.statements(statements)
    found = await way.there()
    await way.emptied()
    return found


def table(name: str) -> ObjectRef:
    return ObjectRef("table", name)


def column(table: str, name: str) -> ObjectRef:
    return ObjectRef("column", name, table)


async def values(session: Session, sql: str = "SELECT * FROM t ORDER BY id") -> list[tuple[Any, ...]]:
    return await session.rows(sql)


async def test_columns_are_renamed_with_what_is_computed_from_them(database_url: str) -> None:
    db = DataFlow(database_url)
    end = (
        "CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT, z INT, g INT AS (b + 1) VIRTUAL, h INT AS (g + z) STORED,"
        " KEY ka (b), KEY kz (z, b), CONSTRAINT ck CHECK (b > a), CONSTRAINT other CHECK (z < 1000))"
    )
    start = (
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, g INT AS (a + 1) VIRTUAL, h INT AS (g + c) STORED,"
        " KEY ka (a), KEY kz (c, a), CONSTRAINT ck CHECK (a > b), CONSTRAINT other CHECK (c < 1000))"
    )
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        wanted = await described(way, end)
        await way.statements([start, "INSERT INTO t (id, a, b, c) VALUES (1, 20, 10, 30)"])
        original = await way.there()
        pairs = {"b": "a", "a": "b", "z": "c"}
        changes = [
            Change(original.objects[column("t", old)], wanted.objects[column("t", new)]) for new, old in pairs.items()
        ]
        steps = schema.steps(changes, wanted, wanted, Intents())
        assert [step.kind for step in steps] == ["rename"]
        await way.go(steps)
        assert changes_between(await way.there(), wanted) == []
        assert await values(session, "SELECT id, b, a, z, g, h FROM t") == [(1, 20, 10, 30, 21, 51)]
        await way.back(steps)
        assert changes_between(await way.there(), original) == []
    await db.close()


def with_names(schema: SchemaSnapshot, tables: dict[str, str]) -> SchemaSnapshot:
    """The schema with other names of tables."""

    def renamed(ref: ObjectRef) -> ObjectRef:
        name = tables.get(ref.name, ref.name) if ref.kind == "table" else ref.name
        return attrs.evolve(ref, name=name, table=tables.get(ref.table, ref.table))

    def of(one: SchemaObject) -> SchemaObject:
        target = getattr(one, "referred_table", None)
        changes: dict[str, Any] = {"ref": renamed(one.ref)}
        if target is not None:
            changes["referred_table"] = renamed(target)
            changes["definition"] = getattr(one, "definition", "").replace(
                f"`{target.name}`", f"`{renamed(target).name}`"
            )
        return attrs.evolve(one, **changes)

    return attrs.evolve(schema, objects=[of(one) for one in schema.objects.values()])


async def test_tables_are_renamed_and_may_exchange_their_names(database_url: str) -> None:
    db = DataFlow(database_url)
    start = [
        "CREATE TABLE a (id INT PRIMARY KEY, CHECK (id > 0))",
        "CREATE TABLE b (id INT PRIMARY KEY, r INT, FOREIGN KEY (r) REFERENCES a (id))",
        "CREATE TABLE c (id INT PRIMARY KEY, KEY old (id))",
        "CREATE TABLE d (id INT PRIMARY KEY)",
        "INSERT INTO a VALUES (1)",
    ]
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        await way.statements(start)
        original = await way.there()
        # two exchange their names, one takes that of another which is renamed itself
        names = {"a": "b", "b": "a", "c": "d", "d": "e"}
        before = with_names(original, names)
        after = attrs.evolve(
            before,
            objects=[
                attrs.evolve(one, ref=attrs.evolve(one.ref, name="new")) if one.ref.name == "old" else one
                for one in before.objects.values()
            ],
        )
        changes = [Change(original.objects[table(old)], before.objects[table(new)]) for old, new in names.items()]
        changes.append(
            Change(before.objects[ObjectRef("index", "old", "d")], after.objects[ObjectRef("index", "new", "d")])
        )
        steps = schema.steps(changes, before, after, Intents())
        assert {step.kind for step in steps} == {"rename"}
        for step in steps:
            await way.statements(step.sql)
        assert changes_between(await way.there(), after) == []
        assert await values(session, "SELECT id FROM b") == [(1,)]
        await way.back(steps)
        assert changes_between(await way.there(), original) == []
    await db.close()


async def test_a_name_that_another_index_has_is_no_plain_rename(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        wanted = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY two (a))")
        await way.statements(["CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY one (a), KEY two (b))"])
        before = await way.there()
        one, two = (ObjectRef("index", name, "t") for name in ("one", "two"))
        changes = [Change(before.objects[one], wanted.objects[two]), Change(before.objects[two], None)]
        steps = schema.steps(changes, before, wanted, Intents())
        await way.go(steps)
        assert await way.there() == wanted
        await way.back(steps)
        assert await way.there() == before
    await db.close()


async def test_a_required_column_comes_with_a_value_for_the_rows_that_are_there(database_url: str) -> None:
    db = DataFlow(database_url)
    wide = (
        "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, words LONGTEXT NOT NULL, maybe VARCHAR(5), day DATE NOT NULL COMMENT 'x, y',"
        " raw LONGBLOB NOT NULL, told INT NOT NULL DEFAULT 3)"
    )
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        wanted = await described(way, wide)
        await way.statements(["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"])
        original = await way.there()
        given = {"n": "7", "words": "'it''s'", "maybe": "'m'", "day": "'2020-02-03'", "raw": "X'00ff'", "told": "9"}
        intents = Intents(backfills={column("t", name): value for name, value in given.items()})
        steps = await way.to(wanted, intents)
        rows = await values(session, "SELECT n, words, maybe, day, HEX(raw), told FROM t")
        assert [tuple(map(str, row)) for row in rows] == [("7", "it's", "m", "2020-02-03", "00FF", "9")] * 2
        await session.run("INSERT INTO t (id, n, words, day, raw) VALUES (3, 1, 'w', NOW(), '')")
        assert await values(session, "SELECT maybe, told FROM t WHERE id = 3") == [(None, 3)]
        await way.back(steps)
        assert await way.there() == original
    await db.close()


async def test_what_may_be_null_no_more_gets_a_value_where_it_is(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        wanted = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)")
        await way.statements(["CREATE TABLE t (id INT PRIMARY KEY, n INT)", "INSERT INTO t VALUES (1, NULL), (2, 5)"])
        original = await way.there()
        (step,) = await way.to(wanted, Intents(backfills={column("t", "n"): "0"}))
        assert await values(session) == [(1, 0), (2, 5)]
        await way.back([step])
        assert await way.there() == original
    await db.close()


async def test_dropped_columns_come_back_with_their_values(database_url: str) -> None:
    db = DataFlow(database_url)
    wide = (
        "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL COMMENT 'was', d DATETIME NOT NULL, w VARCHAR(9) DEFAULT 'x', narrow VARCHAR(20),"
        " g INT AS (n + 1) STORED, KEY kn (n))"
    )
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        wanted = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, narrow VARCHAR(2))")
        await way.statements(
            [wide, "INSERT INTO t (id, n, d, w, narrow) VALUES (1, 10, '2020-01-01', 'one', 'longer'), (2, 20, '2021-01-01', NULL, 'ab')",
             "CREATE TABLE dataflow_kept AS SELECT * FROM t", "UPDATE t SET narrow = LEFT(narrow, 2)"]
        )  # fmt: skip
        original, rows = await way.there(), await values(session, "SELECT * FROM dataflow_kept ORDER BY id")
        same = "FROM dataflow_kept WHERE dataflow_kept.id = t.id"
        kept = {
            column("t", name): KeptValue(f"(SELECT dataflow_kept.{name} {same})", f"EXISTS (SELECT 1 {same})")
            for name in ("n", "d", "w", "narrow")
        }
        before = await way.there()
        steps = schema.steps(changes_between(before, wanted), before, wanted, Intents(kept=kept))
        for step in steps:
            await way.statements(step.sql)
        assert await way.there() == wanted
        await session.run("INSERT INTO t VALUES (3, 'z')")
        for step in reversed(steps):
            # cut short behind each of its statements, an undoing is begun anew
            for cut in range(1, len(step.inverse)):
                await way.statements(step.inverse[:cut])
                assert (await way.there()).objects.get(step.target) != step.before
            await way.statements(step.inverse)
        assert await way.there() == original
        found = await values(session, "SELECT id, n, d, w, narrow, g FROM t ORDER BY id")
        assert found[:2] == rows
        assert (found[2][0], found[2][1], found[2][3], found[2][4]) == (3, 0, None, "z")
    await db.close()


async def test_what_nothing_can_make_anew_is_refused_by_its_name(database_url: str) -> None:
    db = DataFlow(database_url)
    async with opened(db) as (session, schema):
        way = Way(session, schema)
        virtual = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, v INT AS (id + 1) VIRTUAL)")
        plain = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, v INT)")
        with pytest.raises(MigrationError) as caught:
            schema.steps(changes_between(virtual, plain), virtual, plain, Intents())
        assert caught.value.code == "DF-G112"
        assert caught.value.problems[0].message == (
            "'column t.v' cannot be made anew: its values are computed whenever they are read, and would be lost"
        )
        if session.dialect == "mariadb":
            versioned = await described(way, "CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING")
            with pytest.raises(MigrationError) as caught:
                schema.steps(changes_between(plain, versioned), plain, versioned, Intents())
            assert "the periods of a versioned table" in caught.value.problems[0].message
        policy = SchemaSnapshot("mysql", [attrs.evolve(plain.objects[table("t")], ref=ObjectRef("extension", "x"))])
        with pytest.raises(MigrationError) as caught:
            schema.steps(changes_between(plain, policy), plain, policy, Intents())
        assert "extension x" in str(caught.value)
    await db.close()
