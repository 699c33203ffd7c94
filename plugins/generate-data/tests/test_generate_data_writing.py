"""What is written holds on every database: foreign keys, uniqueness, the numbers asked for."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dataflow import DataFlow, Index, field
from dataflow_generate_data import generate, records

Rows = list[dict[str, Any]]


class User:
    id: int
    email: str = field(unique=True, max_length=60)
    name: str
    born: date | None = None
    boss_id: int | None = field(default=None, references="User.id")


class Profile:
    id: UUID
    user_id: int = field(references="User.id", unique=True)
    bio: str | None = None


class Team:
    __dataflow__ = {"versioned": True}  # noqa: RUF012  # as users write it

    id: str
    name: str = field(pattern=r"^[A-Z]{2}\d$", unique=True)
    captain_id: int | None = field(default=None, references="Player.id")


class Player:
    __dataflow__ = {"soft_delete": True}  # noqa: RUF012  # as users write it
    __indexes__ = [Index("team", "number", unique=True)]  # noqa: RUF012  # as users write it

    id: int
    team: str = field(references="Team.name")
    number: int = field(ge=1, le=20)
    user_id: int = field(references="User.id")


class Node:
    id: int
    parent_id: int = field(references="Node.id")


MODELS = (User, Profile, Team, Player, Node)
COUNTS = {"Player": 60, "Profile": 20, "Team": 4, "Node": 10, "User": 30}


def instance(url: str) -> DataFlow:
    db = DataFlow(url)
    for model in MODELS:
        # each registration is of the class as it was written
        db.model(model)
    return db


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with instance(database_url) as made:
        yield made


async def rows_of(db: DataFlow, model: str) -> Rows:
    return [row async for row in getattr(db, model).stream()]


async def test_references_hold_and_unique_values_are_unique(db: DataFlow) -> None:
    made = await generate(db, COUNTS, seed=7)
    assert made.created == COUNTS
    # after what they refer to
    assert list(made.created).index("User") < list(made.created).index("Profile")
    rows = {model: await rows_of(db, model) for model in COUNTS}
    assert {model: len(found) for model, found in rows.items()} == COUNTS
    users = {row["id"] for row in rows["User"]}
    assert {row["user_id"] for row in rows["Profile"]} <= users
    assert {row["boss_id"] for row in rows["User"]} - {None} <= users
    assert {row["team"] for row in rows["Player"]} <= {row["name"] for row in rows["Team"]}
    captains = {row["captain_id"] for row in rows["Team"]} - {None}
    assert captains
    assert captains <= {row["id"] for row in rows["Player"]}
    assert max(Counter((row["team"], row["number"]) for row in rows["Player"]).values()) == 1
    assert {row["parent_id"] for row in rows["Node"]} <= {row["id"] for row in rows["Node"]}


async def test_more_of_the_same_seed_goes_on_where_it_ended(db: DataFlow) -> None:
    for _ in range(3):
        await generate(db, {"User": 10, "Profile": 10, "Team": 3, "Player": 40}, seed=7)
    assert await db.Player.count() == 120
    assert len({row["email"] for row in await rows_of(db, "User")}) == 30


async def test_another_seed_makes_way_for_what_is_there(db: DataFlow) -> None:
    # 676,000 names there may be, 9 of 10 emails are taken by nobody: both kinds of rows are made anew where they are
    first = [row async for _, row in records(db, {"User": 5}, seed=2)]
    for row in first[::2]:
        await db.User.create(name="own", email=row["email"])
    await generate(db, {"User": 5}, seed=2)
    await generate(db, {"User": 5}, seed=3)
    assert await db.User.count() == 13


async def test_references_to_models_beside_are_to_what_the_database_holds(db: DataFlow) -> None:
    await generate(db, {"User": 3, "Team": 2})
    held = {row["id"] for row in await rows_of(db, "User")}
    await generate(db, {"Player": 30}, seed=5)
    assert {row["user_id"] for row in await rows_of(db, "Player")} == held


async def test_same_seed_makes_the_same_rows(db: DataFlow) -> None:
    expected = [row async for model, row in records(db, COUNTS, seed=11) if model == "Player"]
    await generate(db, COUNTS, seed=11)
    found = await rows_of(db, "Player")
    managed = ("created_at", "updated_at", "deleted_at")
    assert [{name: one[name] for name in one if name not in managed} for one in found] == expected


async def test_key_of_the_next_record_is_free(db: DataFlow) -> None:
    await generate(db, {"User": 5})
    assert (await db.User.create(name="Alice", email="alice@example.org"))["id"] == 6


async def test_failure_leaves_nothing(db: DataFlow) -> None:
    def name(random: Any) -> str:
        if random.random() < 0.05:
            raise LookupError("no more names")
        return "Alice"

    with pytest.raises(LookupError):
        await generate(db, {"User": 500, "Node": 3}, values={"User.name": name})
    assert (await db.User.count(), await db.Node.count()) == (0, 0)


async def test_progress_is_told_by_the_batch() -> None:
    db, told = instance("sqlite:///:memory:"), []
    await generate(db, {"User": 5}, batch_size=2, progress=lambda *one: told.append(one))
    assert told == [("User", 2, 5), ("User", 4, 5), ("User", 5, 5)]


async def test_partial_index_binds_the_rows_of_its_condition() -> None:
    db = DataFlow()

    @db.model
    class Seat:
        __indexes__ = [Index("row", unique=True, where={"taken": True})]  # noqa: RUF012  # as users write it

        id: int
        row: int = field(ge=1, le=8)
        taken: bool

    await generate(db, {"Seat": 60})
    found = [row["row"] for row in await rows_of(db, "Seat") if row["taken"]]
    assert len(found) == len(set(found)) > 0


async def test_two_indexes_that_share_a_field_both_hold() -> None:
    db = DataFlow()

    @db.model
    class Slot:
        __indexes__ = [Index("room", "hour", unique=True), Index("hour", "speaker", unique=True)]  # noqa: RUF012  # as users write it

        id: int
        room: int = field(ge=1, le=6)
        hour: int = field(ge=0, le=23)
        speaker: int = field(ge=1, le=6)

    await generate(db, {"Slot": 60})
    rows = await rows_of(db, "Slot")
    assert (
        len({(row["room"], row["hour"]) for row in rows}) == len({(row["hour"], row["speaker"]) for row in rows}) == 60
    )


async def test_memory_does_not_grow_with_the_records() -> None:
    db = instance("sqlite:///:memory:")

    async def peak(number: int) -> int:
        tracemalloc.start()
        async for _ in records(db, {"User": number, "Profile": number}):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    await peak(100)
    # a record kept would be a kilobyte
    assert await peak(4_000) - await peak(500) < 100_000
