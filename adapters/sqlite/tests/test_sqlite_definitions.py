"""Definitions of tables as they are taken apart and written anew: in a rebuild nothing of them may be another one."""

from __future__ import annotations

import re
import sqlite3

import pytest

from dataflow.migrations import Change, Intents, SchemaSnapshot, Table
from dataflow_sqlite.migrations.catalogue import snapshot_of
from dataflow_sqlite.migrations.definition_text import spelled, tokens
from dataflow_sqlite.migrations.steps import Planned


def snapshot(*statements: str) -> SchemaSnapshot:
    connection = sqlite3.connect(":memory:")
    try:
        for statement in statements:
            connection.execute(statement)
        return snapshot_of(connection)
    finally:
        connection.close()


def made_anew(wanted: SchemaSnapshot) -> SchemaSnapshot:
    changes = [Change(None, one) for ref, one in wanted.objects.items() if ref.owner not in wanted.objects]
    steps = Planned(changes, SchemaSnapshot("sqlite"), wanted, Intents()).steps()
    return snapshot(*(statement for step in steps for statement in step.sql))


@pytest.mark.parametrize(
    "expression",
    [
        "2 >= 1", "2<=1", "1 <> 2", "1!=1", "1==1", "'a'||'b'", "1<<3", "8>>1", "1.5e-3", "2E+2", ".5", "x'c3a4'", "X'00'",
        """'{"a": 1}' ->> 'a'""", """'[1]'->0""", "-1", "~1", "(2) % (1)", "1 -- why\n + 1", "CASE WHEN 1>=0 THEN 'a''b' END",
    ],
)  # fmt: skip
def test_an_expression_spelt_anew_means_the_same(expression: str) -> None:
    connection = sqlite3.connect(":memory:")
    rows = [connection.execute(f"SELECT {text}").fetchall() for text in (expression, spelled(tokens(expression)))]
    connection.close()
    assert rows[0] == rows[1]


def test_a_check_is_the_same_wherever_its_columns_stand() -> None:
    there = snapshot("CREATE TABLE t (a int, b int, c int, CHECK (b > a))")
    moved = snapshot("CREATE TABLE t (c int, b int, a int, CHECK (b > a))")
    assert there.objects == moved.objects


def test_a_check_is_the_same_in_its_column_and_behind_the_columns() -> None:
    inside = snapshot("CREATE TABLE t (a int CHECK (a >= 0), b int)")
    behind = snapshot("CREATE TABLE t (a int, b int, CHECK (a >= 0))")
    assert inside == behind
    assert made_anew(inside) == inside


def test_a_virtual_table_is_made_anew_with_what_it_was_told() -> None:
    texts = snapshot("CREATE VIRTUAL TABLE texts USING fts5(title, body, tokenize = 'porter ascii')")
    assert [str(ref) for ref in texts.objects if ref.kind == "table"] == ["table texts"]
    assert made_anew(texts) == texts
    assert texts != snapshot("CREATE VIRTUAL TABLE texts USING fts5(title, body)")


@pytest.mark.parametrize(
    "definition",
    [
        "a INTEGER PRIMARY KEY DESC", "a INTEGER, PRIMARY KEY (a DESC)", "a TEXT, b int, PRIMARY KEY (b, a COLLATE NOCASE DESC)",
        "a INTEGER CONSTRAINT counted PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT", "a TEXT, UNIQUE (a DESC) ON CONFLICT IGNORE",
        "a INTEGER PRIMARY KEY, b TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'", "a int CONSTRAINT given NOT NULL",
        "a TEXT CONSTRAINT folded COLLATE NOCASE", "a int REFERENCES t MATCH FULL ON DELETE CASCADE", "a int DEFAULT -1, b real DEFAULT +.5",
    ],
)  # fmt: skip
def test_a_definition_made_anew_is_what_sqlite_says_of_it(definition: str) -> None:
    wanted = f"CREATE TABLE t ({definition})"
    anew = made_anew(snapshot(wanted))
    assert anew == snapshot(wanted)
    (sql,) = (one.definition for one in anew.objects.values() if isinstance(one, Table))
    assert pragmas(sql) == pragmas(wanted)
    # a name that no constraint has says nothing
    said = definition.replace("CONSTRAINT folded", "")
    assert {*re.findall(r"\w+", sql.upper())} >= {*re.findall(r"\w+", said.upper())}


def pragmas(sql: str) -> list[list[object]]:
    connection = sqlite3.connect(":memory:")
    connection.execute(sql)
    asked = [
        "SELECT * FROM pragma_table_xinfo('t')",
        "SELECT * FROM pragma_foreign_key_list('t')",
        "SELECT i.origin, x.* FROM pragma_index_list('t') i, pragma_index_xinfo(i.name) x",
    ]
    found = [connection.execute(one).fetchall() for one in asked]
    connection.close()
    return found
