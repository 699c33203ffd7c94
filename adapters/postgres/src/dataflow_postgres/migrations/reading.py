"""A schema read from the catalogue, in one look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs

from dataflow.migrations import Dependency, ObjectRef, SchemaObject, SchemaSnapshot
from dataflow_postgres.migrations import definitions, keys, queries, relations
from dataflow_postgres.migrations.names import quoted
from dataflow_postgres.migrations.session import PostgresSession

Row = tuple[Any, ...]
#: how the server writes constants, and names beside search_path: a default or a partition's bound reads alike in every session
_SPELLING = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}


@attrs.define(eq=False)
class Catalogue:
    """What was found so far. ``refs`` are names by catalogue and number, ``columns`` by table and place."""

    objects: list[SchemaObject] = attrs.field(factory=list)
    refs: dict[tuple[str, int], ObjectRef] = attrs.field(factory=dict)
    columns: dict[tuple[int, int], ObjectRef] = attrs.field(factory=dict)
    #: of columns, also those of views
    names: dict[tuple[int, int], str] = attrs.field(factory=dict)
    #: of objects that belong to extensions
    members: set[tuple[str, int]] = attrs.field(factory=set)

    def add(self, catalogue: str, oid: int, one: SchemaObject) -> None:
        self.refs[catalogue, oid] = one.ref
        self.objects.append(one)

    def relation(self, oid: int) -> ObjectRef:
        return self.refs["pg_class", oid]

    def dependencies(self, rows: list[Row]) -> tuple[Dependency, ...]:
        found: dict[Dependency, None] = {}
        for catalogue, oid, place, other, referred, referred_place in rows:
            dependent = self._ref(catalogue, oid, place)
            referenced = self._ref(other, referred, referred_place)
            if dependent is None or referenced is None or dependent == referenced:
                continue
            if (
                dependent.kind in ("constraint", "index")
                and referenced.kind == "column"
                and dependent.owner == referenced.owner
            ):
                # its own attributes say so
                continue
            if dependent.owner != referenced:
                found[Dependency(dependent, referenced)] = None
        return tuple(found)

    def _ref(self, number: int, oid: int, place: int) -> ObjectRef | None:
        catalogue = queries.CATALOGUES.get(number, "")
        if catalogue == "pg_class" and place:
            return self.columns.get((oid, place))
        return self.refs.get((catalogue, oid))


async def snapshot_of(
    session: PostgresSession,
    tables: Collection[str] | None = None,
    schema: str | None = None,
    beside: str | None = None,
) -> SchemaSnapshot:
    """The schema that unqualified names mean, or another one: everything, or some tables with what depends on them.

    :param beside: a further schema whose name is left out.
    """
    async with _one_look(session):
        ((current, version),) = await session.rows("SELECT current_schema()::text, current_setting('server_version')")
        name = current if schema is None else schema
        path = ", ".join(quoted(one) for one in (name, beside) if one is not None)
        before = await _set(session, {**_SPELLING, "search_path": path})
        found = Catalogue()
        if name is not None:
            await _read(session, found, name, None if tables is None else list(tables))
        rows = await session.rows(queries.DEPENDENCIES, [oid for _, oid in found.refs])
        # after a failure the transaction is undone, and this with it
        await _set(session, before)
    return SchemaSnapshot("postgresql", found.objects, found.dependencies(rows), version.split()[0])


@asynccontextmanager
async def _one_look(session: PostgresSession) -> AsyncIterator[None]:
    """One moment for all questions; inside a transaction that of each."""
    if session.raw.is_in_transaction():
        yield
        return
    async with session.transaction():
        await session.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


async def _set(session: PostgresSession, wanted: Mapping[str, str]) -> dict[str, str]:
    """Change settings for the rest of the transaction; gives what they were."""
    names, values = list(wanted), list(wanted.values())
    before = await session.rows("SELECT n, current_setting(n) FROM unnest(?::text[]) AS n", names)
    await session.rows("SELECT set_config(n, v, true) FROM unnest(?::text[], ?::text[]) AS s (n, v)", names, values)
    return dict(before)


async def _read(session: PostgresSession, found: Catalogue, schema: str, tables: list[str] | None) -> None:
    async def ask(sql: str, *values: Any) -> list[Row]:
        # the numbers of values are the server's own here
        return [tuple(row) for row in await session.link.rows(queries.fitting(sql, version), values)]

    own, version = quoted(schema), session.raw.get_server_version().major
    found.members.update(
        (queries.CATALOGUES[number], oid) for number, oid in await ask(queries.MEMBERS) if number in queries.CATALOGUES
    )
    rows = await ask(queries.RELATIONS, own, tables)
    numbers = [row[0] for row in rows]
    columns = await ask(queries.COLUMNS, numbers)
    sequences = await ask(queries.SEQUENCES, own, None if tables is None else numbers)
    relations.add_relations(found, rows, columns, schema)
    relations.add_columns(found, columns, sequences)
    indexes = [keys.IndexRow(*row) for row in await ask(queries.INDEXES, numbers)]
    keys.add_constraints(found, await ask(queries.CONSTRAINTS, numbers), indexes, schema)
    keys.add_indexes(found, indexes)
    definitions.add_sequences(found, sequences)
    definitions.add_triggers(found, await ask(queries.TRIGGERS, numbers))
    definitions.add_rules(found, await ask(queries.RULES, numbers))
    definitions.add_policies(found, await ask(queries.POLICIES, numbers))
    definitions.add_statistics(found, await ask(queries.STATISTICS, numbers))
    if tables is None:
        definitions.add_types(found, await ask(queries.TYPES, own))
        definitions.add_routines(found, await ask(queries.ROUTINES, own))
        definitions.add_extensions(found, await ask(queries.EXTENSIONS, own))
        definitions.add_others(found, await ask(queries.OTHERS, own))
