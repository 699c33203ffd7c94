"""The tables of models made as temporary ones, where a user may not make a database: no other place hides from everybody else.

They can have no foreign keys: these are read out of the definitions instead, with the index that the server makes for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dataflow.migrations import SchemaObject, SchemaSnapshot
from dataflow_mysql.dialect import quoted
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.migrations import questions
from dataflow_mysql.migrations.catalogue import Found, column_of, dependencies, table_objects
from dataflow_mysql.migrations.create_text import KeyText, TableText, joined, split, table_text, tokens
from dataflow_mysql.migrations.questions import TableRow

#: how sure it is that a table would be described like its temporary twin: all but the foreign keys is the server's own
CONFIDENCE = "0.95"


async def described(link: MySQLLink, statements: Sequence[str]) -> SchemaSnapshot:
    """What the server makes of some definitions; its temporary tables go with the connection at the latest."""
    server = await questions.server(link)
    objects: list[SchemaObject] = []
    for statement in statements:
        objects += await _objects(link, statement)
    return SchemaSnapshot(
        "mariadb" if link.session.mariadb else "mysql",
        objects,
        tuple(dependencies(objects)),
        server.version,
        {
            "lower_case_table_names": str(server.folds_tables),
            "rendered_in": "temporary tables",
            "confidence": CONFIDENCE,
        },
    )


async def _objects(link: MySQLLink, statement: str) -> list[SchemaObject]:
    wanted = table_text(statement)
    foreign = [key for key in wanted.keys if key.kind == "foreign"]
    name = re.match(r"CREATE TABLE `((?:[^`]|``)*)`", statement)
    assert name is not None
    table = name[1].replace("``", "`")
    await link.control(without_foreign_keys(statement))
    try:
        ((_, sql),) = await link.rows(f"SHOW CREATE TABLE {quoted(table)}".replace("%", "%%"), ())
        columns = await link.rows(f"SHOW FULL COLUMNS FROM {quoted(table)}".replace("%", "%%"), ())
    finally:
        if link.is_settled:
            await link.control(f"DROP TEMPORARY TABLE {quoted(table)}")
    shown = sql.replace("CREATE TEMPORARY TABLE", "CREATE TABLE", 1)
    text = table_text(shown)
    row = TableRow(table, "BASE TABLE", text.options["ENGINE"], text.options["ROW_FORMAT"], text.options["COLLATE"], "")
    collations = {column[0]: column[2] for column in columns if column[2] is not None}
    whole = with_foreign_keys(shown, text, foreign)
    return list(table_objects(Found(row, whole, collations)))


def without_foreign_keys(statement: str) -> str:
    """The definition of a temporary table that has everything else."""
    head, lines, tail = _parts(statement)
    kept = [line for line in lines if not (line.startswith("CONSTRAINT") and " FOREIGN KEY " in line)]
    return f"{head.replace('CREATE TABLE', 'CREATE TEMPORARY TABLE', 1)}(\n  " + ",\n  ".join(kept) + f"\n){tail}"


def with_foreign_keys(shown: str, text: TableText, foreign: Sequence[KeyText]) -> str:
    """The definition as the server would show it with these."""
    head, lines, tail = _parts(shown)
    supporting = list(_supporting(text, foreign))
    constraints = [f"CONSTRAINT {quoted(key.name)} {key.definition}" for key in foreign]
    return f"{head}(\n  " + ",\n  ".join([*lines, *supporting, *constraints]) + f"\n){tail}"


def _supporting(text: TableText, foreign: Sequence[KeyText]) -> Iterator[str]:
    """The indexes that the server makes for foreign keys that have none: of the constraint's name."""
    indexed = [[column_of(one) for one in key.keys] for key in text.keys if key.kind in ("primary", "unique", "")]
    for key in foreign:
        if not any(tuple(columns[: len(key.keys)]) == key.keys for columns in indexed):
            indexed.append(list(key.keys))
            yield f"KEY {quoted(key.name)} ({', '.join(map(quoted, key.keys))})"


def _parts(statement: str) -> tuple[str, list[str], str]:
    """What comes before the first parenthesis, the lines inside it, and what follows."""
    parts = list(tokens(statement))
    places = [place for place, part in enumerate(parts) if part.depth == 0 and part.text in "()"]
    begin, finish = places[0], places[1]
    lines = [joined(item) for item in split(parts[begin + 1 : finish], 1)]
    before, after = ("".join(part.text for part in some) for some in (parts[:begin], parts[finish + 1 :]))
    return before, lines, after
