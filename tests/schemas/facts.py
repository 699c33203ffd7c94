"""What the database itself says of a schema, fact by fact: from its own dump, and of SQLite from its pragmas."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

import attrs
from tests.schemas.databases import dump

from dataflow_testkit.databases import Kind


@attrs.frozen(order=True)
class Fact:
    """``kind``, ``table`` and ``name`` say of what; ``name`` is empty for a constraint that has none."""

    kind: str
    table: str
    name: str
    text: str


def facts_of(kind: Kind, url: str) -> frozenset[Fact]:
    if kind == "sqlite":
        return frozenset(_of_sqlite(urlsplit(url).path[1:]))
    text = dump(kind, url)
    return frozenset(_of_postgres(text) if kind == "postgres" else _of_mysql(text))


def unnamed(
    here: Collection[Fact], there: Collection[Fact], tables: Collection[str], named: Collection[str]
) -> list[Fact]:
    """What differs of some tables and is not among what was named."""
    mine, others = ({_nameless(one): one for one in facts if one.table in tables} for facts in (here, there))
    differing = [one for key, one in sorted({**mine, **others}.items()) if key not in mine or key not in others]
    return [one for one in differing if not _is_named(one, named)]


_TABLES = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
#: words that a constraint may have and leave out, by where it stands
_PLACED = {
    "constraint", "foreign", "key", "primary", "references", "generated", "always", "virtual", "on", "delete", "update", "no",
    "action",
}  # fmt: skip


def _of_sqlite(file: str) -> Iterator[Fact]:
    connection = sqlite3.connect(file)
    texts = {
        (kind, name): sql or ""
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    }
    for table, kind, *options in connection.execute(_TABLES).fetchall():
        if kind not in ("table", "virtual"):
            continue
        yield Fact("table", table, "", f"{options}")
        sql = re.sub(r"--.*|/\*.*?\*/", "", texts["table", table])
        yield Fact("words", table, "", " ".join(sorted({*re.findall(r"\w+|[<>=!|]+", sql.lower())} - _PLACED)))
        for number, _ in enumerate(re.findall(r"\bCHECK\s*\(", sql, re.IGNORECASE)):
            yield Fact("constraint", table, "", f"check {number}")
        yield from _parts_of_sqlite(connection, table, {name: sql for (_, name), sql in texts.items()})
    for (kind, name), sql in texts.items():
        if kind in ("view", "trigger"):
            yield Fact(kind, "", name, " ".join(sql.split()))
    connection.close()


def _parts_of_sqlite(connection: sqlite3.Connection, table: str, texts: Mapping[str, str]) -> Iterator[Fact]:
    for _, name, *rest in connection.execute("SELECT * FROM pragma_table_xinfo(?)", (table,)).fetchall():
        yield Fact("column", table, name, f"{str(rest[0]).upper()} {rest[1:]}")
    references: dict[int, list[object]] = {}
    for number, _, *rest in connection.execute("SELECT * FROM pragma_foreign_key_list(?)", (table,)).fetchall():
        references.setdefault(number, []).append(rest)
    yield from (Fact("constraint", table, "", f"foreign {rows}") for rows in references.values())
    for _, name, unique, origin, partial in connection.execute(
        "SELECT * FROM pragma_index_list(?)", (table,)
    ).fetchall():
        keys = connection.execute('SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE key', (name,)).fetchall()
        if origin == "c" and "COLLATE" not in texts[name].upper():
            # that of its column, which is a fact of its own
            keys = [(key, descending, "") for key, descending, _ in keys]
        kind, own = ("index", name) if origin == "c" else ("constraint", "")
        yield Fact(kind, table, own, f"unique={unique} partial={partial} {origin} {keys}")


_OF_A_DUMP = re.compile(r"^(--|\\(un)?restrict|SET |SELECT |ALTER SCHEMA|COMMENT ON SCHEMA).*$", re.MULTILINE)
_NAME = r'(?:public\.)?("(?:[^"]|"")+"|[\w$]+)'
_POSTGRES = (
    ("constraint", re.compile(rf"ALTER TABLE (?:ONLY )?{_NAME}\s+ADD CONSTRAINT {_NAME} (.*)", re.DOTALL)),
    ("index", re.compile(rf"CREATE (?:UNIQUE )?INDEX (?P<name>\S+) ON (?:ONLY )?(?P<table>{_NAME}) (.*)", re.DOTALL)),
    ("column", re.compile(rf"ALTER TABLE (?:ONLY )?{_NAME} ALTER COLUMN {_NAME} (.*)", re.DOTALL)),
    ("column", re.compile(rf"COMMENT ON COLUMN {_NAME}\.{_NAME} (.*)", re.DOTALL)),
)


def _of_postgres(text: str) -> Iterator[Fact]:
    for block in re.split(r"\n{2,}|(?<=;)\n(?=ALTER TABLE)", _OF_A_DUMP.sub("", text)):
        if re.match(r"CREATE (UNLOGGED )?TABLE", block.strip()):
            yield from _table_of_postgres(block.strip())
        elif block.strip():
            yield _fact_of_postgres(block.strip())


def _fact_of_postgres(block: str) -> Fact:
    for kind, pattern in _POSTGRES:
        found = pattern.match(block)
        if found is None:
            continue
        if kind == "index":
            unique = block.startswith("CREATE UNIQUE")
            return Fact(kind, bare(found["table"]), bare(found["name"]), f"{'unique ' * unique}{found[4]}")
        return Fact(kind, bare(found[1]), bare(found[2]), found[3])
    return Fact("other", "", "", block)


def _table_of_postgres(block: str) -> Iterator[Fact]:
    first, *lines = block.splitlines()
    found = re.match(rf"CREATE (?:UNLOGGED )?TABLE {_NAME}", first)
    assert found is not None, first
    table = bare(found[1])
    yield Fact("table", table, "", f"{first} {lines[-1]}")
    for line in lines[:-1]:
        part = re.match(rf"\s*(CONSTRAINT )?{_NAME} (.*?),?$", line)
        if part is None:
            yield Fact("table", table, "", line)
        else:
            yield Fact("constraint" if part[1] else "column", table, bare(part[2]), part[3])


_COUNTED = re.compile(r" AUTO_INCREMENT=\d+")
_QUOTED = r"`((?:[^`]|``)+)`"
_KEY = re.compile(rf"((?:UNIQUE |FULLTEXT |SPATIAL )?KEY) {_QUOTED} (.*)")


def _of_mysql(text: str) -> Iterator[Fact]:
    for block in re.split(r";+\n", text):
        lines = [line.strip().rstrip(",") for line in block.strip().splitlines()]
        # how a session is set, by whom a text was written, is no part of a schema
        lines = [line for line in lines if not re.match(r"/\*![45]\d{4} (SET|DROP)|DELIMITER|DROP ", line)]
        start = next((place for place, line in enumerate(lines) if line.startswith("CREATE TABLE ")), None)
        if start is not None:
            yield from _table_of_mysql(lines[start:])
        elif lines and lines != ["/*M!999999\\- enable the sandbox mode */"]:
            yield Fact("other", "", "", "\n".join(lines))


def _table_of_mysql(lines: list[str]) -> Iterator[Fact]:
    found = re.match(rf"CREATE TABLE {_QUOTED}", lines[0])
    assert found is not None, lines
    table = found[1].replace("``", "`")
    yield Fact("table", table, "", _COUNTED.sub("", lines[-1]))
    for line in lines[1:-1]:
        if key := _KEY.match(line):
            yield Fact("index", table, key[2], f"{key[1]} {key[3]}")
        elif constraint := re.match(rf"CONSTRAINT {_QUOTED} (.*)", line):
            yield Fact("constraint", table, constraint[1], constraint[2])
        elif column := re.match(rf"{_QUOTED} (.*)", line):
            yield Fact("column", table, column[1].replace("``", "`"), column[2])
        else:
            yield Fact("constraint", table, "", line)


def bare(name: str) -> str:
    name = name.removeprefix("public.")
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _nameless(fact: Fact) -> Fact:
    """Models give constraints and indexes names of their own."""
    return fact if fact.kind == "column" else Fact(fact.kind, fact.table, "", fact.text)


def _is_named(fact: Fact, named: Collection[str]) -> bool:
    if fact.kind == "words":
        # the words of all parts of a table, each of which is a fact of its own
        return True
    if fact.kind == "table":
        return f"table {fact.table}" in named
    if found := re.search(r" pk \[\('(\w+)', ", fact.text):
        # SQLite gives a key an index of its own by the type of its column
        return f"column {fact.table}.{found[1]}" in named
    if fact.name:
        return f"{fact.kind} {fact.table}.{fact.name}" in named
    return any(what.startswith(f"constraint {fact.table}.") for what in named)
