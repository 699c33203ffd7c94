"""PostgreSQL's catalogue: tables as they are, and as they are made, under a lock that everybody takes who makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from dataflow.adapters import ScopeOptions, TableState
from dataflow.models.model import Model
from dataflow_postgres.dialect import PostgresDialect
from dataflow_sql import ColumnState, TableLayout, differences, missing_table, schema_tables
from dataflow_sql.servers import Link, undo

#: eight workers that made one table at once failed in 28 of 40 rounds without it, in spite of IF NOT EXISTS
LOCK = 0x64617461666C6F77
_PREPARER = PostgresDialect().compiler.identifier_preparer
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), NOT a.attnotnull,
       coalesce(a.attnum = ANY (k.conkey), false), a.atthasdef OR a.attidentity <> ''
FROM pg_attribute a LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p'
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_UNIQUE = """
SELECT array_agg(a.attname::text)
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
GROUP BY i.indexrelid
"""
#: types that hold the same values, as far as a model is concerned
_ALIKE = {
    "character varying": "text",
    "character": "text",
    "citext": "text",
    "smallint": "bigint",
    "integer": "bigint",
    "real": "double precision",
}


class PostgresCatalogue:
    """The tables of the schema that comes first in the search path."""

    makes_inside = True

    def __init__(self, dialect: PostgresDialect) -> None:
        self.dialect = dialect

    async def look(self, link: Link, models: Sequence[Model]) -> list[TableState]:
        return [await self._examined(link, model) for model in models]

    async def make(self, link: Link, models: Sequence[Model], inside: bool) -> list[TableState]:
        if not inside:
            await link.begin(ScopeOptions(holder="ensure"))
        try:
            await link.control(f"SELECT pg_advisory_xact_lock({LOCK})")
            states = await self.look(link, models)
            absent = [model for model, state in zip(models, states, strict=True) if not state.fingerprint]
            for statement in self.definitions(models, absent):
                await link.control(statement)
            made = [await self._made(link, model, state, absent) for model, state in zip(models, states, strict=True)]
        except Exception as error:
            if not inside:
                await undo(link, error)
            raise
        if not inside:
            await link.control("COMMIT")
        return made

    async def _made(self, link: Link, model: Model, state: TableState, absent: Sequence[Model]) -> TableState:
        if model not in absent:
            return state
        layout = await layout_of(link, model.table)
        assert layout is not None
        return TableState(model.table, True, layout.fingerprint)

    async def _examined(self, link: Link, model: Model) -> TableState:
        layout = await layout_of(link, model.table)
        if layout is None:
            return TableState(model.table, False, "", (missing_table(model),))
        found = differences(model, layout, lambda name: self._wanted(model, name))
        return TableState(model.table, False, layout.fingerprint, tuple(found))

    def _wanted(self, model: Model, name: str) -> str:
        kind = self.dialect.column_type(model.fields[name])
        written = kind.compile(dialect=self.dialect.compiler).partition(" COLLATE")[0].lower()
        return _ALIKE.get(written, {"timestamp with time zone": "timestamp with time zone"}.get(written, written))

    def definitions(self, models: Sequence[Model], wanted: Sequence[Model]) -> list[str]:
        """The DDL of some tables; all that they refer to are among ``models``.

        A reference to a table that comes later, as one in every circle is, is added when all are made.
        """
        statements: list[str] = []
        added: list[str] = []
        later = {model.table for model in wanted}
        for model, table in zip(models, schema_tables(models, self.dialect), strict=True):
            if model not in wanted:
                continue
            later.discard(model.table)
            early = [one for one in table.foreign_key_constraints if one.referred_table.name not in later]
            waiting = table.foreign_key_constraints.difference(early)
            by_name = sorted(waiting, key=lambda one: str(one.name))
            added += [str(AddConstraint(one).compile(dialect=self.dialect.compiler)) for one in by_name]
            if model.key.generated:
                column: Any = table.c[model.key.name]
                column.server_default = sa.Identity(always=False)
                column.identity = column.server_default
                column.identity._set_parent(column)
            made = CreateTable(table, include_foreign_key_constraints=early)
            statements.append(str(made.compile(dialect=self.dialect.compiler)))
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            statements += [str(CreateIndex(index).compile(dialect=self.dialect.compiler)) for index in indexes]
        return statements + added


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return _PREPARER.quote(name)


async def layout_of(link: Link, table: str) -> TableLayout | None:
    """The table as it is, or None when there is no such table."""
    name = quoted(table)
    columns = {
        column: ColumnState(column, _ALIKE.get(str(kind), str(kind)), nullable, is_key, has_default)
        for column, kind, nullable, is_key, has_default in await link.rows(_COLUMNS, (name,))
    }
    if not columns:
        return None
    unique = frozenset(frozenset(names) for (names,) in await link.rows(_UNIQUE, (name,)))
    return TableLayout(table, columns, unique)
