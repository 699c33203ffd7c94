"""The catalogue: tables as they are, and as they are made, under a lock that everybody takes who makes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dataflow.adapters import TableState
from dataflow.models.model import Model
from dataflow_mysql.definitions import definitions
from dataflow_mysql.dialect import MySQLDialect
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.refusals import Locked
from dataflow_sql import ColumnState, TableLayout, differences, missing_table
from dataflow_sql.servers import Link

#: the name is the server's, not the database's; names may have 64 characters
_LOCK = "CONCAT('dataflow ', LEFT(SHA2(DATABASE(), 256), 40))"
_COLUMNS = """
SELECT column_name, data_type, is_nullable, column_key, column_default IS NOT NULL OR extra <> '', collation_name
FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position
"""
_UNIQUE = """
SELECT index_name, column_name, sub_part FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = %s AND non_unique = 0
"""
#: types that hold the same values, as far as a model is concerned
_ALIKE = {
    **dict.fromkeys(("varchar", "char", "text", "tinytext", "mediumtext", "enum", "json", "uuid"), "longtext"),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bool", "boolean"), "bigint"),
    **dict.fromkeys(("varbinary", "binary", "blob", "tinyblob", "mediumblob"), "longblob"),
    "float": "double",
    "timestamp": "datetime",
}
#: how long anybody waits for another to make tables
LOCK_PATIENCE_S = 60


class MySQLCatalogue:
    """The tables of the database that the URL names. Making one commits: there is no transaction around it."""

    makes_inside = False

    def __init__(self, dialect: MySQLDialect) -> None:
        self.dialect = dialect

    async def look(self, link: Link, models: Sequence[Model]) -> list[TableState]:
        return [await self._examined(link, model) for model in models]

    async def make(self, link: Link, models: Sequence[Model], inside: bool) -> list[TableState]:
        assert isinstance(link, MySQLLink)
        ((got,),) = await link.rows(f"SELECT GET_LOCK({_LOCK}, %s)", (LOCK_PATIENCE_S,))
        if not got:
            raise Locked
        try:
            states = await self.look(link, models)
            absent = [model for model, state in zip(models, states, strict=True) if not state.fingerprint]
            if _has_circle(absent):
                await self._made_in_circle(link, definitions(models, absent, self.dialect))
            else:
                for statement in definitions(models, absent, self.dialect):
                    await link.answer(statement)
            return [await self._made(link, model, state, absent) for model, state in zip(models, states, strict=True)]
        finally:
            # a connection that is lost or stopped has let go of it by itself
            if link.is_open:
                with suppress(Exception):
                    await link.rows(f"SELECT RELEASE_LOCK({_LOCK})", ())

    async def _made_in_circle(self, link: MySQLLink, statements: Sequence[str]) -> None:
        """Make tables that refer to each other: unchecked, a table may refer to one that comes later.

        Constraints that are added afterwards would be missing for good where the process dies in between.
        """
        await link.answer("SET SESSION foreign_key_checks = 0")
        try:
            for statement in statements:
                await link.answer(statement)
        finally:
            if link.is_open:
                await link.answer("SET SESSION foreign_key_checks = 1")

    async def _made(self, link: Link, model: Model, state: TableState, absent: Sequence[Model]) -> TableState:
        if model not in absent:
            return state
        layout = await self.layout_of(link, model.table)
        assert layout is not None
        return TableState(model.table, True, layout.fingerprint)

    async def _examined(self, link: Link, model: Model) -> TableState:
        layout = await self.layout_of(link, model.table)
        if layout is None:
            return TableState(model.table, False, "", (missing_table(model),))
        found = differences(model, layout, lambda name: self._wanted(model, name))
        return TableState(model.table, False, layout.fingerprint, tuple(found))

    def _wanted(self, model: Model, name: str) -> str:
        kind = self.dialect.column_type(model.fields[name]).compile(dialect=self.dialect.compiler)
        return _alike(kind.lower().partition("(")[0].partition(" ")[0])

    async def layout_of(self, link: Link, table: str) -> TableLayout | None:
        """The table as it is, or None when there is no such table."""
        columns: dict[str, ColumnState] = {}
        for name, kind, nullable, key, has_default, collation in await link.rows(_COLUMNS, (table,)):
            columns[name] = ColumnState(name, _alike(str(kind)), nullable == "YES", key == "PRI", bool(has_default))
            self._note(table, name, collation)
        if not columns:
            return None
        unique: dict[str, set[str]] = {}
        for index, column, part in await link.rows(_UNIQUE, (table,)):
            # the beginning of a text is not the text
            unique.setdefault(index, set()).add(column if part is None else f"{column}({part})")
        return TableLayout(table, columns, frozenset(map(frozenset, unique.values())))

    def _note(self, table: str, column: str, collation: str | None) -> None:
        """Remember a column that compares in another way than by code points, which a statement then has to say."""
        if collation in (None, self.dialect.flavour.collation, "ascii_bin", "binary"):
            self.dialect.foreign.discard((table, column))
        else:
            self.dialect.foreign.add((table, column))


def _alike(kind: str) -> str:
    return _ALIKE.get(kind, kind)


def _has_circle(wanted: Sequence[Model]) -> bool:
    """Whether a table refers to one that is made after it."""
    later = {model.name for model in wanted}
    for model in wanted:
        later.discard(model.name)
        if any(field.reference is not None and field.reference.model in later for field in model.references):
            return True
    return False
