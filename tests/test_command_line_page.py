"""The reference of the command line: every command has its section, and prints what is shown there."""

from __future__ import annotations

import doctest
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataflow_cli.entry import run
from dataflow_cli.own_commands import OWN

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "cli.md").read_text()
(APP,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ASSIGNMENT = re.compile(r"[A-Z_]+=")


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a directory of its own with the page's file, and with nothing configured."""
    for name in [name for name in os.environ if name.startswith("DATAFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(APP)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0])
def test_commands_print_what_is_shown(
    block: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = 0
    for command, shown in commands(block):
        if command == "echo $?":
            printed = f"{code}\n"
        else:
            words = shlex.split(command)
            while ASSIGNMENT.match(words[0]):
                monkeypatch.setenv(*words.pop(0).split("=", 1))
            assert words[0] == "dataflow"
            code = run(words[1:])
            told = capsys.readouterr()
            # what is wrong with a file is on stderr, and no part of the page where there is an answer
            printed = told.out or told.err
        assert doctest.OutputChecker().check_output(shown, printed, FLAGS), printed


def test_every_command_has_its_section() -> None:
    sections = re.findall(r"^## dataflow (\S+)", PAGE, flags=re.MULTILINE)
    assert sorted(sections) == sorted(OWN)
