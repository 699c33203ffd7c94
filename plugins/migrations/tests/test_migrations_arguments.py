"""What is given to ``db.migrations`` and is of no use: told before anything is done, and with what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow
from dataflow.diagnostics import MigrationError


def shop(url: str, *names: str, **options: Any) -> DataFlow:
    db = DataFlow(url, plugins=["migrations"], **options)
    annotations: dict[str, Any] = {"id": int, "name": str, **dict.fromkeys(names, int | None)}
    db.model(type("User", (), {"__annotations__": annotations, "__module__": __name__}))
    return db


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("method", "given", "message"),
    [
        ("plan", {"accept": "column users.age"}, "'accept' cannot be used: it is one text, of which each letter would be a name"),
        ("apply", {"accept": "DF-G201"}, "'accept' cannot be used: it is one text, of which each letter would be a name"),
        ("plan", {"drop_tables": "users"}, "'drop_tables' cannot be used: it is one text, of which each letter would be a name"),
        ("plan", {"accept": None}, "'accept' cannot be used: it is no list of names: None"),
        ("plan", {"accept": [5]}, "'accept' cannot be used: it is no list of names: [5]"),
        ("apply", {"timeout_s": -1}, "'timeout_s' cannot be used: -1 is no time to wait"),
        ("apply", {"timeout_s": float("nan")}, "'timeout_s' cannot be used: nan is no time to wait"),
        ("rollback", {"timeout_s": "5"}, "'timeout_s' cannot be used: '5' is no time to wait"),
        ("rollback", {"timeout_s": True}, "'timeout_s' cannot be used: True is no time to wait"),
        ("apply", {"plan": []}, "'plan' cannot be used: it is no plan, but of type 'list'"),
        ("simulate", {"plan": 5}, "'plan' cannot be used: it is no plan, but of type 'int'"),
        ("stamp", {"revision": ""}, "'revision' cannot be used: '' is no name of a revision"),
        ("stamp", {"revision": 5}, "'revision' cannot be used: 5 is no name of a revision"),
        ("stamp", {"revision": "a\0b"}, "'revision' cannot be used: 'a\\x00b' is no name of a revision"),
        ("adopt", {"revision": "x" * 200}, f"'revision' cannot be used: '{'x' * 20}...' is no name of a revision"),
        ("write", {"directory": "files", "form": "yaml"}, "'form' cannot be used: 'yaml' is no form of a migration file"),
        ("write", {"directory": __file__}, f"'directory' cannot be used: '{__file__}' is no directory"),
    ],
)  # fmt: skip
async def test_a_wrong_argument_is_told_as_such(
    database_url: str, method: str, given: dict[str, Any], message: str
) -> None:
    async with shop(database_url) as db:
        with pytest.raises(MigrationError) as caught:
            await getattr(db.migrations, method)(**given)
        assert (caught.value.code, caught.value.problems[0].message) == ("DF-G120", message)
        assert await db.migrations.history() == ()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("timeout_s", [0, 0.5, float("inf"), None])
async def test_no_time_to_wait_and_all_time_are_times(database_url: str, timeout_s: float | None) -> None:
    async with shop(database_url) as db:
        assert len(await db.migrations.apply(timeout_s=timeout_s)) == 1
        assert len(await db.migrations.rollback(timeout_s=timeout_s)) == 1


async def test_all_time_is_a_time_of_a_server(database_url: str) -> None:
    async with shop(database_url) as db:
        assert len(await db.migrations.apply(timeout_s=float("inf"))) == 1
        assert len(await db.migrations.rollback(timeout_s=float("inf"))) == 1


@pytest.mark.databases("sqlite")
async def test_files_in_a_file_are_told_at_first_use(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_users.toml"
    file.write_text("", encoding="utf-8")
    async with shop(database_url, migrations={"directory": file}) as db:
        with pytest.raises(MigrationError) as caught:
            await db.User.list()
        assert caught.value.problems[0].message == f"'directory' cannot be used: '{file}' is no directory"


@pytest.mark.databases("sqlite")
async def test_a_file_that_cannot_be_written_is_told(database_url: str) -> None:
    async with shop(database_url) as db:
        with pytest.raises(MigrationError) as caught:
            await db.migrations.write("/proc/nowhere/files", "users")
        assert caught.value.problems[0].message == (
            "migration file '0001_users.toml' cannot be used: it cannot be written: No such file or directory"
        )


@pytest.mark.parametrize(
    ("accepted", "cure"),
    [
        ("column users.agee", "accept=['column users.age']"),
        ("users.age", "accept=['column users.age']"),
        ("DF-G2O1", "accept=['DF-G201']"),
        ("df-g201", "accept=['DF-G201']"),
        ("whatever", None),
    ],
)
async def test_an_accepted_name_of_nothing_is_told_with_what_was_meant(
    database_url: str, accepted: str, cure: str | None
) -> None:
    async with shop(database_url, "age") as db:
        await db.User.create(name="A", age=5)
    async with shop(database_url) as db:
        for method in (db.migrations.plan, db.migrations.apply):
            with pytest.raises(MigrationError) as caught:
                await method(accept=["column users.age", accepted])
            (problem,) = caught.value.problems
            assert (problem.code, problem.message) == ("DF-G121", f"'{accepted}' is accepted, and names nothing")
            assert [one.code for one in problem.solutions][:-1] == ([] if cure is None else [cure])
        assert len(await db.migrations.history()) == 1


async def test_what_was_accepted_may_be_accepted_once_more(database_url: str) -> None:
    async with shop(database_url, "age") as db:
        await db.User.create(name="A", age=5)
    async with shop(database_url) as db:
        assert len(await db.migrations.apply(accept=["column users.age"])) == 1
        assert await db.migrations.apply(accept=["column users.age"]) == ()
    async with shop(database_url, "size") as db:
        assert len(await db.migrations.apply(accept=["column users.age", "DF-G201"])) == 1


async def test_what_was_dropped_by_hand_may_be_accepted(database_url: str) -> None:
    async with shop(database_url, "age") as db:
        await db.User.create(name="A", age=5)
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run("ALTER TABLE users DROP COLUMN age")
    for names in ((), ("size",), ()):
        async with shop(database_url, *names) as db:
            await db.migrations.apply(accept=["column users.age", *(["DF-G201"] if not names else [])])
            assert (await db.migrations.plan()).is_empty


async def test_a_revision_of_the_history_is_not_stamped(database_url: str) -> None:
    async with shop(database_url) as db:
        (applied,) = await db.migrations.apply()
        await db.migrations.stamp("release-7")
        before = await db.migrations.history()
        for name, state in ((applied.revision, "applied"), ("release-7", "stamped")):
            with pytest.raises(MigrationError) as caught:
                await db.migrations.stamp(name)
            assert (caught.value.code, caught.value.problems[0].message) == (
                "DF-G122", f"revision '{name}' is in the history already, as {state}",
            )  # fmt: skip
        assert await db.migrations.history() == before
        assert [one.revision for one in await db.migrations.rollback()] == [applied.revision]
        # what was undone may have been done by hand since
        assert (await db.migrations.stamp(applied.revision)).state == "stamped"
