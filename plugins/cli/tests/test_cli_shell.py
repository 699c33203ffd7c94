"""The prompt that awaits, as a pipe and as one program."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


def piped(file: Path, program: str) -> CompletedProcess[str]:
    command = [sys.executable, "-c", "from dataflow_cli import main; main()", "shell", file.name]
    return subprocess.run(
        command, cwd=file.parent, input=program, capture_output=True, text=True, check=False, timeout=60
    )


def test_lines_await_and_see_the_names_of_the_file(sound: Path) -> None:
    program = """
await db.User.create(id="u1", name="Alice")
async with db.transaction():
    await db.User.create(id="u2", name="Bob")

names = [one["name"] for one in (await db.User.list(sort=["name"]))["records"]]
print(names, workflow.draft.name, User.__name__)
len(instances)
"""
    done = piped(sound, program)
    assert (done.returncode, done.stderr) == (0, "\n")
    first, second, *rest = done.stdout.splitlines()
    assert ("'name': 'Alice'" in first, "'name': 'Bob'" in second) == (True, True)
    assert rest == ["['Alice', 'Bob'] welcome User", "1"]


def test_a_line_that_fails_ends_neither_the_prompt_nor_silently(sound: Path) -> None:
    done = piped(sound, "await db.Usr\nx = = 1\nprint('still here')\n")
    assert (done.returncode, done.stdout) == (1, "still here\n")
    assert "DataFlow has no attribute or model 'Usr'; did you mean 'User'?" in done.stderr
    assert "SyntaxError" in done.stderr


def test_one_program_is_run_and_its_value_shown(call: Call, sound: Path) -> None:
    assert call("shell", str(sound), "-c", "await db.User.count()").stdout == "0\n"
    created = call("shell", str(sound), "-c", "await db.User.create(id='u1', name='Alice')", "--json")
    assert json.loads(created.stdout)["value"]["name"] == "Alice"
    assert call("shell", "-c", "db.adapter.name").stdout == "'sqlite'\n"
    assert call("shell", "-c", "x = 1; print(x + 1)").stdout == "2\n"


@pytest.mark.parametrize(
    ("program", "code", "told"),
    [
        ("1 / 0", 1, "Error: the program raised ZeroDivisionError: division by zero"),
        ("x = = 1", 1, "Error: the program raised SyntaxError"),
        ("await db.User.read('nobody')", 1, "DF-X102"),
        ("raise SystemExit(7)", 7, ""),
    ],
)
def test_a_program_that_fails_is_told(call: Call, sound: Path, program: str, code: int, told: str) -> None:
    done = call("shell", str(sound), "-c", program)
    assert done.returncode == code, done.stderr
    assert told in done.stderr


def test_a_prompt_has_no_json(call: Call, sound: Path) -> None:
    done = call("shell", str(sound), "--json")
    assert done.returncode == 2
    assert "-c EXPRESSION --json" in json.loads(done.stdout)["error"]
