"""The predicted impact of a delete is what a real delete does, on schemas and rows of any shape, on every database that is there."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import attrs
import pymysql
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dataflow import DataFlow
from dataflow_foreign_keys.impact import Impact
from dataflow_testkit.databases import Kind, connect_mysql

DELETE_ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
UPDATE_ACTIONS = ("NO ACTION", "CASCADE", "SET NULL", "RESTRICT")
MAX_EXAMPLES = 2_000 if os.environ.get("LAWS") == "soak" else 60


@attrs.frozen
class Reference:
    """Column ``column`` of ``child`` refers to ``target`` of ``parent``; a ``double`` one by the columns ``g`` of both too.

    So a column may be part of several keys, and of a key that others refer to.
    """

    column: str
    child: str
    parent: str
    target: str
    ondelete: str
    onupdate: str
    required: bool
    deferred: bool
    unique: bool
    default: str | None
    double: bool

    @property
    def name(self) -> str:
        return f"fk_{self.column}"


@attrs.frozen
class Schema:
    """Tables with text keys, and their rows as values by column; ``doomed`` are the keys that are deleted from ``root``."""

    tables: tuple[str, ...]
    references: tuple[Reference, ...]
    rows: Mapping[str, Sequence[Mapping[str, str | None]]]
    root: str
    doomed: tuple[str, ...]

    def of(self, table: str) -> list[Reference]:
        return [one for one in self.references if one.child == table]


@st.composite
def schemas(draw: st.DrawFn, kind: Kind) -> Schema:
    """Drawn by a seed: what hypothesis draws by itself is mostly empty tables."""
    sizes = draw(st.tuples(st.integers(2, 6), st.integers(1, 12), st.integers(1, 6)))
    return made(Random(draw(st.integers(0, 2**32))), kind, *sizes)


def made(chance: Random, kind: Kind, tables: int, references: int, rows: int) -> Schema:
    names = tuple(f"t{number}" for number in range(tables))
    keys: list[Reference] = []
    for number in range(references):
        keys.append(one_reference(f"r{number}", names, keys, kind, chance))
    found: dict[str, list[dict[str, str | None]]] = {
        table: [
            {"id": f"{table}{number}", "g": chance.choice(["x", "x", "y", None])}
            for number in chance.sample(range(rows), chance.randint(1, rows))
        ]
        for table in names
    }
    for one in keys:
        refer(one, found, chance)
    there = closed(found, keys)
    root = chance.choice([table for table in names if there[table]] or [names[0]])
    ids = [str(row["id"]) for row in there[root]]
    return Schema(
        names, tuple(keys), there, root, tuple(chance.sample(ids, chance.randint(1, len(ids))) if ids else ())
    )


def one_reference(
    column: str, tables: Sequence[str], others: Sequence[Reference], kind: Kind, chance: Random
) -> Reference:
    child, parent = chance.choice(tables), chance.choice(tables)
    required, unique, double = (chance.random() < 0.2 for _ in range(3))
    actions, updates = [*DELETE_ACTIONS, "CASCADE", "CASCADE", "SET NULL"], list(UPDATE_ACTIONS)
    if kind == "mysql":
        # InnoDB has no SET DEFAULT, and no SET NULL of a column that may not be null
        refused = {"SET DEFAULT", "SET NULL"} if required else {"SET DEFAULT"}
        actions, updates = ([one for one in some if one not in refused] for some in (actions, updates))
    # a column that refers may be referred to itself
    targets = ["id", "id", *(one.column for one in others if one.child == parent and one.unique)]
    target = "id" if double else chance.choice(targets)
    if kind == "mysql" and required and target != "id":
        # nor one that could be set to null by what it refers to
        updates = [one for one in updates if one != "CASCADE"]
    return Reference(
        column, child, parent, target, chance.choice(actions), chance.choice(updates),
        required, kind != "mysql" and chance.random() < 0.2, unique,
        chance.choice([None, None, f"{parent}0", f"{parent}1", "nobody"]), double,
    )  # fmt: skip


def refer(one: Reference, rows: dict[str, list[dict[str, str | None]]], chance: Random) -> None:
    """Give the rows of a table their values; a row that must refer and finds none is left out."""
    used: set[str | None] = set()
    for row in list(rows[one.child]):
        left = [
            other[one.target]
            for other in rows[one.parent]
            if other.get(one.target) is not None and (not one.double or row["g"] in (None, other["g"]))
        ]
        left = [value for value in left if value not in used] if one.unique else left
        if left and (one.required or chance.random() < 0.8):
            row[one.column] = chance.choice(left)
            used.add(row[one.column])
        elif one.required:
            rows[one.child].remove(row)
        else:
            row[one.column] = None


Given = Mapping[str, Sequence[Mapping[str, str | None]]]


def closed(rows: Given, references: Sequence[Reference]) -> Given:
    """The rows that refer to rows that are there, to the last."""
    while True:
        kept = {
            table: [row for row in own if all(_refers(row, one, rows) for one in references if one.child == table)]
            for table, own in rows.items()
        }
        if kept == rows:
            return kept
        rows = kept


def _refers(row: Mapping[str, str | None], one: Reference, rows: Given) -> bool:
    if row.get(one.column) is None or (one.double and row["g"] is None):
        return True
    return any(
        row[one.column] == other.get(one.target) and (not one.double or row["g"] == other["g"])
        for other in rows[one.parent]
    )


def definitions(schema: Schema, kind: Kind) -> Iterator[str]:
    key = "VARCHAR(20)" if kind == "mysql" else "TEXT"
    for table in schema.tables:
        columns = [f"id {key} NOT NULL PRIMARY KEY", f"g {key}"]
        for one in schema.of(table):
            default = f" DEFAULT '{one.default}'" if one.default is not None else ""
            columns.append(f"{one.column} {key}{default}{' NOT NULL' * one.required}{' UNIQUE' * one.unique}")
        inline = [reference(one) for one in schema.of(table)] if kind == "sqlite" else []
        yield f"CREATE TABLE {table} ({', '.join([*columns, 'UNIQUE (id, g)', *inline])})"
    for table in schema.tables:
        for row in schema.rows[table]:
            values = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
            yield f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"
    if kind != "sqlite":
        yield from (f"ALTER TABLE {one.child} ADD {reference(one)}" for one in schema.references)


def reference(one: Reference) -> str:
    return (
        f"CONSTRAINT {one.name} FOREIGN KEY ({one.column}{', g' * one.double})"
        f" REFERENCES {one.parent} ({one.target}{', g' * one.double})"
        f" ON DELETE {one.ondelete} ON UPDATE {one.onupdate}" + " DEFERRABLE INITIALLY DEFERRED" * one.deferred
    )


def deletion(schema: Schema) -> str:
    return f"DELETE FROM {schema.root} WHERE id IN ({', '.join(f'{one!r}' for one in schema.doomed)})"


Rows = dict[str, dict[str, dict[str, Any]]]


@attrs.frozen
class Outcome:
    """What a real delete did: the rows before and after, or the message that refused it."""

    before: Rows
    after: Rows
    refusal: str = ""


def outcome_on_sqlite(schema: Schema, file: Path) -> Outcome:
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.row_factory = sqlite3.Row
        raw.execute("PRAGMA foreign_keys = ON")

        def rows() -> Rows:
            return {
                table: {row["id"]: dict(row) for row in raw.execute(f"SELECT * FROM {table}")}
                for table in schema.tables
            }

        before = rows()
        raw.execute("BEGIN")
        try:
            raw.execute(deletion(schema))
            after = rows()
            # nothing else commits here: a deferred key refuses now
            raw.execute("COMMIT")
        except sqlite3.Error as error:
            return Outcome(before, before, str(error))
        return Outcome(before, after)


async def outcome_on_postgres(schema: Schema, url: str) -> Outcome:
    connection = await asyncpg.connect(url, ssl="disable")
    try:

        async def rows() -> Rows:
            return {
                table: {row["id"]: dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")}
                for table in schema.tables
            }

        before = await rows()
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(deletion(schema))
            after = await rows()
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except asyncpg.PostgresError as error:
            return Outcome(before, before, str(getattr(error, "constraint_name", None) or error))
        finally:
            await transaction.rollback()
        return Outcome(before, after)
    finally:
        await connection.close()


def outcome_on_mysql(schema: Schema, url: str) -> Outcome:
    with closing(connect_mysql(url)) as connection, connection.cursor(pymysql.cursors.DictCursor) as cursor:

        def rows() -> Rows:
            found: Rows = {}
            for table in schema.tables:
                cursor.execute(f"SELECT * FROM {table}")
                found[table] = {row["id"]: dict(row) for row in cursor.fetchall()}
            return found

        connection.begin()
        before = rows()
        try:
            cursor.execute(deletion(schema))
            after = rows()
        except pymysql.MySQLError as error:
            return Outcome(before, before, str(error))
        finally:
            connection.rollback()
        return Outcome(before, after)


Counts = dict[str, tuple[int, dict[str, int], dict[str, int]]]


def counts(outcome: Outcome) -> Counts:
    """Of each table: the rows that went, and by column those that were set to null and to another value."""
    found: Counts = {}
    for table, before in outcome.before.items():
        after = outcome.after[table]
        stayed = [(row, after[key]) for key, row in before.items() if key in after]
        changed = [(name, now[name]) for row, now in stayed for name in row if now[name] != row[name]]
        nulled = Counter(name for name, value in changed if value is None)
        others = Counter(name for name, value in changed if value is not None)
        found[table] = (len(before) - len(after), dict(nulled), dict(others))
    return found


def predicted(impact: Impact, schema: Schema) -> Counts:
    tables = [impact.table(table) for table in schema.tables]
    return {one.table: (one.deleted, dict(one.nulled_columns), dict(one.defaulted_columns)) for one in tables}


def unseen(outcome: Outcome, schema: Schema) -> set[str]:
    """The columns of which a row that stayed had the default already: that it was set to it again cannot be seen."""
    return {
        one.column
        for one in schema.references
        for key, row in outcome.before[one.child].items()
        if one.default is not None
        and row[one.column] == one.default == outcome.after[one.child].get(key, {}).get(one.column)
    }


def seen(found: Counts, hidden: set[str]) -> Counts:
    return {
        table: (gone, nulled, {name: rows for name, rows in others.items() if name not in hidden})
        for table, (gone, nulled, others) in found.items()
    }


async def impact_of(schema: Schema, url: str) -> Impact:
    async with DataFlow(url, plugins=["foreign-keys"], existing_schema_mode=True, auto_migrate=False) as db:
        options = {"table": schema.root, "timestamps": False}
        db.model(type("Root", (), {"__annotations__": {"id": str}, "__dataflow__": options, "__module__": __name__}))
        found: Impact = await db.migrations.foreign_keys.impact("Root", {"id": {"$in": list(schema.doomed)}})
        return found


def check(impact: Impact, outcome: Outcome, schema: Schema) -> None:
    event("refused" if outcome.refusal else "done")
    event(f"contested: {bool(impact.caveats)}")
    assert impact.method == "exact", impact
    assert impact.refused == bool(outcome.refusal), (str(impact), outcome.refusal)
    if not outcome.refusal:
        hidden = unseen(outcome, schema)
        assert seen(predicted(impact, schema), hidden) == seen(counts(outcome), hidden), str(impact)
    else:
        named = [one for one in impact.blocked if one.constraint in outcome.refusal or one.reason != "restrict"]
        assert named or "fk_" not in outcome.refusal, (str(impact), outcome.refusal)


MANY = settings(
    max_examples=MAX_EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@MANY
@given(schema=schemas("sqlite"))
async def test_delete_on_sqlite_does_what_was_predicted(
    schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("delete") / "app.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        for statement in definitions(schema, "sqlite"):
            raw.execute(statement)
    if not schema.doomed:
        return
    impact = await impact_of(schema, f"sqlite:///{file}")
    check(impact, outcome_on_sqlite(schema, file), schema)


@pytest.mark.databases("postgres")
@MANY
@given(schema=schemas("postgres"))
async def test_delete_on_postgres_does_what_was_predicted(schema: Schema, database_url: str) -> None:
    if not schema.doomed:
        return
    connection = await asyncpg.connect(database_url, ssl="disable")
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        for statement in definitions(schema, "postgres"):
            await connection.execute(statement)
    finally:
        await connection.close()
    impact = await impact_of(schema, database_url)
    check(impact, await outcome_on_postgres(schema, database_url), schema)


@pytest.mark.databases("mysql")
@MANY
@given(schema=schemas("mysql"))
async def test_delete_on_mysql_does_what_was_predicted(schema: Schema, database_url: str) -> None:
    if not schema.doomed:
        return
    with emptied(database_url) as cursor:
        for statement in definitions(schema, "mysql"):
            cursor.execute(statement)
    impact = await impact_of(schema, database_url)
    check(impact, outcome_on_mysql(schema, database_url), schema)


@contextmanager
def emptied(url: str) -> Iterator[Any]:
    with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")
        cursor.execute("SET foreign_key_checks = 1")
        yield cursor
