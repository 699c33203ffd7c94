"""``dataflow visualize``: what it writes, prints and answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dataflow_cli.known_commands import KNOWN
from dataflow_visualize import VisualizePlugin

Call = Callable[..., subprocess.CompletedProcess[str]]
INPUTS = '{"name": "Ada", "items": [3, 40]}'


@pytest.mark.parametrize("ending", ["html", "svg", "mmd", "dot"])
def test_the_ending_says_the_format(call: Call, shop: Path, tmp_path: Path, ending: str) -> None:
    done = call(shop, "-o", f"flow.{ending}")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"PASS  flow.{ending}\n", "")
    assert "OrderListNode, 3 attempts" in (tmp_path / f"flow.{ending}").read_text()


def test_without_a_file_the_text_is_printed(call: Call, shop: Path) -> None:
    done = call(shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("flowchart TD\n")
    assert call(shop, "--format", "svg").stdout.startswith("<svg ")


def test_what_is_wrong_is_drawn_told_and_1(call: Call, broken: Path, tmp_path: Path) -> None:
    done = call(broken, "-o", "flow.html")
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  flow.html\n")
    assert "DF-N103 unknown field 'totl' of Order" in done.stdout
    assert "DF-N103" in (tmp_path / "flow.html").read_text()


def test_a_program_gets_the_same_as_json(call: Call, broken: Path) -> None:
    data = json.loads(call(broken, "-o", "flow.svg", "--json").stdout)
    (workflow,) = data["workflows"]
    assert (data["ok"], data["format"], data["written"]) == (False, "svg", {"checkout": "flow.svg"})
    assert (workflow["variable"], workflow["valid"]) == ("checkout", False)
    assert {"from": "customer", "to": "second", "labels": ["nmae → state"], "broken": True} in workflow["arrows"]
    assert "DF-N103" in {one["code"] for one in data["problems"]}


def test_a_run_is_drawn_with_its_timings(call: Call, shop: Path, tmp_path: Path) -> None:
    done = call(shop, "-o", "flow.html", "--run", "--inputs", INPUTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "flow.html").read_text().count('class="bar ok"') == 10
    data = json.loads(call(shop, "--json", "--run", "--inputs", INPUTS).stdout)
    assert {one["status"] for one in data["workflows"][0]["timings"]} == {"ok"}


def test_a_run_that_fails_is_1_and_drawn(call: Call, shop: Path, tmp_path: Path) -> None:
    done = call(shop, "-o", "flow.html", "--run", "--inputs", '{"name": "Ada", "items": ["a"]}')
    assert done.returncode == 1
    assert "DF-X101" in done.stdout
    assert 'class="bar failed"' in (tmp_path / "flow.html").read_text()


def test_several_workflows_are_one_page_or_a_file_each(call: Call, shop: Path, tmp_path: Path) -> None:
    shop.write_text(shop.read_text() + '\nother = db.workflow("other")\nother.add_node("OrderCountNode", "count")\n')
    assert call(shop, "-o", "flow.html").returncode == 0
    assert (tmp_path / "flow.html").read_text().count("<figure>") == 2
    assert call(shop, "-o", "flow.svg").returncode == 0
    assert {one.name for one in tmp_path.glob("*.svg")} == {"flow-checkout.svg", "flow-other.svg"}
    assert call(shop, "-o", "flow.dot", "--workflow", "other").returncode == 0
    assert "OrderCountNode" in (tmp_path / "flow.dot").read_text()


def test_an_error_that_ends_the_file_is_told_and_what_came_before_is_drawn(
    call: Call, shop: Path, tmp_path: Path
) -> None:
    shop.write_text(shop.read_text() + "\n@db.model\nclass Bad:\n    number: int\n")
    done = call(shop, "-o", "flow.html")
    assert done.returncode == 1
    assert "DF-M101" in done.stdout
    page = (tmp_path / "flow.html").read_text()
    assert "DF-M101" in page
    assert 'data-node="customer"' in page


def test_a_file_without_a_workflow_is_1(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    done = call("empty.py", "-o", "flow.html")
    assert done.returncode == 1
    assert done.stdout.startswith("no workflow: ")
    assert not (tmp_path / "flow.html").exists()


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("-o", "flow.png"), "no picture has the ending '.png'; the formats are .html, .svg, .mmd, .dot"),
        (("-o", "nowhere/flow.svg"), "there is no directory 'nowhere'"),
        (("--workflow", "chekout"), "no variable 'chekout' holds a workflow; there are: checkout"),
        (("--inputs", "{}"), "'--inputs' are for '--run'"),
        (("--run", "--inputs", "{"), "'--inputs' is no JSON"),
        (("--run", "--inputs", "[]"), "'--inputs' is a JSON object"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_is_right(
    call: Call, shop: Path, args: tuple[str, ...], hint: str
) -> None:
    done = call(shop, *args)
    assert done.returncode == 2
    assert hint in done.stderr
    assert json.loads(call(shop, *args, "--json").stdout)["ok"] is False


def test_a_profile_without_the_plugin_says_how_to_have_it(call: Call, shop: Path) -> None:
    done = call(shop, environ={"DATAFLOW_PROFILE": "testing"})
    assert done.returncode == 2
    assert "no command 'visualize' here; name its plugin in plugins.toml" in done.stderr


def test_the_command_line_knows_the_command_by_the_words_it_has_of_itself() -> None:
    (command,) = VisualizePlugin().dataflow_commands()
    assert isinstance(command, click.Command)
    assert KNOWN["visualize"].summary == command.get_short_help_str(80)
