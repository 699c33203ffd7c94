"""What is in a database of MySQL or MariaDB, as objects: what the server shows of it, taken apart.

Unique keys are indexes here, whatever word they were made by: the servers know no difference. A check that MariaDB has
inside a column is the column's own, for it comes and goes with that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

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
from dataflow.migrations.objects import ReferenceAction
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.migrations import questions
from dataflow_mysql.migrations.create_text import ColumnText, KeyText, TableText, table_text, unqualified
from dataflow_mysql.migrations.defined_text import bare_definition
from dataflow_mysql.migrations.questions import Listed, TableRow

#: the framework's own tables
OWN = "dataflow_"
_TABLE_KINDS = ("BASE TABLE", "SYSTEM VERSIONED")
#: names that the servers make up
_MADE_UP = re.compile(r".*_(ibfk|chk)_\d+|CONSTRAINT_\d+")
_SAID = ("ENGINE", "DEFAULT CHARSET", "COLLATE", "ROW_FORMAT", "COMMENT")
#: refuses to delete what is referred to, and to let a statement end with it deleted: checks are never put off here
_ACTIONS: Mapping[str, ReferenceAction] = {
    "cascade": "cascade", "set null": "set null", "set default": "set default", "no action": "restrict", "restrict": "restrict", "": "restrict",
}  # fmt: skip


@attrs.frozen
class Found:
    """A table as the server shows it, with what it does not show."""

    row: TableRow
    sql: str
    #: of the columns that have one
    collations: Mapping[str, str]


async def snapshot_of(link: MySQLLink, wanted: Collection[str] | None = None) -> SchemaSnapshot:
    """Of the session's database: everything, or these tables with their parts, and what depends on them."""
    server = await questions.server(link)
    rows = [row for row in await questions.tables(link) if not row.name.startswith(OWN)]
    if wanted is not None:
        folded = {_folded(name, server.folds_tables) for name in wanted}
        rows = [row for row in rows if row.kind == "SEQUENCE" or _folded(row.name, server.folds_tables) in folded]
    plain = [row for row in rows if row.kind in _TABLE_KINDS]
    texts = await questions.definitions(link, "table", [row.name for row in plain])
    columns = await questions.collations(link)
    objects: list[SchemaObject] = []
    for row in plain:
        if row.name in texts:
            text = unqualified(texts[row.name], server.database)
            objects += table_objects(Found(row, text, columns.get(row.name, {})))
    objects += await _sequences(link, [row.name for row in rows if row.kind == "SEQUENCE"], server.database)
    objects += await _defined(link, server, wanted and {row.name for row in plain})
    return SchemaSnapshot(
        "mariadb" if link.session.mariadb else "mysql",
        objects,
        (*dependencies(objects), *await _referring(link, objects)),
        server.version,
        {"lower_case_table_names": str(server.folds_tables)},
    )


def _folded(name: str, folds: int) -> str:
    return name.lower() if folds else name


def table_objects(found: Found) -> Iterator[SchemaObject]:
    """A table and its parts."""
    text = table_text(found.sql)
    table = found.row.name
    yield _table(found, text)
    for place, column in enumerate(text.columns):
        yield _column(table, place, column, found.collations.get(column.name, ""))
    for key in text.keys:
        yield _key(table, key)


def _table(found: Found, text: TableText) -> Table:
    row = found.row
    options = {
        "engine": row.engine,
        "collation": row.collation,
        "row_format": _row_format(row, text),
        **{name.strip("`").lower(): value or "yes" for name, value in text.options.items() if name not in _SAID},
        **({"partitions": text.partitions} if text.partitions else {}),
        **({"further": ", ".join(text.further)} if text.further else {}),
    }
    return Table(ref=ObjectRef("table", row.name), options=options, comment=row.comment, definition=found.sql)


def _row_format(row: TableRow, text: TableText) -> str:
    """Other engines than InnoDB choose it by the columns where none was said."""
    return (row.row_format if row.engine == "InnoDB" else text.options.get("ROW_FORMAT", "")).lower()


def _column(table: str, place: int, text: ColumnText, collation: str) -> Column:
    options = {
        "on_update": text.on_update,
        "stored": "yes" if text.is_stored else "",
        "invisible": "yes" if text.is_invisible else "",
        "check": text.check,
        "further": text.further,
        # an insert has to give a value although there may be none
        "without_default": "yes" if text.is_nullable and text.default is None and _shows_default(text) else "",
    }
    return Column(
        ref=ObjectRef("column", text.name, table),
        type=text.type,
        nullable=text.is_nullable,
        default=None if text.default == "NULL" else text.default,
        generated=text.generated,
        identity="auto_increment" if text.is_counted else "",
        collation=collation,
        options={name: value for name, value in options.items() if value},
        comment=text.comment,
        position=place,
        definition=text.definition,
    )


def _shows_default(text: ColumnText) -> bool:
    """Whether DEFAULT NULL is written where there is no other: not for what MySQL lets have none."""
    return text.generated is None and not re.match(r"\w*(text|blob)|json|geom|point|line|poly|multi", text.type)


