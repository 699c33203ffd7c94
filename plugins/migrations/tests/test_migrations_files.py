"""Migration files of a team: written side by side, applied by several processes, and nothing beside them."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Literal

import pytest

from dataflow import DataFlow, field
from dataflow.diagnostics import MigrationError

Strategy = Literal["auto", "manual"]


def shop(url: str, directory: Path, *more: str, strategy: Strategy = "manual") -> DataFlow:
    db = DataFlow(url, plugins=["migrations"], migrations={"directory": directory, "strategy": strategy})
    fields = {name: field(backfill="x") for name in more}
    annotations = {"id": int, "name": str, **dict.fromkeys(more, str)}
    db.model(type("User", (), {"__annotations__": annotations, "__module__": __name__, **fields}))
    return db


async def begun(url: str, directory: Path) -> None:
    async with shop(url, directory) as db:
        await db.migrations.write(directory, "users")
        await db.migrations.apply()
        await db.User.create(name="Alice")


async def test_two_that_were_written_side_by_side(database_url: str, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    await begun(database_url, ours)
    shutil.copytree(ours, theirs)
    async with shop(database_url, theirs, "age") as db:
        path = await db.migrations.write(theirs, "age")
        assert path is not None
    async with shop(database_url, ours, "city") as db:
        await db.migrations.write(ours, "city")
    # one of the two is merged first
    shutil.copy(path, ours)
    async with shop(database_url, ours, "age", "city") as db:
        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        assert caught.value.code == "DF-G108"
        mine = ours / "0002_city.toml"
        assert caught.value.problems[0].solutions[0].code.startswith(f"rm {mine}; dataflow migrate apply")
        mine.unlink()
        with pytest.raises(MigrationError, match="the database lacks 1 migration file, on which a new one would stand"):
            await db.migrations.write(ours, "city")
        with pytest.raises(MigrationError, match=r"the models need \d changes? that no migration file has"):
            await db.migrations.apply()
        assert [one.revision for one in await db.migrations.history()] == ["0001_users", "0002_age"]
        again = await db.migrations.write(ours, "city")
        assert again is not None
        assert again.name == "0003_city.toml"
        assert [one.revision for one in await db.migrations.apply()] == ["0003_city"]
        user = await db.User.read(1)
        assert (user["name"], user["age"], user["city"]) == ("Alice", "x", "x")


async def test_what_has_to_be_decided_is_told_before_it_is_written_down(database_url: str, tmp_path: Path) -> None:
    await begun(database_url, tmp_path)
    async with DataFlow(database_url, plugins=["migrations"], migrations={"directory": tmp_path}) as db:

        @db.model
        class User:
            id: int
            title: str = field(renamed_from="nmae")

        with pytest.raises(MigrationError) as caught:
            await db.migrations.apply()
        assert caught.value.code == "DF-G210"


@pytest.mark.parametrize("strategy", ["auto", "manual"])
async def test_what_no_file_has_is_not_applied(database_url: str, tmp_path: Path, strategy: Strategy) -> None:
    await begun(database_url, tmp_path)
    async with shop(database_url, tmp_path, "city", strategy=strategy) as db:
        with pytest.raises(MigrationError, match=r"the models need \d changes? that no migration file has"):
            await db.User.list()
        await db.migrations.write(tmp_path, "city")
        if strategy == "auto":
            # first use applies the files
            assert (await db.User.read(1))["city"] == "x"
        else:
            with pytest.raises(MigrationError, match=r"the database lacks \d changes? that the models need"):
                await db.User.list()
            await db.migrations.apply()
        assert [one.revision for one in await db.migrations.history()] == ["0001_users", "0002_city"]


async def test_a_file_is_applied_once_by_many_at_once(database_url: str, tmp_path: Path) -> None:
    await begun(database_url, tmp_path)
    async with shop(database_url, tmp_path, "city") as db:
        await db.migrations.write(tmp_path, "city")

    async def deploy() -> int:
        async with shop(database_url, tmp_path, "city") as db:
            await db.migrations.apply()
            return len((await db.User.list())["records"])

    assert await asyncio.gather(*(deploy() for _ in range(5))) == [1] * 5
    async with shop(database_url, tmp_path, "city") as db:
        history = [(one.revision, one.state) for one in await db.migrations.history()]
        assert history == [("0001_users", "applied"), ("0002_city", "applied")]
