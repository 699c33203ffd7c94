"""What is in a SQLite database, as objects: by its pragmas, and by the text of its definitions where they say nothing."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator

import attrs

from dataflow.migrations import (
    Column,
    Constraint,
    Defined,
    Dependency,
    Index,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow.migrations.objects import ReferenceAction, name_of_nameless
from dataflow_sqlite.migrations.definition_text import (
    Clause,
    TableText,
    index_text,
    mentioned,
    mentions,
    module_text,
    table_text,
)

#: the framework's own tables, and SQLite's
OWN = ("dataflow_", "sqlite_")
_COLUMNS = """
SELECT m.name, c.cid, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid
"""
_FOREIGN = """
SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete, f.match
FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""
_INDEXES = """
SELECT m.name, i.name, i."unique", i.origin FROM sqlite_schema m, pragma_index_list(m.name) i
WHERE m.type = 'table' ORDER BY m.name, i.name
"""
_KEYS = """
SELECT i.name, x.name, x."desc", x.coll FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x
WHERE m.type = 'table' AND x.key ORDER BY i.name, x.seqno
"""
# what a virtual table keeps its rows in comes and goes with it
_SCHEMA = """
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') ORDER BY rowid
"""


@attrs.frozen
class Found:
    """The catalogue's answers, by table or by index."""

    schema: list[tuple[str, str, str, str]]
    columns: dict[str, list[tuple[int, str, str, bool, str | None, int, int]]]
    foreign: dict[str, dict[int, list[tuple[str, str, str | None, str, str, str]]]]
    indexes: dict[str, list[tuple[str, bool, str]]]
    keys: dict[str, list[tuple[str | None, bool, str]]]


def snapshot_of(raw: sqlite3.Connection, tables: Collection[str] | None = None) -> SchemaSnapshot:
    """On the thread: everything, or these tables with their parts, and every view and trigger."""
    found = _found(raw)
    objects: list[SchemaObject] = []
    for kind, name, table, sql in found.schema:
        if name.startswith(OWN):
            continue
        if kind == "table" and (tables is None or name in tables):
            objects += _table(name, sql or "", found)
        elif kind == "view":
            objects.append(Defined(ref=ObjectRef("view", name), definition=sql))
        elif kind == "trigger":
            objects.append(Defined(ref=ObjectRef("trigger", name, table), definition=sql))
    return SchemaSnapshot("sqlite", objects, tuple(_dependencies(objects)), sqlite3.sqlite_version)


