"""How far a rollback goes: to a revision that the history has, and no step further."""

from __future__ import annotations

import pytest

from dataflow import DataFlow, MigrationError, field


def version(url: str, number: int) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"])

    if number == 1:

        @db.model
        class User:
            id: int
            name: str

    elif number == 2:

        @db.model
        class User:  # type: ignore[no-redef]  # a later version of the application
            id: int
            name: str = field(index=True)

    else:

        @db.model
        class User:  # type: ignore[no-redef]  # a later version of the application
            id: int
            name: str = field(index=True)
            level: int | None = None

    return db


async def made(url: str) -> list[str]:
    """A table with a row, and two revisions after the first."""
    async with version(url, 1) as db:
        await db.User.create(name="Alice")
    for number in (2, 3):
        async with version(url, number) as db:
            await db.migrations.apply()
            names = [one.revision for one in await db.migrations.history()]
    return names


async def test_a_revision_that_the_history_has_not_undoes_nothing(database_url: str) -> None:
    one, _, latest = await made(database_url)
    misspelt = one[:-1] + "?"
    async with version(database_url, 3) as db:
        with pytest.raises(MigrationError) as raised:
            await db.migrations.rollback(to=misspelt)
        (problem,) = raised.value.problems
        assert (problem.code, problem.message) == ("DF-G110", f"there is no revision '{misspelt}' to go back to")
        assert problem.solutions[0].code == f"dataflow migrate rollback app.py --to {one}"
        assert (await db.migrations.status()).head == latest
        assert [one["name"] for one in (await db.User.list())["records"]] == ["Alice"]


async def test_all_after_a_revision_are_undone(database_url: str) -> None:
    one, two, latest = await made(database_url)
    async with version(database_url, 3) as db:
        assert [undone.revision for undone in await db.migrations.rollback(to=one)] == [two, latest]
        # there it is already
        assert await db.migrations.rollback(to=one) == ()
    async with version(database_url, 1) as db:
        assert [found["name"] for found in (await db.User.list())["records"]] == ["Alice"]
        with pytest.raises(MigrationError, match=f"there is no revision '{latest}' to go back to"):
            await db.migrations.rollback(to=latest)


async def test_what_is_before_a_stamp_stays(database_url: str) -> None:
    await made(database_url)
    async with version(database_url, 3) as db:
        stamp = (await db.migrations.stamp("release-7")).revision
        assert await db.migrations.rollback(to=stamp) == ()
        assert [one["name"] for one in (await db.User.list())["records"]] == ["Alice"]


async def test_rows_of_a_table_that_is_dropped_again_are_kept_aside(database_url: str) -> None:
    async with version(database_url, 1) as db:
        await db.User.create(name="Alice")
        await db.migrations.rollback()
        assert (await db.migrations.status()).kept_aside == ("table users",)
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            ((copy,),) = await session.rows("SELECT name FROM dataflow_migration_kept")
            assert [tuple(row) for row in await session.rows(f"SELECT name FROM {copy}")] == [("Alice",)]
    async with version(database_url, 1) as db:
        # made anew, it is empty: what was in it may be what the rollback was for
        assert await db.User.count() == 0
        assert await db.migrations.contract() == ("table users",)
        assert (await db.migrations.status()).kept_aside == ()


@pytest.mark.parametrize("needs_value", [False, True])
async def test_values_of_a_column_that_is_dropped_again_are_kept_aside(database_url: str, needs_value: bool) -> None:
    def of(number: int) -> DataFlow:
        db = DataFlow(database_url, plugins=["migrations"])
        options = {"backfill": 0} if needs_value else {"default": None}
        kind = int if needs_value else int | None
        further = {"points": field(**options)} if number else {}
        annotations = {"id": int, "name": str, **dict.fromkeys(further, kind)}
        db.model(type("User", (), {"__annotations__": annotations, "__module__": __name__, **further}))
        return db

    async with of(0) as db:
        await db.migrations.apply()
        await db.User.create(name="Ann")
    async with of(1) as db:
        await db.migrations.apply()
        await db.User.update(1, {"points": 7})
        await db.migrations.rollback()
        assert (await db.migrations.status()).kept_aside == ("column users.points",)
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            ((copy,),) = await session.rows("SELECT name FROM dataflow_migration_kept")
            assert await session.rows(f"SELECT id, points FROM {copy}") == [(1, 7)]  # the framework's own name
        await db.migrations.contract()
        assert (await db.migrations.status()).kept_aside == ()
    async with of(0) as db:
        assert (await db.migrations.plan()).is_empty
