"""What only PostgreSQL does: keys that it makes, documents as JSONB, what its errors hold."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dataflow import DataFlow, ForeignKeyError, UniqueError, field

pytestmark = pytest.mark.databases("postgres")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Note:
            id: int
            doc: dict[str, Any] = field(default_factory=dict)

        @db.model
        class User:
            id: str
            email: str = field(unique=True)
            note_id: int | None = field(default=None, references="Note.id")

        yield db


async def test_an_id_that_is_given_is_never_made_again(db: DataFlow) -> None:
    assert (await db.Note.create())["id"] == 1
    await db.Note.create(id=7)
    assert (await db.Note.create())["id"] == 8
    await db.Note.bulk_create([{"id": 20}, {"doc": {}}, {"id": 15}])
    assert (await db.Note.bulk_create([{}]))["ids"] == [22]
    await db.Note.bulk_create([{"id": 3}])
    assert (await db.Note.create())["id"] == 23


@pytest.mark.parametrize("value", [1e22, 1e16, -1e300, 1e-7, 0.1, 1.0, 2**63 - 1, -(2**63)])
async def test_a_number_in_a_document_keeps_its_kind(db: DataFlow, value: float) -> None:
    note = await db.Note.create(doc={"n": value, "t": "1e+22 is text", "list": [value]})
    found = (await db.Note.read(note["id"]))["doc"]
    assert found == {"n": value, "t": "1e+22 is text", "list": [value]}
    assert type(found["n"]) is type(value)


async def test_no_value_of_a_refused_row_stands_in_the_drivers_own_error(db: DataFlow) -> None:
    await db.User.create(id="a", email="known@example.com")
    with pytest.raises(UniqueError) as refused:
        await db.User.create(id="b", email="known@example.com")
    cause = refused.value.__cause__
    assert cause is not None
    assert "known@example.com" not in "".join(traceback.format_exception_only(cause))
    with pytest.raises(ForeignKeyError) as missing:
        await db.User.bulk_create([{"id": "c", "email": "c"}, {"id": "d", "email": "d", "note_id": 99}])
    assert missing.value.context["row"] == 1
    assert missing.value.__cause__ is not None
    assert "99" not in str(missing.value.__cause__)


async def test_the_row_of_a_copy_is_named(db: DataFlow) -> None:
    rows = [{"id": f"u{n}", "email": f"e{n % 2_500}"} for n in range(3_000)]
    with pytest.raises(UniqueError) as refused:
        await db.User.bulk_create(rows)
    assert refused.value.context["row"] == 2_500
    assert await db.User.count() == 0


@pytest.mark.parametrize("count", [10, 3_000])
async def test_a_few_rows_and_many_are_merged_alike(db: DataFlow, count: int) -> None:
    rows = [{"id": f"u{n}", "email": f"e{n}"} for n in range(count)]
    assert await db.User.bulk_upsert(rows[: count // 2]) == {"created": count // 2, "updated": 0}
    assert await db.User.bulk_upsert(rows) == {"created": count - count // 2, "updated": count // 2}
    again = await db.User.bulk_create(rows, on_conflict="skip")
    assert (again["created"], again["skipped"], again["ids"]) == (0, count, [])
    assert await db.User.bulk_update([{"id": row["id"], "email": row["email"] + "!"} for row in rows]) == {
        "updated": count
    }
    assert await db.User.count({"email": {"$endswith": "!"}}) == count
