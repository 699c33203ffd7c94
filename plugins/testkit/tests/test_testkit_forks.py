"""Programs that are forked: each has its own arguments, directory, environment, output, and end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataflow_testkit.forks import Forks

PROGRAM = """
    import atexit, os, threading
    atexit.register(print, "at the end", json.__name__)
    threading.Timer(0.01, print, ["from a thread"]).start()
    print(sys.argv[1:], os.getcwd(), os.environ.get("GIVEN"), sys.stdin.read(), "left" in globals())
    left = True
    if sys.argv[1:] == ["raise"]:
        raise LookupError("told")
    sys.exit(len(sys.argv) - 1)
"""


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    forks = Forks(PROGRAM.strip(), ["json"], tmp_path)
    yield forks
    forks.close()


def test_each_has_what_it_was_given_and_nothing_of_another(forks: Forks, tmp_path: Path) -> None:
    for code, args in enumerate(([], ["a"], ["a", "b"])):
        done = forks.run(args, tmp_path, {**os.environ, "GIVEN": "x"})
        first, *rest = done.stdout.splitlines()
        assert (done.returncode, done.stderr) == (code, "")
        assert first == f"{args} {tmp_path} x  False"
        assert rest == ["from a thread", "at the end json"]


def test_an_exception_is_told_and_ends_with_1(forks: Forks, tmp_path: Path) -> None:
    done = forks.run(["raise"], tmp_path, os.environ)
    assert done.returncode == 1
    assert done.stderr.endswith("LookupError: told\n")
    assert "at the end" in done.stdout


def test_what_a_process_must_have_from_its_start_is_refused(forks: Forks, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="when a process starts"):
        forks.run([], tmp_path, {**os.environ, "PYTHONPATH": "elsewhere"})
