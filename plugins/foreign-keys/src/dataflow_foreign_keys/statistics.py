"""What a database knows of its tables without reading them: how many rows, and how many of them refer to one row."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dataflow.migrations import ObjectRef, SchemaDialect, SchemaSnapshot, Session
from dataflow_foreign_keys.graph import ForeignKeyGraph
from dataflow_foreign_keys.keys import ForeignKey, columns_by_name
from dataflow_foreign_keys.rows import source_of

_POSTGRES_ROWS = """
SELECT n.nspname::text, c.relname::text, c.reltuples::float8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
"""
_POSTGRES_COLUMNS = """
SELECT schemaname::text, tablename::text, attname::text, null_frac::float8, n_distinct::float8 FROM pg_stats
"""
_MYSQL_ROWS = "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = DATABASE()"
_MYSQL_COLUMNS = """
SELECT table_name, column_name, max(cardinality) FROM information_schema.statistics
WHERE table_schema = DATABASE() AND seq_in_index = 1 GROUP BY table_name, column_name
"""
#: rows that are looked at for how many of them refer at all
SAMPLE = 1000
Column = tuple[ObjectRef, str]


@attrs.frozen
class Statistics:
    """``referring`` is how many rows have a value in a column, ``distinct`` how many values it has; unknown ones are absent."""

    source: str
    rows: Mapping[ObjectRef, float]
    referring: Mapping[Column, float] = attrs.field(factory=dict)
    distinct: Mapping[Column, float] = attrs.field(factory=dict)

    def children(self, key: ForeignKey) -> float:
        """The rows that refer to another by a key."""
        total = self.rows.get(key.constrained, 0.0)
        known = [self.referring.get((key.constrained, name), total) for name in key.constrained_columns]
        return min([total, *known])

    def fan_out(self, key: ForeignKey) -> float:
        """How many rows refer to one row, on average."""
        children, parents = self.children(key), self.rows.get(key.referred, 0.0)
        if parents > 0:
            return children / parents
        distinct = [self.distinct.get((key.constrained, name), 0.0) for name in key.constrained_columns]
        return children / max([1.0, *distinct])


async def statistics_of(
    graph: ForeignKeyGraph, snapshot: SchemaSnapshot, session: Session, dialect: SchemaDialect
) -> Statistics:
    """What the database has noted; SQLite's rows are counted where nobody has run ANALYZE."""
    if session.dialect == "postgresql":
        return await _postgres(session)
    found = await (_sqlite(graph, session, dialect) if session.dialect == "sqlite" else _mysql(session))
    # neither notes how many values are null
    referring = {
        (key.constrained, name): found.rows.get(key.constrained, 0.0)
        * await _given(key.constrained, name, session, dialect)
        for key in graph.keys
        for name, column in columns_by_name(key.constrained, snapshot).items()
        if name in key.constrained_columns and column.nullable
    }
    return attrs.evolve(found, referring=referring)


async def _given(table: ObjectRef, name: str, session: Session, dialect: SchemaDialect) -> float:
    """Which fraction of a table's first rows has a value in a column."""
    column = dialect.quoted(name)
    ((rows, given),) = await session.rows(
        f"SELECT count(*), count({column}) FROM (SELECT {column} FROM {source_of(table, dialect)} LIMIT {SAMPLE}) s"
    )
    return given / rows if rows else 0.0


async def _mysql(session: Session) -> Statistics:
    rows = {ObjectRef("table", name): float(number or 0) for name, number in await session.rows(_MYSQL_ROWS)}
    distinct = {
        (ObjectRef("table", table), column): float(number or 0)
        for table, column, number in await session.rows(_MYSQL_COLUMNS)
    }
    return Statistics("information_schema", rows, distinct=distinct)


async def _postgres(session: Session) -> Statistics:
    ((own,),) = await session.rows("SELECT current_schema()::text")

    def ref(schema: str, name: str) -> ObjectRef:
        return ObjectRef("table", name, schema="" if schema == own else schema)

    rows = {ref(schema, name): number for schema, name, number in await session.rows(_POSTGRES_ROWS) if number >= 0}
    referring: dict[Column, float] = {}
    distinct: dict[Column, float] = {}
    for schema, table, column, nulls, different in await session.rows(_POSTGRES_COLUMNS):
        total = rows.get(ref(schema, table), 0.0)
        referring[ref(schema, table), column] = total * (1 - nulls)
        # negative: a fraction of the rows
        distinct[ref(schema, table), column] = different if different >= 0 else -different * total
    return Statistics("pg_class.reltuples and pg_stats.n_distinct", rows, referring, distinct)


async def _sqlite(graph: ForeignKeyGraph, session: Session, dialect: SchemaDialect) -> Statistics:
    if await session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
        noted = await session.rows("SELECT tbl, stat FROM sqlite_stat1 WHERE stat IS NOT NULL")
        rows = {ObjectRef("table", table): float(stat.split()[0]) for table, stat in noted}
        if all(table in rows for key in graph.keys for table in (key.constrained, key.referred)):
            return Statistics("sqlite_stat1", rows)
    counted = {}
    for table in graph.tables:
        ((number,),) = await session.rows(f"SELECT count(*) FROM {source_of(table, dialect)}")
        counted[table] = float(number)
    return Statistics("counted rows, as if spread evenly", counted)