def _found(raw: sqlite3.Connection) -> Found:
    columns: dict[str, list[tuple[int, str, str, bool, str | None, int, int]]] = defaultdict(list)
    for table, *column in raw.execute(_COLUMNS):
        columns[table].append(tuple(column))
    foreign: dict[str, dict[int, list[tuple[str, str, str | None, str, str, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for table, number, *reference in raw.execute(_FOREIGN):
        foreign[table][number].append(tuple(reference))
    indexes: dict[str, list[tuple[str, bool, str]]] = defaultdict(list)
    for table, *index in raw.execute(_INDEXES):
        indexes[table].append(tuple(index))
    keys: dict[str, list[tuple[str | None, bool, str]]] = defaultdict(list)
    for index, *key in raw.execute(_KEYS):
        keys[index].append(tuple(key))
    schema = raw.execute(_SCHEMA).fetchall()
    return Found(schema, columns, foreign, indexes, keys)


def _table(name: str, sql: str, found: Found) -> Iterator[SchemaObject]:
    module = module_text(sql)
    text = TableText((), {}, {}, {}, {}, ()) if module else table_text(sql)
    options = {option.lower(): "yes" for option in text.options} | ({"virtual": module} if module else {})
    yield Table(ref=ObjectRef("table", name), options=options, definition=sql)
    columns = found.columns[name]
    key = [column[1] for column in sorted((one for one in columns if one[5]), key=lambda one: one[5])]
    for cid, column, kind, not_null, default, _, hidden in columns:
        if hidden == 1:
            # of a virtual table
            continue
        expression, stored = text.generated.get(column, ("", False))
        yield Column(
            ref=ObjectRef("column", column, name),
            type=kind.upper(),
            nullable=not not_null,
            default=text.defaults.get(column, default),
            generated=expression or None,
            identity=_identity(column, kind, key, text, options),
            collation=text.collations.get(column, ""),
            options=_column_options(column, stored, text),
            position=cid,
        )
    yield from _constraints(name, key, text, found)
    for index, unique, origin in found.indexes[name]:
        if origin == "c":
            yield _index(name, index, unique, found, text)


def _column_options(column: str, stored: bool, text: TableText) -> dict[str, str]:
    return ({"stored": "yes"} if stored else {}) | (
        {"not_null": text.not_null[column]} if column in text.not_null else {}
    )


def _identity(column: str, kind: str, key: list[str], text: TableText, options: dict[str, str]) -> str:
    if key != [column] or kind.upper() != "INTEGER" or "without rowid" in options:
        return ""
    primary = next(one for one in text.clauses if one.kind == "PRIMARY")
    if primary.column and primary.keys != [key]:
        # written so, and only so, it is no other name of the rowid
        return ""
    autoincrement = any("AUTOINCREMENT" in (word.upper() for word in clause.words) for clause in text.clauses)
    return "autoincrement" if autoincrement else "rowid"


def _constraints(table: str, key: list[str], text: TableText, found: Found) -> Iterator[Constraint]:
    names: set[str] = set()

    def named(clause: Clause | None, fallback: str) -> tuple[ObjectRef, bool]:
        given = clause.name if clause is not None else ""
        name = given or fallback
        while name in names:
            name += "_"
        names.add(name)
        return ObjectRef("constraint", name, table), bool(given)

    primary = next((one for one in text.clauses if one.kind == "PRIMARY"), None)
    if primary is not None:
        ref, is_named = named(primary, name_of_nameless("primary", key))
        yield Constraint(
            ref=ref, named=is_named, type="primary", columns=tuple(key), options=_key_options(primary),
            definition=f"PRIMARY KEY {_keys(primary)}{_conflict_words(primary)}",
        )  # fmt: skip
    for clause in text.clauses:
        if clause.kind == "UNIQUE":
            columns = tuple(name for name, *_ in clause.keys)
            ref, is_named = named(clause, name_of_nameless("unique", columns))
            yield Constraint(
                ref=ref, named=is_named, type="unique", columns=columns, options=_key_options(clause),
                definition=f"UNIQUE {_keys(clause)}{_conflict_words(clause)}",
            )  # fmt: skip
        elif clause.kind == "CHECK":
            ref, is_named = named(clause, name_of_nameless("check", (), clause.expression))
            yield Constraint(
                ref=ref, named=is_named, type="check", expression=clause.expression,
                # wherever it is written: a rebuild writes it behind the columns
                columns=mentioned(clause.expression, (one[1] for one in found.columns[table])),
                definition=f"CHECK ({clause.expression})",
            )  # fmt: skip
    # pragma and text list the references in the same order
    written = [one for one in text.clauses if one.kind in ("FOREIGN", "REFERENCES")]
    for clause, parts in zip(written, found.foreign[table].values(), strict=True):
        ref, is_named = named(clause, name_of_nameless("foreign", [part[1] for part in parts]))
        yield _foreign(ref, is_named, clause, parts)


def _foreign(
    ref: ObjectRef, is_named: bool, clause: Clause, parts: list[tuple[str, str, str | None, str, str, str]]
) -> Constraint:
    target, _, _, on_update, on_delete, _ = parts[0]
    # the pragma does not tell
    match = clause.after("MATCH")
    columns = tuple(part[1] for part in parts)
    referred = tuple(part[2] for part in parts if part[2] is not None)
    words = [word.upper() for word in clause.words]
    deferred = "DEFERRED" in words and "DEFERRABLE" in words
    text = f"FOREIGN KEY ({_listed(columns)}) REFERENCES {quoted(target)}" + (
        f" ({_listed(referred)})" if referred else ""
    )
    actions = f" MATCH {match}" if match else ""
    actions += "".join(
        f" ON {event} {action}"
        for event, action in (("UPDATE", on_update), ("DELETE", on_delete))
        if action != "NO ACTION"
    )
    return Constraint(
        ref=ref,
        named=is_named,
        type="foreign",
        columns=columns,
        referred_table=ObjectRef("table", target),
        referred_columns=referred,
        on_delete=_action(on_delete),
        on_update=_action(on_update),
        match=match.lower(),
        deferrable=deferred,
        initially_deferred=deferred,
        definition=text + actions + (" DEFERRABLE INITIALLY DEFERRED" if deferred else ""),
    )


def _action(word: str) -> ReferenceAction:
    return word.lower()  # type: ignore[return-value]  # SQLite's own words are the standard's


def _keys(clause: Clause) -> str:
    return f"({', '.join(' '.join((quoted(name), *rest)) for name, *rest in clause.keys)})"


def _key_options(clause: Clause) -> dict[str, str]:
    conflict, written = clause.after("CONFLICT"), _keys(clause)
    is_plain = written == f"({_listed([name for name, *_ in clause.keys])})"
    # what is written in its column is another thing there where it is the key of a number
    place = " in its column" if clause.column and clause.kind == "PRIMARY" else ""
    return ({"on_conflict": conflict.lower()} if conflict else {}) | ({} if is_plain else {"keys": written + place})


def _conflict_words(clause: Clause) -> str:
    conflict = clause.after("CONFLICT")
    return f" ON CONFLICT {conflict}" if conflict else ""


def _index(table: str, name: str, unique: bool, found: Found, of_table: TableText) -> Index:
    sql = next(sql for kind, own, _, sql in found.schema if kind == "index" and own == name)
    text = index_text(sql)
    keys = tuple(
        written
        if column is None
        # the collation of its column comes with the column
        else column
        + ("" if collation.upper() == _collation(column, of_table) else f" COLLATE {collation}")
        + " DESC" * descending
        for (column, descending, collation), written in zip(found.keys[name], text.keys, strict=True)
    )
    return Index(ref=ObjectRef("index", name, table), keys=keys, unique=bool(unique), where=text.where, definition=sql)


def _collation(column: str, text: TableText) -> str:
    return text.collations.get(column, "BINARY")


def _dependencies(objects: Collection[SchemaObject]) -> Iterator[Dependency]:
    names = [one.ref for one in objects if one.ref.kind in ("table", "view")]
    for one in objects:
        if isinstance(one, Constraint) and one.referred_table is not None:
            yield Dependency(one.ref, one.referred_table)
        elif isinstance(one, Defined):
            yield from (
                Dependency(one.ref, ref, "parsed")
                for ref in names
                if ref != one.ref and mentions(one.definition, ref.name)
            )


def quoted(name: str) -> str:
    """A name as SQL writes it; always in quotes, so that no word of a later SQLite is in the way."""
    return '"' + name.replace('"', '""') + '"'


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(quoted, names))
