"""The migration engines one by one, in pairs and together: each does its own part, and says whose plugin the rest needs."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import pytest

from dataflow import DataFlow, MigrationError, field
from dataflow.migrations.control import PLUGINS


async def planned(db: DataFlow) -> None:
    assert (await db.migrations.plan()).is_empty
    assert {one.state for one in await db.migrations.history()} == {"applied"}
    assert (await db.migrations.status()).state == "current"


async def locked(db: DataFlow) -> None:
    assert await db.migrations.locks.status() is None


async def checked(db: DataFlow) -> None:
    results = await db.migrations.checkpoints.run("post-deploy")
    assert [one.code for one in results if one.status == "failed"] == []


async def judged(db: DataFlow) -> None:
    impact = await db.migrations.foreign_keys.impact("User", {"id": "a"})
    assert {one.table: one.deleted for one in impact.tables} == {"users": 1, "pets": 1}


#: an engine's plugin: its name as an engine, what it does alone, and what is asked of it where it is not
ENGINES: dict[str, tuple[str, Callable[[DataFlow], Awaitable[None]], Callable[[DataFlow], Any]]] = {
    "migrations": ("auto", planned, lambda db: db.migrations.plan()),
    "locks": ("locks", locked, lambda db: db.migrations.locks),
    "checkpoints": ("checkpoints", checked, lambda db: db.migrations.checkpoints),
    "foreign-keys": ("foreign_keys", judged, lambda db: db.migrations.foreign_keys),
}
SETS = [chosen for number in (0, 1, 2, len(ENGINES)) for chosen in itertools.combinations(ENGINES, number)]


class Absent:
    """Has packages fail to be imported as where they are not installed."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return None


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    """Give some engines, loaded anew, with the packages of the others out of reach."""
    chosen: tuple[str, ...] = request.param
    packages = {one.name: one.value.partition(":")[0] for one in entry_points(group="dataflow.plugins")}
    engines = {packages[name] for name in ENGINES}
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in engines}
    for name in before:
        del sys.modules[name]
    absent = Absent(engines - {packages[name] for name in chosen})
    sys.meta_path.insert(0, absent)
    yield chosen
    sys.meta_path.remove(absent)
    for name in [name for name in sys.modules if name.partition(".")[0] in engines]:
        del sys.modules[name]
    sys.modules.update(before)


def test_every_engine_that_a_plugin_gives_is_here() -> None:
    installed = {one.name for one in entry_points(group="dataflow.plugins")}
    assert set(ENGINES) == set(PLUGINS.values()) & installed


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("alone", SETS, ids=lambda chosen: "+".join(chosen) or "none", indirect=True)
async def test_engines_do_their_part_without_the_others(database_url: str, alone: tuple[str, ...]) -> None:
    db = DataFlow(database_url, plugins=list(alone))

    @db.model
    class User:
        id: str
        name: str

    @db.model
    class Pet:
        id: str
        user_id: str = field(references="User.id", on_delete="cascade", index=True)

    async with db:
        await db.User.create(id="a", name="Alice")
        await db.Pet.create(id="p", user_id="a")
        assert set(db.migrations.capabilities) == {ENGINES[name][0] for name in alone}
        for plugin, (_, works, ask) in ENGINES.items():
            if plugin in alone:
                await works(db)
                continue
            with pytest.raises(MigrationError) as caught:
                await _asked(ask, db)
            assert caught.value.code == "DF-G101"
            assert f'plugins=["{plugin}"]' in str(caught.value)


async def _asked(ask: Callable[[DataFlow], Any], db: DataFlow) -> None:
    await ask(db)
