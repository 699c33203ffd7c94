"""Models of a database that is there, read and tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dataflow import DataFlow
from dataflow.diagnostics import error_of
from dataflow.migrations import SchemaSnapshot
from dataflow.migrations.seam import MigratableAdapter
from dataflow_migrations.problems import not_migratable
from dataflow_migrations.reflecting.models import LeftOut, Reflection, reflected
from dataflow_migrations.reflecting.otherwise import otherwise
from dataflow_migrations.reflecting.problems import without_table
from dataflow_migrations.reflecting.source import source

#: of PostgreSQL; elsewhere a database has one
_OTHER_SCHEMAS = """
SELECT nspname FROM pg_namespace n WHERE nspname NOT IN (current_schema(), 'information_schema') AND nspname !~ '^pg_'
AND EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid) ORDER BY nspname
"""
_UNREAD = "the tables of the schema that unqualified names mean are read alone"


async def reflect(url: str, tables: Collection[str] = ()) -> Reflection:
    """The models of a database's tables, of all when none is named; changes nothing there.

    ``source`` of the result is the module; ``raise_for_tables`` and ``raise_for_all`` refuse what it cannot say.

    :raises MigrationError: DF-G117 for a named table that is not there, or can have no model; DF-G102.
    """
    schema, unread = await _schema(url)
    absent = sorted({*tables} - {one.ref.name for one in schema.of_kind("table")})
    if absent:
        raise error_of(without_table(absent[0], schema))
    found = reflected(schema, tables)
    if tables:
        found.raise_for_tables()
    else:
        found = attrs.evolve(found, left_out=(*found.left_out, *unread))
    found = attrs.evolve(found, otherwise=await otherwise(found, source(found, url, secret=False), schema))
    return attrs.evolve(found, source=source(found, url))


async def _schema(url: str) -> tuple[SchemaSnapshot, Sequence[LeftOut]]:
    """What is there, and what of the database a snapshot does not show."""
    async with DataFlow(url, plugins=["migrations"]) as db:
        adapter = db.adapter
        if not isinstance(adapter, MigratableAdapter):
            raise error_of(not_migratable(type(adapter).__name__))
        async with adapter.session("generate") as session:
            schema = await adapter.schema.snapshot(session)
            others = await session.rows(_OTHER_SCHEMAS) if schema.dialect == "postgresql" else ()
            return schema, [LeftOut(f"schema {name}", _UNREAD) for (name,) in others]
