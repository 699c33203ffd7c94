"""Tables made in a place of their own, read, and undone: nothing is left behind."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
import attrs

from dataflow.adapters import StatementFailed, driver_error
from dataflow.diagnostics import error_of
from dataflow.migrations import Defined, Followed, ObjectRef, SchemaSnapshot, name_now
from dataflow.models.model import Model
from dataflow_postgres.catalogue import PostgresCatalogue
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.names import dotted, quoted
from dataflow_postgres.migrations.ordering import ordered
from dataflow_postgres.migrations.reading import snapshot_of
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers.scratch import no_scratch

#: where no schema may be made; everybody may make temporary tables but where it is forbidden
TEMPORARY = "pg_temp"


async def rendered(session: PostgresSession, models: Sequence[Model], dialect: PostgresDialect) -> SchemaSnapshot:
    """The tables of models.

    :raises AdapterError: DF-A123 where neither a schema nor temporary tables may be made.
    """
    statements = PostgresCatalogue(dialect).definitions(models, models)
    return await _read(session, statements, [model.table for model in models])


async def followed(
    session: PostgresSession, schema: SchemaSnapshot, renames: Mapping[ObjectRef, ObjectRef]
) -> Followed:
    """The views that stand on what is renamed, made on empty tables of the same columns, as they read after the renames."""
    views = _standing_on({name_now(new, renames) for new in renames}, schema)
    if not views:
        return Followed()
    standing = {one.ref for one in views}
    needed = {one.referenced for one in schema.dependencies if one.dependent in standing}
    owners = {ref.owner or ref for ref in needed}
    tables = sorted(ref.name for ref in owners if ref.kind == "table" and not ref.schema)
    ((current,),) = await session.rows("SELECT current_schema()::text")
    statements = [
        f"CREATE TABLE {quoted(name)} (LIKE {dotted(name, current)} INCLUDING GENERATED INCLUDING INDEXES)"
        for name in tables
    ]
    statements += (f"CREATE VIEW {quoted(one.ref.name)} AS {one.definition}" for one in views)
    there = set(tables)
    for new, old in renames.items():
        name = old.name if new.kind == "table" else new.table
        if name in there:
            what = "" if new.kind == "table" else f" COLUMN {quoted(old.name)}"
            statements.append(f"ALTER TABLE {quoted(name)} RENAME{what} TO {quoted(new.name)}")
            there = (there - {name}) | {new.name} if new.kind == "table" else there
    try:
        found = await _read(session, statements, sorted(there))
    except StatementFailed:
        # a view on what may not be read, or on one of another schema: its own text is what there is
        return Followed()
    texts = {one.ref.name: one.definition for one in found.of_kind("view") if isinstance(one, Defined)}
    return Followed(tuple(attrs.evolve(one, definition=texts[one.ref.name]) for one in views))


def _standing_on(moved: Collection[ObjectRef], schema: SchemaSnapshot) -> list[Defined]:
    """The views of the schema itself that name something, and those that name them, each after what it needs."""
    needs: dict[ObjectRef, set[ObjectRef]] = defaultdict(set)
    for one in schema.dependencies:
        if one.dependent.kind in ("view", "materialized_view") and not one.dependent.schema:
            needs[one.dependent].update(ref for ref in (one.referenced, one.referenced.owner) if ref is not None)
    found: set[ObjectRef] = set()
    while more := {view for view, refs in needs.items() if view not in found and not refs.isdisjoint({*moved, *found})}:
        found |= more
    placed = ordered({view: needs[view] & found for view in found}, lambda ref: (ref.name,))
    return [view for ref in placed if isinstance(view := schema.objects.get(ref), Defined)]


async def _read(session: PostgresSession, statements: Sequence[str], tables: Sequence[str]) -> SchemaSnapshot:
    """What some statements make."""
    scratch = f"dataflow_scratch_{secrets.token_hex(6)}"
    try:
        async with _undone(session):
            await session.run(f"CREATE SCHEMA {quoted(scratch)}")
            return await _made(session, scratch, statements, tables)
    except StatementFailed as error:
        if not isinstance(driver_error(error), asyncpg.InsufficientPrivilegeError):
            raise
    try:
        async with _undone(session):
            return await _made(session, TEMPORARY, statements, tables)
    except StatementFailed as error:
        if not isinstance(driver_error(error), asyncpg.InsufficientPrivilegeError):
            raise
        raise error_of(no_scratch("schemas", "GRANT TEMPORARY ON DATABASE app TO user")) from driver_error(error)


async def _made(
    session: PostgresSession, scratch: str, statements: Sequence[str], tables: Sequence[str]
) -> SchemaSnapshot:
    ((current, path),) = await session.rows("SELECT current_schema()::text, current_setting('search_path')")
    # types of extensions are found where they are otherwise
    await session.rows("SELECT set_config('search_path', ?, true)", f"{quoted(scratch)}, {path}".rstrip(", "))
    for statement in statements:
        await session.run(statement)
    if scratch == TEMPORARY:
        ((scratch,),) = await session.rows("SELECT pg_my_temp_schema()::regnamespace::text")
    return await snapshot_of(session, tables, scratch, current)


class _Undo(Exception):
    """Ends a transaction that is not meant to last."""


@asynccontextmanager
async def _undone(session: PostgresSession) -> AsyncIterator[None]:
    """A transaction, or a part of the one that is open, that is rolled back in any case."""
    if not session.raw.is_in_transaction():
        with suppress(_Undo):
            async with session.transaction():
                yield
                raise _Undo
        return
    await session.run("SAVEPOINT dataflow_scratch")
    try:
        yield
    except Exception:
        await session.run("ROLLBACK TO SAVEPOINT dataflow_scratch")
        raise
    await session.run("ROLLBACK TO SAVEPOINT dataflow_scratch")
