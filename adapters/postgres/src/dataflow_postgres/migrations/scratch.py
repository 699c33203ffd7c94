"""The tables of models made in a place of their own, read, and undone: nothing is left behind."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from dataflow.adapters import StatementFailed, driver_error
from dataflow.diagnostics import error_of
from dataflow.migrations import SchemaSnapshot
from dataflow.models.model import Model
from dataflow_postgres.catalogue import PostgresCatalogue
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.names import quoted
from dataflow_postgres.migrations.reading import snapshot_of
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers.scratch import no_scratch

#: where no schema may be made; everybody may make temporary tables but where it is forbidden
TEMPORARY = "pg_temp"


async def rendered(session: PostgresSession, models: Sequence[Model], dialect: PostgresDialect) -> SchemaSnapshot:
    """:raises AdapterError: DF-A123 where neither a schema nor temporary tables may be made."""
    statements = PostgresCatalogue(dialect).definitions(models, models)
    tables = [model.table for model in models]
    scratch = f"dataflow_scratch_{secrets.token_hex(6)}"
    try:
        async with _undone(session):
            await session.run(f"CREATE SCHEMA {quoted(scratch)}")
            return await _read(session, scratch, statements, tables)
    except StatementFailed as error:
        if not isinstance(driver_error(error), asyncpg.InsufficientPrivilegeError):
            raise
    try:
        async with _undone(session):
            return await _read(session, TEMPORARY, statements, tables)
    except StatementFailed as error:
        if not isinstance(driver_error(error), asyncpg.InsufficientPrivilegeError):
            raise
        raise error_of(no_scratch("schemas", "GRANT TEMPORARY ON DATABASE app TO user")) from driver_error(error)


async def _read(
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
