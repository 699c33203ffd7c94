"""Where an error points, whatever the code came from; never to a line that says something else."""

import doctest
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dataflow import DataFlow, DataFlowError

CALLING = """\
def call(db):
    db.sync.User.create(id="u1", age="twenty")
"""


@pytest.fixture
def db() -> DataFlow:
    db = DataFlow()

    @db.model
    class User:
        id: str
        age: int = 0

    return db


def imported(file: Path) -> ModuleType:
    """Import a file as it is now, past every cache of bytecode."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    module = ModuleType(file.stem)
    exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
    return module


def place(error: DataFlowError) -> list[str]:
    """The place of an error's text, and the source below it."""
    lines = str(error).splitlines()
    return lines[1 : lines.index("Context")]


def refused(module: ModuleType, db: DataFlow) -> list[str]:
    with pytest.raises(DataFlowError) as caught:
        module.call(db)
    return place(caught.value)


def test_file_shows_the_line_and_the_key(db: DataFlow, tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(CALLING)
    assert refused(imported(file), db) == [
        f"  --> {file}:2:5",
        '    2 |     db.sync.User.create(id="u1", age="twenty")',
        "      |                                  ^ expected an int",
    ]


def test_file_that_was_edited_after_its_import_shows_no_line(db: DataFlow, tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(CALLING)
    module = imported(file)
    assert len(refused(module, db)) == 3
    # a call stands at the same place, and it is another one
    file.write_text(CALLING.replace("u1", "u2"))
    assert refused(module, db) == [f"  --> {file}:2 (the file has changed since it was imported)"]
    file.write_text("# a line more\n" + CALLING)
    assert refused(module, db) == [f"  --> {file}:2 (the file has changed since it was imported)"]
    again = imported(file)
    assert refused(again, db)[0] == f"  --> {file}:3:5"
    file.unlink()
    assert refused(again, db) == [f"  --> {file}:3"]


def test_file_older_than_the_process_may_have_been_rewritten_by_an_import_hook(db: DataFlow) -> None:
    # pytest has rewritten this very file, so its code is not what the text says
    with pytest.raises(DataFlowError) as caught:
        db.sync.User.create(id="u1", age="twenty")
    assert place(caught.value)[1].endswith('| db.sync.User.create(id="u1", age="twenty")'.replace("| ", "|         "))


def test_text_given_to_exec_shows_its_line_number_only(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as caught:
        exec("\n" + CALLING + "call(db)", {"db": db})
    assert place(caught.value) == ["  --> <string>:3"]


def test_doctest_shows_the_example(db: DataFlow) -> None:
    example = '>>> db.sync.User.create(id="u1", age="twenty")\n'
    test = doctest.DocTestParser().get_doctest(example, {"db": db}, "guide", "guide.md", 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=told.append, clear_globs=False)
    text = "".join(told)
    assert "  --> <doctest guide[0]>:1:1\n" in text
    assert '    1 | db.sync.User.create(id="u1", age="twenty")\n' in text
    assert "      |                              ^ expected an int\n" in text.replace("\n    ", "\n")


PROGRAM = """\
from dataflow import DataFlow

db = DataFlow()


@db.model
class User:
    id: str
    age: int = 0


db.sync.User.create(id="u1", age="twenty")
"""


def python(*args: str, given: str | None = None, folder: Path | None = None) -> str:
    """What a Python process writes to stderr."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
    done = subprocess.run(
        [sys.executable, *args], input=given, cwd=folder, env=environ, capture_output=True, text=True, timeout=120
    )
    return done.stderr


QUOTED = """\
   12 | db.sync.User.create(id="u1", age="twenty")
      |                              ^ expected an int
"""


def test_command_line_shows_its_own_text() -> None:
    assert f"  --> <string>:12:1\n{QUOTED}" in python("-c", PROGRAM)


def test_text_executed_by_a_command_line_is_not_taken_for_it() -> None:
    # line 12 of the command line is not that of the text
    told = python("-c", "text = " + repr(PROGRAM) + "\n" * 11 + "exec(text)\n")
    assert "  --> <string>:12\nContext\n" in told


def test_script_and_module_show_their_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    assert f"  --> app.py:12:1\n{QUOTED}" in python("app.py", folder=tmp_path)
    assert f"  --> app.py:12:1\n{QUOTED}" in python("-m", "app", folder=tmp_path)


def test_program_from_stdin_shows_no_wrong_line() -> None:
    assert "  --> <stdin>:12\nContext\n" in python("-", given=PROGRAM)


def test_interactive_session_shows_the_typed_line_or_none() -> None:
    told = python("-i", "-q", given=PROGRAM.replace("\n\n\n", "\n\n"))
    assert "error[DF-N104]" in told
    shown = told.partition("  --> <stdin>")[2].splitlines()
    # what was typed is kept from Python 3.13 on
    if sys.version_info >= (3, 13):
        assert shown[1] == '    1 | db.sync.User.create(id="u1", age="twenty")'
    else:
        assert shown[:2] == [":1", "Context"]