def _key(table: str, text: KeyText) -> SchemaObject:
    if text.kind in ("primary", "foreign", "check"):
        return _constraint(table, text)
    method = text.options.get("method", "")
    options = {name: value for name, value in text.options.items() if name not in ("method", "comment")}
    return Index(
        ref=ObjectRef("index", text.name, table),
        keys=text.keys,
        unique=text.kind == "unique",
        method=text.kind if text.kind not in ("", "unique") else "" if method == "btree" else method,
        options=options,
        comment=text.options.get("comment", ""),
        definition=text.definition,
    )


def _constraint(table: str, text: KeyText) -> Constraint:
    ref = ObjectRef("constraint", text.name, table)
    if text.kind == "primary":
        columns = tuple(column_of(key) for key in text.keys)
        plain = all(key == f"`{column}`" for key, column in zip(text.keys, columns, strict=True))
        options = {name: value for name, value in text.options.items() if (name, value) != ("method", "btree")}
        if not plain:
            options["keys"] = ", ".join(text.keys)
        return Constraint(
            ref=ref, type="primary", columns=columns, named=False, options=options, definition=text.definition
        )
    named = _MADE_UP.fullmatch(text.name) is None
    if text.kind == "check":
        return Constraint(
            ref=ref, type="check", expression=text.expression, named=named, definition=text.definition,
            enforced="enforced" not in text.options,
        )  # fmt: skip
    schema, referred = text.referred
    return Constraint(
        ref=ref,
        type="foreign",
        columns=text.keys,
        referred_table=ObjectRef("table", referred, schema=schema),
        referred_columns=text.referred_columns,
        on_delete=_ACTIONS[text.on_delete],
        on_update=_ACTIONS[text.on_update],
        named=named,
        definition=text.definition,
    )


def column_of(key: str) -> str:
    """The column of a key as an index has it; empty for an expression."""
    found = re.match(r"`((?:[^`]|``)*)`", key)
    return "" if found is None else found[1].replace("``", "`")


async def _sequences(link: MySQLLink, names: Collection[str], database: str) -> list[Defined]:
    texts = await questions.definitions(link, "sequence", names)
    return [
        Defined(ref=ObjectRef("sequence", name), definition=unqualified(text, database)) for name, text in texts.items()
    ]


async def _defined(link: MySQLLink, server: questions.Server, tables: Collection[str] | None) -> list[Defined]:
    """Views, triggers, routines, events; of some tables those alone that belong to them or name them."""
    found = [one for one in await questions.listed(link) if not one.of.startswith(OWN) and not one.name.startswith(OWN)]
    if tables is not None:
        found = _about(found, tables)
    texts = {
        kind: await questions.definitions(link, kind, [one.name for one in found if one.word == kind])
        for kind in dict.fromkeys(one.word for one in found)
    }
    return [_object(one, texts[one.word][one.name], server) for one in found if one.name in texts[one.word]]


def _about(found: Iterable[Listed], tables: Collection[str]) -> list[Listed]:
    every, names = list(found), set(tables)
    kept: list[Listed] = []
    while True:
        more = [
            one
            for one in every
            if one not in kept
            and ((one.kind == "trigger" and one.of in tables) or any(mentions(one.body, name) for name in names))
        ]
        if not more:
            return [one for one in every if one in kept]
        kept += more
        # what names a view or a function depends on what that depends on
        names = {one.name for one in more if one.kind in ("view", "routine")}


def _object(one: Listed, sql: str, server: questions.Server) -> Defined:
    table = one.of if one.kind == "trigger" else ""
    ref = ObjectRef(one.kind, one.name, table, signature=one.word if one.kind == "routine" else "")
    bare = bare_definition(sql)
    options = {
        "definer": "" if one.definer == server.user else one.definer,
        "sql_mode": one.sql_mode,
        "collation": one.collation,
        "time_zone": one.of if one.kind == "event" else "",
    }
    return Defined(
        ref=ref,
        definition=unqualified(bare, server.database) if one.kind == "view" else bare,
        options={name: value for name, value in options.items() if value},
    )


def mentions(text: str, name: str) -> bool:
    """Whether a text may name something: as a word of it or in quotes, whatever the case."""
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text, re.IGNORECASE) is not None


def dependencies(objects: Collection[SchemaObject]) -> Iterator[Dependency]:
    tables = [one.ref for one in objects if one.ref.kind in ("table", "view")]
    for one in objects:
        if isinstance(one, Constraint) and one.referred_table is not None:
            yield Dependency(one.ref, one.referred_table)
        elif isinstance(one, Defined):
            if one.ref.owner is not None:
                yield Dependency(one.ref, one.ref.owner)
            yield from (
                _named_in(one, ref)
                for ref in tables
                if ref not in (one.ref, one.ref.owner) and mentions(one.definition, ref.name)
            )


def _named_in(one: Defined, ref: ObjectRef) -> Dependency:
    """Of a view the server writes every name in quotes, a column's too."""
    if one.ref.kind == "view" and f"`{ref.name}`" in one.definition:
        return Dependency(one.ref, ref, "parsed", 0.95)
    return Dependency(one.ref, ref, "text", 0.7)


async def _referring(link: MySQLLink, objects: Collection[SchemaObject]) -> list[Dependency]:
    """The foreign keys of tables that are not among the objects."""
    known = {one.ref.name for one in objects if isinstance(one, Table)}
    return [
        Dependency(ObjectRef("constraint", name, table), ObjectRef("table", target))
        for (name, table), (target, _, _) in (await questions.references(link)).items()
        if target in known and table not in known
    ]
