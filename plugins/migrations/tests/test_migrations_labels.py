"""Labels of an enumeration that a revision added, on PostgreSQL: taken away again when no row has them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from dataflow import DataFlow, MigrationError
from dataflow.migrations import Change, Defined, Intents, MigrationPlan, ObjectRef, SchemaSnapshot

pytestmark = pytest.mark.databases("postgres")
MOOD = ObjectRef("type", "mood")
MADE = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE days (id int PRIMARY KEY, mood mood DEFAULT 'happy')"


@attrs.frozen(eq=False)
class Place:
    """A database with a table of somebody's that has an enumeration."""

    db: DataFlow

    async def run(self, sql: str) -> Any:
        async with self.db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            return await session.rows(sql)

    async def seen(self) -> SchemaSnapshot:
        async with self.db.adapter.session("test") as session:  # type: ignore[attr-defined]  # same
            found: SchemaSnapshot = await self.db.adapter.schema.snapshot(session)  # type: ignore[attr-defined]  # same
            return found

    async def labels(self) -> str:
        ((found,),) = await self.run("SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum")
        return str(found)

    async def to(self, *labels: str) -> None:
        """Give the enumeration other labels, in a revision."""
        before = await self.seen()
        old = before.objects[MOOD]
        assert isinstance(old, Defined)
        words, listed = (json.loads(old.options["labels"]), json.dumps(labels, ensure_ascii=False))
        definition = old.definition.replace(
            ", ".join(f"'{one}'" for one in words), ", ".join(f"'{one}'" for one in labels)
        )
        new = attrs.evolve(old, definition=definition, options={**old.options, "labels": listed})
        after = attrs.evolve(before, objects=[*(one for one in before.objects.values() if one.ref != MOOD), new])
        steps = self.db.adapter.schema.steps([Change(old, new)], before, after, Intents())  # type: ignore[attr-defined]  # same
        empty = before.tables(()).fingerprint
        await self.db.migrations.apply(
            MigrationPlan(dialect="postgresql", from_fingerprint=empty, to_fingerprint=empty, steps=tuple(steps))
        )


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Place]:
    async with DataFlow(database_url, plugins=["migrations"]) as db:
        found = Place(db)
        for statement in MADE.split("; "):
            await found.run(statement)
        yield found


async def test_a_label_that_no_row_has_is_taken_away(place: Place) -> None:
    await place.run("INSERT INTO days VALUES (1)")
    await place.to("sad", "calm", "happy")
    assert await place.labels() == "sad calm happy"
    await place.db.migrations.rollback()
    assert await place.labels() == "sad happy"
    await place.run("INSERT INTO days VALUES (2)")
    assert await place.run("SELECT id, mood::text FROM days ORDER BY id") == [(1, "happy"), (2, "happy")]


async def test_a_label_that_rows_have_stays(place: Place) -> None:
    await place.to("sad", "calm", "happy")
    await place.run("INSERT INTO days VALUES (1, 'calm'), (2, 'calm'), (3, 'sad')")
    with pytest.raises(MigrationError) as raised:
        await place.db.migrations.rollback()
    (problem,) = raised.value.problems
    assert (problem.code, problem.context["rows"]) == ("DF-G110", 2)
    assert problem.message.endswith(
        "cannot be undone: alter type mood (2 rows of column days.mood have what came with it)"
    )
    assert await place.labels() == "sad calm happy"
    await place.run("UPDATE days SET mood = 'happy' WHERE mood = 'calm'")
    await place.db.migrations.rollback()
    assert await place.labels() == "sad happy"


async def test_a_label_that_rows_have_is_not_removed(place: Place) -> None:
    await place.run("INSERT INTO days VALUES (1, 'sad')")
    with pytest.raises(MigrationError) as raised:
        await place.to("happy")
    (problem,) = raised.value.problems
    assert (problem.code, problem.context["database"]) == (
        "DF-G105",
        "not so: column days.mood has no row in the way, but 1 row",
    )
    assert await place.labels() == "sad happy"
