"""``dataflow profile``: what it runs, writes, prints and answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dataflow_cli.known_commands import KNOWN
from dataflow_profile import ProfilePlugin

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_every_step_has_a_line_with_its_parts(call: Call, shop: Path) -> None:
    done = call(shop, "--workflow", "welcome")
    assert (done.returncode, done.stderr) == (0, "")
    title, head, *rows = done.stdout.splitlines()
    assert title.startswith("welcome: 1 run, ")
    assert head.split() == [
        "step",
        "type",
        "runs",
        "queue",
        "validation",
        "SQL",
        "statements",
        "tables",
        "other",
        "total",
        "rows",
    ]
    assert {row.split()[0] for row in rows[:6]} == {"names", "users", "list", "greet", "UserReadNode", "each"}


def test_hints_name_the_call_that_does_better(call: Call, shop: Path) -> None:
    data = json.loads(call(shop, "--workflow", "welcome", "--json").stdout)
    # the first of a step is what its calls advise; a slow machine may advise something besides
    hints = {one["step"]: one for one in reversed(data["hints"])}
    assert hints["greet"]["message"].startswith("UserReadNode is called 8 times, ")
    assert hints["greet"]["code"] == 'await db.User.list({"id": {"$in": ids}})'
    assert hints["each"]["message"] == "UserReadNode sends 8 statements, one for each item"
    assert hints["each"]["code"] == 'one UserListNode with {"id": {"$in": [...]}}'


def test_runs_are_counted_and_give_medians(call: Call, shop: Path) -> None:
    data = json.loads(call(shop, "--workflow", "welcome", "--runs", "3", "--inputs", '{"count": 2}', "--json").stdout)
    (workflow,) = data["workflows"]
    steps = {one["name"]: one for one in workflow["steps"]}
    assert (workflow["workflow"], workflow["runs"], workflow["failed"]) == ("welcome", 3, 0)
    assert (steps["users"]["samples"], steps["users"]["rows"], steps["each"]["statements"]) == (3, 2, 2)
    # 2, 4 and 6 users by then
    assert steps["list"]["rows"] == 4
    assert data["ok"] is True


@pytest.mark.parametrize(
    ("name", "begin"),
    [("p.html", "<!DOCTYPE html>"), ("p.svg", "<svg "), ("p.json", "{"), ("p.folded", "welcome;")],
)
def test_the_ending_says_the_format(call: Call, shop: Path, tmp_path: Path, name: str, begin: str) -> None:
    done = call(shop, "--workflow", "welcome", "-o", name)
    assert done.stdout.endswith(f"written  {name}\n")
    assert (tmp_path / name).read_text().startswith(begin)


def test_a_workflow_that_fails_is_1_and_told(call: Call, shop: Path) -> None:
    done = call(shop, "--workflow", "fixed", "--runs", "3")
    assert done.returncode == 1
    assert "create  UserCreateNode  2 (1 failed)" in done.stdout
    assert "FAIL  DF-A101 " in done.stdout
    assert "--fresh" in done.stdout


def test_a_fresh_import_has_an_empty_database(call: Call, shop: Path) -> None:
    done = call(shop, "--workflow", "fixed", "--runs", "3", "--fresh")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("fixed: 3 runs, median ")


def test_an_error_of_the_file_is_told_and_1(call: Call, shop: Path) -> None:
    shop.write_text(shop.read_text() + "\n@db.model\nclass Bad:\n    number: int\n")
    done = call(shop, "--workflow", "fixed")
    assert done.returncode == 1
    assert "FAIL  DF-M101 " in done.stdout
    assert "create  UserCreateNode" in done.stdout


def test_a_file_without_a_workflow_is_1(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    done = call("empty.py")
    assert (done.returncode, done.stdout) == (1, "nothing was measured\n")


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("-o", "p.png"), "no profile has the ending '.png'; the formats are .html, .svg, .json, .folded"),
        (("-o", "nowhere/p.svg"), "there is no directory 'nowhere'"),
        (("--workflow", "welcom"), "no variable 'welcom' holds a workflow; there are: welcome, fixed"),
        (("--inputs", "["), "'--inputs' is no JSON"),
        (("--inputs", "[]"), "'--inputs' is a JSON object"),
        (("--format", "svg"), "'--format' is that of a file"),
        (("--runs", "0"), "0 is not in the range x>=1"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_is_right(
    call: Call, shop: Path, args: tuple[str, ...], hint: str
) -> None:
    done = call(shop, *args)
    assert done.returncode == 2
    assert hint in done.stderr


def test_the_command_line_knows_the_command_by_the_words_it_has_of_itself() -> None:
    (command,) = ProfilePlugin().dataflow_commands()
    assert isinstance(command, click.Command)
    assert KNOWN["profile"].summary == command.get_short_help_str(80)
