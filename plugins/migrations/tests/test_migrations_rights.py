"""Users who may not do what a migration wants: told by what they lack, and nothing is taken for missing that they may not see."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from dataflow import DataFlow
from dataflow.diagnostics import DataFlowError
from dataflow_testkit import Kind

pytestmark = pytest.mark.databases("postgres", "mysql")


def shop(url: str, *names: str, plugins: tuple[str, ...] = ("migrations",), **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=list(plugins), **options)
    annotations: dict[str, Any] = {"id": int, "name": str, **dict.fromkeys(names, int | None)}
    db.model(type("Thing", (), {"__annotations__": annotations, "__module__": __name__}))
    return db


class User:
    """A user of the test's own, without any right."""

    def __init__(self, url: str, kind: Kind) -> None:
        parts = urlsplit(url)
        self.owner, self.kind, self.name = url, kind, f"dataflow_{secrets.token_hex(4)}"
        self.database = parts.path.strip("/")
        place = parts.netloc.rpartition("@")[2]
        self.url = parts._replace(netloc=f"{self.name}:{self.name}@{place}").geturl()

    async def told(self, *statements: str) -> None:
        async with DataFlow(self.owner) as db, db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            for one in statements:
                await session.run(one.format(user=self.name, database=self.database))

    async def made(self) -> None:
        if self.kind == "postgres":
            await self.told("CREATE ROLE {user} LOGIN PASSWORD '{user}'")
        else:
            await self.told("CREATE USER {user} IDENTIFIED BY '{user}'", "GRANT SELECT ON {database}.things TO {user}")

    async def dropped(self) -> None:
        if self.kind == "postgres":
            await self.told("DROP OWNED BY {user}", "DROP ROLE {user}")
        else:
            await self.told("DROP USER {user}")


@pytest.fixture
async def user(database_url: str, database_kind: Kind) -> AsyncIterator[User]:
    """Give a user without rights of a database that was migrated."""
    async with shop(database_url) as db:
        await db.Thing.create(name="A")
    found = User(database_url, database_kind)
    await found.made()
    yield found
    await found.dropped()


async def failure(work: Any) -> tuple[str, str]:
    with pytest.raises(DataFlowError) as caught:
        await work
    return caught.value.code, caught.value.problems[0].message


@pytest.mark.databases("postgres")
async def test_a_history_that_may_not_be_read_is_not_taken_for_none(user: User) -> None:
    await user.told("GRANT SELECT ON things TO {user}")
    async with shop(user.url) as db:
        migrations = db.migrations
        for work in (migrations.history, migrations.status, migrations.plan, migrations.apply, migrations.pending):
            code, message = await failure(work())
            assert code == "DF-A123"
            assert message.startswith("the database user has no permission to use dataflow_migration")


async def test_who_may_read_sees_where_the_database_stands(user: User, database_kind: Kind) -> None:
    await user.told(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"
        if database_kind == "postgres"
        else "GRANT SELECT, CREATE TEMPORARY TABLES ON {database}.* TO {user}"
    )
    async with shop(user.url) as db:
        assert [one.state for one in await db.migrations.history()] == ["applied"]
        assert (await db.migrations.status()).state == "current"
        assert await db.migrations.apply() == ()
        assert [one["name"] for one in (await db.Thing.list())["records"]] == ["A"]
    async with shop(user.url, "size") as db:
        assert await db.migrations.pending() == ("create column things.size",)
        code, message = await failure(db.migrations.apply())
        assert code == "DF-A123"
        assert message.startswith("the database user has no permission to use dataflow_migration")
    async with shop(user.owner, "size") as db:
        assert len(await db.migrations.history()) == 1
        assert len(await db.migrations.apply()) == 1


@pytest.mark.databases("postgres")
async def test_tables_of_another_owner_are_told_before_anything_is_done(user: User) -> None:
    await user.told("GRANT CREATE ON SCHEMA public TO {user}", "GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}")
    async with shop(user.url, "size", plugins=("migrations", "checkpoints")) as db:
        code, message = await failure(db.migrations.apply())
        assert (code, message) == ("DF-G301", "the migration did not begin: VC107 tables of another owner: things")
        assert len(await db.migrations.history()) == 1
    async with shop(user.url, "size") as db:
        owned = "step 1 of 1 failed: create column things.size: the database user does not own things"
        assert await failure(db.migrations.apply()) == ("DF-G105", owned)
        assert await failure(db.migrations.simulate()) == ("DF-G105", owned)
        assert (await db.migrations.status()).state == "pending"


@pytest.mark.databases("mysql")
@pytest.mark.parametrize("by", ["pattern", "role", "table"])
async def test_rights_by_a_pattern_or_a_role_are_rights(user: User, by: str) -> None:
    all_rights, role = "SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, CREATE, ALTER", f"{user.name}_role"
    if by == "pattern":
        await user.told(
            f"GRANT {all_rights} ON `{user.database[:-1]}_`.* TO {{user}}".replace("dataflow_test", r"dataflow\_tes%")
        )
    elif by == "table":
        await user.told(
            f"GRANT {all_rights.replace(', ALTER', '')} ON {{database}}.* TO {{user}}",
            "GRANT ALTER ON {database}.things TO {user}",
        )
    else:
        await user.told(
            f"CREATE ROLE {role}", f"GRANT {all_rights} ON {{database}}.* TO {role}", f"GRANT {role} TO {{user}}",
            f"SET DEFAULT ROLE {role} FOR {{user}}",
        )  # fmt: skip
    try:
        async with shop(user.url, "size", plugins=("migrations", "checkpoints")) as db:
            assert len(await db.migrations.apply()) == 1
            assert (await db.migrations.status()).state == "current"
    finally:
        if by == "role":
            await user.told(f"DROP ROLE {role}")


@pytest.mark.databases("mysql")
async def test_a_right_that_is_lacking_is_told_before_anything_is_done(user: User) -> None:
    await user.told("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, CREATE ON {database}.* TO {user}")
    async with shop(user.url, "size", plugins=("migrations", "checkpoints")) as db:
        assert await failure(db.migrations.apply()) == (
            "DF-G301", "the migration did not begin: VC107 this user lacks ALTER",
        )  # fmt: skip
        assert len(await db.migrations.history()) == 1


async def test_who_may_make_no_table_anywhere_is_told_what_a_comparison_takes(user: User, database_kind: Kind) -> None:
    if database_kind == "postgres":
        await user.told(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
            "REVOKE TEMPORARY ON DATABASE {database} FROM public",
        )
    else:
        await user.told("GRANT SELECT ON {database}.* TO {user}")
    place = "schemas" if database_kind == "postgres" else "databases"
    message = (
        f"the database user may make no temporary tables and no {place}, so that models and database cannot be compared"
    )
    async with shop(user.url) as db:
        for work in (db.migrations.plan, db.migrations.apply, db.Thing.list):
            assert await failure(work()) == ("DF-A123", message)
    async with shop(user.url, migrations={"strategy": "none"}) as db:
        assert [one["name"] for one in (await db.Thing.list())["records"]] == ["A"]
    if database_kind == "postgres":
        await user.told("GRANT TEMPORARY ON DATABASE {database} TO public")
