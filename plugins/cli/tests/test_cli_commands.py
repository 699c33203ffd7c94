"""What each command answers, as text and as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


def test_demo_shows_results_picture_and_timings(call: Call) -> None:
    done = call("demo")
    assert done.returncode == 0, done.stderr
    assert "The Dispossessed, 387 pages" in done.stdout
    assert "-> 10,000 rows in" in done.stdout
    assert "author_id <- author.id" in done.stdout
    assert "\x1b" not in done.stdout


def test_demo_gives_the_same_to_a_program(call: Call, tmp_path: Path) -> None:
    done = call("demo", "--json", "--svg", "run.svg")
    data = json.loads(done.stdout)
    assert data["ok"] is True
    assert data["results"]["load"]["created"] == 10_000
    assert set(data["timings_ms"]) == {"author", "book", "revise", "longer", "rename", "books", "load"}
    assert data["mermaid"].startswith("flowchart")
    assert (tmp_path / "run.svg").read_text().startswith("<svg")


def test_inspect_shows_everything_that_a_file_declares(call: Call, sound: Path) -> None:
    done = call("inspect", str(sound))
    assert done.returncode == 0, done.stderr
    sections = ("models", "nodes", "workflows", "connection issues", "schema cache", "connection pools", "plugins")
    places = [done.stdout.index(f"\n{section}\n") for section in sections]
    assert places == sorted(places)
    assert "PASS  create (UserCreateNode)" in done.stdout
    assert "id  <-  create.id" in done.stdout


def test_inspect_has_the_same_content_for_a_program(call: Call, sound: Path) -> None:
    data = json.loads(call("inspect", str(sound), "--json").stdout)
    (instance,) = data["instances"]
    assert [model["name"] for model in instance["models"]] == ["User"]
    assert "UserBulkUpsertNode" in [node["name"] for node in instance["nodes"]]
    assert {"schema_cache", "connection_pools", "plugins"} <= set(instance)
    assert [(one["variable"], one["valid"]) for one in data["workflows"]] == [("workflow", True)]


def test_inspect_says_what_is_wrong_and_how_to_mend_it(call: Call, broken: Path) -> None:
    done = call("inspect", str(broken))
    assert done.returncode == 1
    assert "FAIL  second (UserCreateNode)" in done.stdout
    assert "! DF-N106" in done.stdout
    assert "workflow.add_connection('create', 'name', 'second', 'name')" in done.stdout.replace('"', "'")


def test_inspect_shows_what_came_before_an_error(call: Call, tmp_path: Path, sound: Path) -> None:
    sound.write_text(sound.read_text() + "\n@db.model\nclass Order:\n    number: int\n")
    done = call("inspect", str(sound))
    assert done.returncode == 1
    assert "DF-M101" in done.stdout
    assert "PASS  create (UserCreateNode)" in done.stdout


def test_validate_passes_a_sound_file(call: Call, sound: Path) -> None:
    done = call("validate", str(sound))
    assert (done.returncode, done.stdout) == (0, f"PASS  {sound}: 1 workflow, 1 model, 0 problems\n")


def test_validate_reports_every_problem_at_once(call: Call, broken: Path) -> None:
    done = call("validate", str(broken))
    assert done.returncode == 1
    assert {code for code in ("DF-N106", "DF-W103", "DF-W104") if code in done.stderr} == {
        "DF-N106",
        "DF-W103",
        "DF-W104",
    }
    data = json.loads(call("validate", str(broken), "--json").stdout)
    assert data["ok"] is False
    assert {problem["code"] for problem in data["problems"]} >= {"DF-N106", "DF-W103", "DF-W104"}


def test_validate_applies_safe_fixes_and_nothing_else(call: Call, broken: Path) -> None:
    before = broken.read_text()
    done = call("validate", "--fix", str(broken))
    assert done.returncode == 1
    assert "fixed DF-N106" in done.stdout
    line = '        "created_at": "2026-01-01T00:00:00Z",\n'
    assert broken.read_text() == before.replace(line, "")
    assert "DF-N106" not in call("validate", str(broken)).stderr


def test_explain_shows_a_page_for_any_spelling_of_a_code(call: Call) -> None:
    pages = {call("explain", code).stdout for code in ("DF-N102", "df-n102", "N102")}
    (page,) = pages
    assert page.startswith("# DF-N102: missing required fields")
    assert json.loads(call("explain", "N102", "--json").stdout)["group"] == "Missing required fields"


def test_explain_without_a_code_lists_them_all(call: Call) -> None:
    done = call("explain")
    assert done.returncode == 0
    assert "\nMissing required fields\n" in done.stdout
    assert "  DF-N102  missing required fields\n" in done.stdout
    codes = json.loads(call("explain", "--json").stdout)["codes"]
    assert {"code": "DF-N102", "title": "missing required fields", "group": "Missing required fields"} in codes


def test_what_a_file_prints_is_not_part_of_the_answer(call: Call, sound: Path) -> None:
    sound.write_text("print('hello from the file')\n" + sound.read_text())
    done = call("inspect", str(sound), "--json")
    assert json.loads(done.stdout)["ok"] is True
    assert done.stderr == "hello from the file\n"


def test_a_file_without_workflows_says_which_are_seen(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    told = call("validate", "empty.py").stdout
    assert told == (
        "PASS  empty.py: 0 workflows, 0 models, 0 problems\n"
        "      no workflow: only those are seen that a variable at the top of the file holds, as a builder or built\n"
    )


def test_plugins_are_shown_in_order(call: Call) -> None:
    data = json.loads(call("plugins", "--json").stdout)
    assert [one["name"] for one in data["loaded"]][-6:] == [
        "sqlite",
        "trace",
        "progress",
        "visualize",
        "profile",
        "generate-data",
    ]
    assert "cli" in [one["name"] for one in data["installed"]]
    assert "dataflow_adapter" in call("plugins").stdout


def test_options_are_shown_with_their_origins(call: Call) -> None:
    environ = {"DATAFLOW_POOL_SIZE": "7"}
    data = json.loads(call("config", "show", "--json", environ=environ).stdout)
    (pool_size,) = [one for one in data["options"] if one["name"] == "pool_size"]
    assert (pool_size["value"], pool_size["origin"]) == (7, "environment DATAFLOW_POOL_SIZE")
    assert "sqlite.synchronous" in call("config", "show").stdout
    assert call("config", "--no-color").stdout == call("config").stdout == call("config", "show").stdout


@pytest.mark.parametrize("name", ["myapp", "my-app2"])
def test_a_new_application_runs_and_its_test_passes(call: Call, tmp_path: Path, name: str) -> None:
    import subprocess
    import sys

    assert call("new", name).returncode == 0
    # the workflow twice: nothing of it is in its own way
    for command in (["workflow.py"], ["workflow.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path / name, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "The Dispossessed" in done.stdout or "2 passed" in done.stdout
    assert call("validate", str(Path(name, "workflow.py"))).returncode == 0


PLUGIN = """
from dataflow import hookimpl
from dataflow.diagnostics import Entry, ErrorCodes


