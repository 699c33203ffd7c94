"""Connections for schema work, and the way from one schema to another, walked step by step, back, and again."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import cast
from urllib.parse import urlsplit, urlunsplit

import attrs
import pytest

from dataflow import DataFlow
from dataflow.migrations import Change, Intents, MigrationStep, ObjectRef, Probe, SchemaSnapshot
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.dialect import PostgresSchema
from dataflow_postgres.migrations.reading import snapshot_of
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers import ServerAdapter
from dataflow_testkit.databases import run_postgres

Opened = Callable[[], AbstractAsyncContextManager[PostgresSession]]


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[Opened]:
    """Opens sessions of one instance."""
    async with DataFlow(database_url) as db:

        @asynccontextmanager
        async def open_one() -> AsyncIterator[PostgresSession]:
            async with cast(ServerAdapter, db.adapter).session("test") as session:
                yield cast(PostgresSession, session)

        yield open_one


@pytest.fixture
async def session(opened: Opened) -> AsyncIterator[PostgresSession]:
    async with opened() as one:
        yield one


@pytest.fixture
def further_urls(database_url: str) -> Iterator[tuple[str, str]]:
    """Two empty databases beside that of the test."""
    parts = urlsplit(database_url)
    names = [f"{parts.path.strip('/')}_{place}" for place in ("first", "second")]
    try:
        for name in names:
            run_postgres(database_url, [f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"])
        first, second = (urlunsplit(parts._replace(path=f"/{name}")) for name in names)
        yield first, second
    finally:
        run_postgres(database_url, [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in names])


def changes_between(before: SchemaSnapshot, after: SchemaSnapshot) -> list[Change]:
    """What differs, object by object; what comes or goes with its table is left out."""

    def comes_with_table(ref: ObjectRef) -> bool:
        return ref.owner is not None and (ref.owner in before.objects) != (ref.owner in after.objects)

    pairs = [
        (ref, before.objects.get(ref), after.objects.get(ref)) for ref in sorted({*before.objects, *after.objects})
    ]
    return [Change(old, new) for ref, old, new in pairs if old != new and not comes_with_table(ref)]


def holds(probe: Probe, schema: SchemaSnapshot) -> bool:
    found = schema.objects.get(probe.ref)
    if probe.holds == "absent":
        return found is None
    return found is not None if probe.holds == "exists" else found == probe.object


@attrs.frozen(eq=False)
class Way:
    """From the schema of one session to another one."""

    session: PostgresSession
    schema: PostgresSchema

    async def wanted(self, sql: str) -> SchemaSnapshot:
        """How the server describes a schema that is made by statements, somewhere else."""
        scratch = f"scratch_{secrets.token_hex(4)}"
        await self.session.run("BEGIN")
        try:
            await self.session.run(f"CREATE SCHEMA {scratch}; SET LOCAL search_path = {scratch}, public; {sql}")
            return await snapshot_of(self.session, schema=scratch)
        finally:
            await self.session.run("ROLLBACK")

    async def there(self) -> SchemaSnapshot:
        return await self.schema.snapshot(self.session)

    async def steps(self, sql: str, intents: Intents | None = None) -> list[MigrationStep]:
        before, after = await self.there(), await self.wanted(sql)
        # views of other schemas are no part of this one
        elsewhere = [one for ref, one in before.objects.items() if ref.schema]
        after = attrs.evolve(after, objects=[*after.objects.values(), *elsewhere])
        return list(self.schema.steps(changes_between(before, after), before, after, intents or Intents()))

    async def walk(self, steps: Sequence[MigrationStep]) -> None:
        """Every step holds what it promises as soon as it is done."""
        for step in steps:
            alone = step.transactional != "yes"
            async with nullcontext() if alone else self.session.transaction():
                for statement in step.sql:
                    await self.session.run(statement)
            now = await self.there()
            assert step.postconditions
            for probe in step.postconditions:
                assert holds(probe, now), (str(step), str(probe), probe.object, now.objects.get(probe.ref))

    async def back(self, steps: Sequence[MigrationStep]) -> None:
        async with self.session.transaction():
            for step in reversed(steps):
                assert step.inverse, step
                for statement in step.inverse:
                    await self.session.run(statement)

    async def go(self, sql: str, intents: Intents | None = None, undo: bool = True) -> list[MigrationStep]:
        """To a schema, back to the one that was there, and there again."""
        before, after = await self.there(), await self.wanted(sql)
        steps = list(self.schema.steps(changes_between(before, after), before, after, intents or Intents()))
        await self.walk(steps)
        assert changes_between(await self.there(), after) == []
        if undo:
            await self.back(steps)
            assert changes_between(await self.there(), before) == []
            await self.walk(steps)
            assert changes_between(await self.there(), after) == []
        return steps


@pytest.fixture
def way(session: PostgresSession) -> Way:
    return Way(session, PostgresSchema(PostgresDialect()))
