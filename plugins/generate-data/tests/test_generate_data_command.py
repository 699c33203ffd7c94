"""``dataflow generate-data``: what it writes, prints and answers."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dataflow_cli.known_commands import KNOWN
from dataflow_generate_data import GenerateDataPlugin

Call = Callable[..., subprocess.CompletedProcess[str]]
SHOP = """
from dataflow import DataFlow, field

db = DataFlow("sqlite:///shop.db")


@db.model
class User:
    id: int
    email: str = field(unique=True)
    city: str | None = None


@db.model
class Order:
    id: int
    user_id: int = field(references="User.id")
    quantity: int
"""


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run ``dataflow generate-data`` as a process of its own, beside a file ``shop.py``."""
    (tmp_path / "shop.py").write_text(SHOP)

    def call(*args: object, **environ: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
        return subprocess.run(
            [sys.executable, "-m", "dataflow_cli", "generate-data", *map(str, args)],
            cwd=tmp_path,
            env={**inherited, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


def counted(tmp_path: Path) -> tuple[int, int]:
    with sqlite3.connect(tmp_path / "shop.db") as raw:
        (users,), (orders,) = raw.execute("SELECT count(*) FROM users UNION ALL SELECT count(*) FROM orders").fetchall()
    return users, orders


def test_records_are_written_and_told(call: Call, tmp_path: Path) -> None:
    done = call("shop.py", "Order=30", "User=10", "--seed", 7)
    assert (done.returncode, done.stdout, done.stderr) == (0, "10 records of User\n30 records of Order\n", "")
    assert counted(tmp_path) == (10, 30)


def test_a_program_gets_the_same_as_json(call: Call) -> None:
    data = json.loads(call("shop.py", "User=2", "--json").stdout)
    assert data.pop("database").endswith("shop.db")
    assert data == {"ok": True, "file": "shop.py", "seed": 0, "created": {"User": 2}}


def test_dry_run_shows_records_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    done = call("shop.py", "User=10", "Order=5", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith('10 records of User, such as\n  {"id": 1, ')
    assert done.stdout.endswith("nothing was written\n")
    assert not (tmp_path / "shop.db").exists()
    data = json.loads(call("shop.py", "User=10", "--dry-run", "--json").stdout)
    assert [one["id"] for one in data["sample"]["User"]] == [1, 2, 3]


def test_a_file_has_a_line_for_each_record(call: Call, tmp_path: Path) -> None:
    assert call("shop.py", "User=10", "-o", "users.jsonl").stdout == "10 records of User  users.jsonl\n"
    rows = [json.loads(line) for line in (tmp_path / "users.jsonl").read_text().splitlines()]
    assert [one["id"] for one in rows] == list(range(1, 11))
    again = (tmp_path / "users.jsonl").read_text()
    call("shop.py", "User=10", "-o", "users.jsonl", PYTHONHASHSEED="5")
    assert (tmp_path / "users.jsonl").read_text() == again
    call("shop.py", "User=10", "-o", "users.jsonl", "--seed", "1")
    assert (tmp_path / "users.jsonl").read_text() != again


def test_several_models_are_a_file_each(call: Call, tmp_path: Path) -> None:
    call("shop.py", "User=2", "Order=3", "-o", "data.jsonl")
    assert {one.name for one in tmp_path.glob("*.jsonl")} == {"data-User.jsonl", "data-Order.jsonl"}


def test_what_cannot_be_made_is_1_with_its_code(call: Call) -> None:
    done = call("shop.py", "Order=3")
    assert done.returncode == 1
    assert done.stderr.startswith("error[GEN-105]: 'Order.user_id' refers to records of User, and there are none\n")
    data = json.loads(call("shop.py", "Order=3", "--json").stdout)
    assert (data["ok"], data["problems"][0]["code"]) == (False, "GEN-105")


def test_a_profile_for_real_data_asks_for_yes(call: Call, tmp_path: Path) -> None:
    call("shop.py", "User=1")
    (tmp_path / "shop.py").write_text(SHOP.replace("DataFlow(", "DataFlow.production("))
    done = call("shop.py", "User=3")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "error[GEN-107]: test data is not written under the profile 'production' without permission",
    )
    assert call("shop.py", "User=3", "--yes").stdout == "3 records of User\n"


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        ((), "name the models and how many records of each, such as: User=100 Order=100"),
        (("User",), "'User' is not MODEL=COUNT, such as User=100"),
        (("User=many",), "'User=many' is not MODEL=COUNT, such as User=100"),
        (("Usr=1",), "the file has no model 'Usr'; did you mean 'User'?"),
        (("User=1", "--dry-run", "-o", "a.jsonl"), "give one of them"),
        (("User=1", "-o", "nowhere/a.jsonl"), "there is no directory 'nowhere'"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_is_right(call: Call, args: tuple[str, ...], hint: str) -> None:
    done = call("shop.py", *args)
    assert done.returncode == 2
    assert hint in done.stderr


def test_the_command_line_knows_the_command_by_the_words_it_has_of_itself() -> None:
    (command,) = GenerateDataPlugin().dataflow_commands()
    assert isinstance(command, click.Command)
    assert KNOWN["generate-data"].summary == command.get_short_help_str(80)


def test_the_codes_are_explained(call: Call, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dataflow_cli", "explain", "GEN-103"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "# GEN-103: more records than a unique field has values",
    )
