"""What the generator refuses, in whole sentences, and the pages of its codes."""

from __future__ import annotations

import linecache
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError, field
from dataflow.diagnostics import CATALOGUE, page_of
from dataflow_generate_data import generate, records
from dataflow_generate_data.codes import CODES


class User:
    id: int
    name: str
    code: str | None = field(default=None, pattern=r"^[A-Z]{40}$", max_length=4)


class Seat:
    id: int
    row: int = field(ge=1, le=5, unique=True)


class Order:
    id: int
    user_id: int = field(references="User.id")


class Team:
    id: int
    captain_id: int = field(references="Player.id")


class Player:
    id: int
    team_id: int = field(references="Team.id")


@pytest.fixture
def db() -> DataFlow:
    made = DataFlow()
    for model in (User, Seat, Order, Team, Player):
        made.model(model)
    return made


async def refusal(db: DataFlow, counts: Mapping[Any, Any], **options: Any) -> list[tuple[str, str]]:
    """The code and message of each problem; making and writing refuse alike."""
    with pytest.raises(DataFlowError) as caught:
        async for _ in records(db, counts, **options):
            pass
    with pytest.raises(DataFlowError) as written:
        await generate(db, counts, **options)
    found = [(one.code, one.message) for one in caught.value.problems]
    assert [(one.code, one.message) for one in written.value.problems] == found
    return found


@pytest.mark.parametrize(
    ("counts", "options", "expected"),
    [
        ({"Usr": 1}, {}, ("GEN-101", "there is no model 'Usr' to make records of; did you mean 'User'?")),
        ({}, {}, ("GEN-102", "wrong numbers of records: expected a number for each model, not {}")),
        ({"Seat": -1}, {}, ("GEN-102", "wrong number of records of Seat: expected an int from 0, not -1")),
        ({"Seat": True}, {}, ("GEN-102", "wrong number of records of Seat: expected an int from 0, not True")),
        ({"Seat": 1}, {"seed": "7"}, ("GEN-102", "wrong seed: expected an int, not '7'")),
        ({"Seat": 1}, {"null_share": 2}, ("GEN-102", "wrong null_share: expected a share from 0 to 1, not 2")),
        (
            {"Seat": 1},
            {"values": {"Seat.rwo": [1]}},
            ("GEN-102", "'values' names 'Seat.rwo', which is no field that gets a value here"),
        ),
        (
            {"Seat": 1},
            {"values": {"Seat.id": [1]}},
            ("GEN-102", "'values' names 'Seat.id', which is no field that gets a value here"),
        ),
        (
            {"Seat": 1},
            {"values": {"Seat.row": []}},
            ("GEN-102", "wrong values of Seat.row: expected some values, or a function of a random, not []"),
        ),
        ({"Seat": 6}, {}, ("GEN-103", "6 records of Seat cannot be made: 'row' is unique and there are 5 values")),
        (
            {"Seat": 3},
            {"values": {"Seat.row": [1, 1, 2]}},
            ("GEN-103", "3 records of Seat cannot be made: 'row' is unique and there are 2 values"),
        ),
        ({"User": 1}, {}, ("GEN-104", "no value can be made for 'User.code'")),
        ({"Order": 1}, {}, ("GEN-105", "'Order.user_id' refers to records of User, and there are none")),
        (
            {"Team": 1, "Player": 2},
            {},
            ("GEN-106", "Team and Player refer to each other, and none of them can be the first"),
        ),
    ],
)
async def test_refusal_is_told_before_anything_is_written(
    db: DataFlow, counts: Mapping[Any, Any], options: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert await refusal(db, counts, **options) == [expected]


async def test_all_arguments_are_told_of_at_once(db: DataFlow) -> None:
    codes = [code for code, _ in await refusal(db, {"Usr": 1, "Seat": -1}, seed=None, locale="tlh")]
    assert codes == ["GEN-101", "GEN-102", "GEN-102", "GEN-102"]


async def test_rows_that_are_there_count_among_the_unique(db: DataFlow) -> None:
    await generate(db, {"Seat": 3})
    await generate(db, {"Seat": 2})
    with pytest.raises(DataFlowError) as caught:
        await generate(db, {"Seat": 1})
    assert caught.value.message == "1 records of Seat cannot be made: 'row' is unique and there are 0 values"


async def test_profile_for_real_data_needs_permission(tmp_path: Path) -> None:
    db = DataFlow.production(f"sqlite:///{tmp_path / 'shop.db'}", auto_migrate=True, existing_schema_mode=False)
    db.model(Seat)
    with pytest.raises(DataFlowError) as caught:
        await generate(db, {"Seat": 1})
    assert (caught.value.code, caught.value.message) == (
        "GEN-107",
        "test data is not written under the profile 'production' without permission",
    )
    assert (await generate(db, {"Seat": 1}, permit=True)).total == 1
    await db.close()


async def test_values_of_the_users_own_are_taken(db: DataFlow) -> None:
    chosen: dict[str, Any] = {"User.name": ["Alice", "Bob"], "User.code": lambda random: None}
    rows = [row async for _, row in records(db, {"User": 20}, values=chosen)]
    assert {row["name"] for row in rows} == {"Alice", "Bob"}
    assert {row["code"] for row in rows} == {None}


async def test_models_may_be_given_as_their_classes(db: DataFlow) -> None:
    assert [model async for model, _ in records(db, {Seat: 2})] == ["Seat", "Seat"]


def test_instance_that_has_the_plugin_knows_its_codes() -> None:
    assert "generate-data" in {one.name for one in DataFlow().plugins.inspect().loaded}
    assert [code for code in CODES.entries if page_of(code) is None] == []
    assert list(CODES.faults()) == []


def section(code: str, name: str) -> str:
    parts = re.split(r"^## (.+)$", page_of(code) or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[name]


def run(code: str, name: str) -> str | None:
    """Run a page's program: the code of what it raises."""
    (source,) = re.findall(r"^```python\n(.*?)^```$", section(code, name), flags=re.MULTILINE | re.DOTALL)
    file = f"<{code} {name.lower()}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        exec(compile(source, file, "exec", dont_inherit=True), {"__name__": file})
    except DataFlowError as error:
        return error.code
    return None


@pytest.mark.parametrize("code", CODES.entries)
def test_page_is_true(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    DataFlow()
    assert (run(code, "Wrong"), run(code, "Right")) == (code, None)


@pytest.mark.parametrize("code", CODES.entries)
def test_related_codes_exist(code: str) -> None:
    DataFlow()
    related = section(code, "Related").strip().split(", ")
    assert [one for one in related if one not in {*CATALOGUE, *CODES.entries} or one == code] == []