class Quotas:
    @hookimpl
    def dataflow_error_codes(self):
        return ErrorCodes("ACME", {"ACME-101": Entry("quota exceeded", "Quotas")}, "acme_quotas/pages")
"""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """Make a distribution with a plugin that has codes of its own; what to add to the environment to find it."""
    pages = tmp_path / "site" / "acme_quotas" / "pages"
    pages.mkdir(parents=True)
    (pages / "ACME-101.md").write_text("# ACME-101: quota exceeded\n\nWait until midnight.\n")
    (pages.parent / "__init__.py").write_text(PLUGIN)
    metadata = tmp_path / "site" / "acme_quotas-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-quotas\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[dataflow.plugins]\nquotas = acme_quotas:Quotas\n")
    return {"PYTHONPATH": str(tmp_path / "site")}


def test_explain_shows_the_page_of_a_plugin_s_code(call: Call, tmp_path: Path, installed: dict[str, str]) -> None:
    # only what the profile names is imported
    done = call("explain", "ACME-101", environ=installed)
    assert done.returncode == 2
    assert "codes with 'ACME-' are those of a plugin, and none that plugins.toml" in done.stderr
    (tmp_path / "plugins.toml").write_text('[profiles.development]\nplugins = ["quotas"]\n')
    done = call("explain", "acme-101", environ=installed)
    assert done.stdout == "# ACME-101: quota exceeded\n\nWait until midnight.\n", done.stderr
    assert "did you mean ACME-101?" in call("explain", "ACME-102", environ=installed).stderr
    codes = json.loads(call("explain", "--json", environ=installed).stdout)["codes"]
    assert codes[-1] == {"code": "ACME-101", "title": "quota exceeded", "group": "Quotas"}
