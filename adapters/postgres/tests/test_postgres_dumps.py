"""Schemas made by our steps, as pg_dump sees them: what it says of the original, it says of the copy."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataflow import DataFlow, Index, field
from dataflow.migrations import Change, Intents, MigrationStep, Probe, SchemaSnapshot
from dataflow_postgres.dialect import PostgresDialect
from dataflow_postgres.migrations.dialect import PostgresSchema
from dataflow_postgres.migrations.session import PostgresSession
from dataflow_sql.servers import ServerAdapter
from dataflow_testkit.databases import run_postgres
from dataflow_testkit.throwaway import program

pytestmark = pytest.mark.databases("postgres")
RICH = (Path(__file__).parent / "rich_schema.sql").read_text(encoding="utf-8")
SCHEMA = PostgresSchema(PostgresDialect())


def dump(url: str) -> str:
    found = program("pg_dump")
    assert found is not None, "pg_dump comes with the server"
    text = subprocess.run([str(found), "--schema-only", url], check=True, capture_output=True, text=True).stdout
    # a setting that servers before version 17 do not know
    return text.replace("SET transaction_timeout = 0;\n", "")


def restore(text: str, url: str) -> None:
    found = program("psql")
    assert found is not None, "psql comes with pg_dump"
    command = [str(found), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(command, check=True, capture_output=True, text=True, input=text)


def statements(text: str) -> list[str]:
    """The statements of a dump, in an order of their own; the columns of a table too, where they stand is no matter."""
    # whose the schema itself is, and how a session is set, is no part of it
    plain = re.sub(
        r"^(--|\\(un)?restrict|SET |SELECT |ALTER SCHEMA|COMMENT ON SCHEMA).*$", "", text, flags=re.MULTILINE
    )
    blocks = [block.strip() for block in re.split(r"\n{2,}", plain) if block.strip()]
    return sorted(
        "\n".join(sorted(line.rstrip(",") for line in block.splitlines())) if _is_table(block) else block
        for block in blocks
    )


def _is_table(block: str) -> bool:
    return re.match(r"CREATE (UNLOGGED )?TABLE", block) is not None


async def copied(source: PostgresSession, target: PostgresSession) -> SchemaSnapshot:
    """Make the schema of one database in another one, which is empty, by our steps alone."""
    wanted, empty = await SCHEMA.snapshot(source), await SCHEMA.snapshot(target)
    assert dict(empty.objects) == {}
    changes = [Change(None, one) for ref, one in wanted.objects.items() if ref.owner not in wanted.objects]
    steps = SCHEMA.steps(changes, empty, wanted, Intents())
    async with target.transaction():
        for step in steps:
            for statement in step.sql:
                await target.run(statement)
    made = await SCHEMA.snapshot(target)
    assert {ref: one for ref, one in made.objects.items() if wanted.objects.get(ref) != one} == {}
    assert made.fingerprint == wanted.fingerprint
    return made


async def test_a_rich_schema_is_made_anew_as_pg_dump_makes_it(database_url: str, further_urls: tuple[str, str]) -> None:
    restore(RICH, database_url)
    ours, its = further_urls
    async with opened(database_url) as source, opened(ours) as target:
        await copied(source, target)
    # a list of constants that is cast as a whole is spelt anew by whoever reads it: so does a dump that is restored
    original = dump(database_url)
    restore(original, its)
    assert statements(dump(ours)) == statements(dump(its))
    assert len(statements(original)) > 100


async def test_a_rich_schema_can_be_taken_away_and_put_back(database_url: str, further_urls: tuple[str, str]) -> None:
    restore(RICH, database_url)
    before = dump(database_url)
    async with opened(database_url) as session:
        there = await SCHEMA.snapshot(session)
        changes = [Change(one, None) for ref, one in there.objects.items() if ref.owner not in there.objects]
        steps = SCHEMA.steps(changes, there, SchemaSnapshot("postgresql"), Intents())
        async with session.transaction():
            for step in steps:
                for statement in step.sql:
                    await session.run(statement)
        assert dict((await SCHEMA.snapshot(session)).objects) == {}
        async with session.transaction():
            for step in reversed(steps):
                for statement in step.inverse:
                    await session.run(statement)
        assert await SCHEMA.snapshot(session) == there
    its = further_urls[0]
    restore(before, its)
    assert statements(dump(database_url)) == statements(dump(its))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresSession]:
    """A session of an instance of its own."""
    async with DataFlow(url) as db, cast(ServerAdapter, db.adapter).session("test") as session:
        yield cast(PostgresSession, session)


TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "bytes": bytes, "json": dict[str, Any], "maybe": str | None,
}  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from(["name", "order", "Mixed", "size", "user", "größe"]),
    st.tuples(st.sampled_from(sorted(TYPES)), st.booleans(), st.booleans()),
    max_size=5,
)
MODELS = st.lists(st.tuples(st.sampled_from([int, str]), FIELDS, st.booleans(), st.booleans()), min_size=1, max_size=4)


def with_models(db: DataFlow, described: list[Any]) -> None:
    """Models out of descriptions: each may refer to the one before, and to itself."""
    keys: list[type] = []
    for number, (key, fields, refers, partial) in enumerate(described):
        body: dict[str, Any] = {"__annotations__": {"id": key}, "__module__": __name__}
        for name, (kind, unique, indexed) in fields.items():
            body["__annotations__"][name] = TYPES[kind]
            plain = kind not in ("json",)
            body[name] = field(unique=unique and plain, index=indexed and plain and not unique)
        if refers:
            target = max(number - 1, 0)
            body["__annotations__"]["link"] = (keys[target] if number else key) | None
            body["link"] = field(default=None, references=f"M{target}.id", on_delete="set_null")
        if partial:
            body["__indexes__"] = [Index("id", where={"id": {"$in": [1, 2] if key is int else ["a", "it's"]}})]
        keys.append(key)
        db.model(type(f"M{number}", (), body))


def emptied(url: str) -> None:
    run_postgres(url, ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"])


async def made_by_steps(url: str, first: list[Any], then: list[Any]) -> None:
    """The tables of some models by our steps; on the way to those of others and back they are the same again."""
    async with DataFlow(url) as db, DataFlow(url) as other, opened(url) as session:
        with_models(db, first)
        with_models(other, then)
        wanted = await SCHEMA.desired(session, list(db.models.values()))
        await taken(session, await SCHEMA.snapshot(session), wanted)
        steps = await taken(session, wanted, await SCHEMA.desired(session, list(other.models.values())))
        async with session.transaction():
            for step in reversed(steps):
                for statement in step.inverse:
                    await session.run(statement)
        assert await SCHEMA.snapshot(session) == wanted


async def taken(session: PostgresSession, before: SchemaSnapshot, after: SchemaSnapshot) -> list[MigrationStep]:
    refs = sorted({*before.objects, *after.objects})
    pairs = [(ref.owner, before.objects.get(ref), after.objects.get(ref)) for ref in refs]
    changes = [
        Change(old, new)
        for owner, old, new in pairs
        if old != new and (owner in before.objects) == (owner in after.objects)
    ]
    steps = list(SCHEMA.steps(changes, before, after, Intents()))
    async with session.transaction():
        for step in steps:
            for statement in step.sql:
                await session.run(statement)
            assert await unkept(session, step) == []
    assert await SCHEMA.snapshot(session) == after
    return steps


async def unkept(session: PostgresSession, step: MigrationStep) -> list[str]:
    """What a step promises and does not hold."""
    now = (await SCHEMA.snapshot(session)).objects

    def is_kept(probe: Probe) -> bool:
        found = now.get(probe.ref)
        return found == probe.object if probe.holds == "is" else (found is None) == (probe.holds == "absent")

    return [str(probe) for probe in step.postconditions if not is_kept(probe)]


async def made_by_the_adapter(url: str, described: list[Any]) -> None:
    async with DataFlow(url) as db:
        with_models(db, described)
        await db.adapter.ensure(list(db.models.values()), create=True)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=MODELS, then=MODELS)
def test_generated_models_are_made_as_pg_dump_sees_those_of_the_adapter(
    first: list[Any], then: list[Any], database_url: str, further_urls: tuple[str, str]
) -> None:
    other = further_urls[0]
    emptied(database_url)
    emptied(other)
    asyncio.run(made_by_the_adapter(database_url, first))
    asyncio.run(made_by_steps(other, first, then))
    assert statements(dump(other)) == statements(dump(database_url))
