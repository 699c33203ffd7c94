"""Workers of pytest-xdist: each has databases of its own on the servers that one process has found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_a_database_is_there(database_url, number):
    with open(f"{os.getpid()}.txt", "w") as seen:
        seen.write(database_url)
"""
#: where no server is
NOWHERE = "mysql://root@127.0.0.1:1/mysql"


def ended(directory: Path, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (directory / "test_some.py").write_text(TESTS)
    (directory / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args],
        cwd=directory,
        env={**os.environ, "DATAFLOW_TEST_MYSQL_URL": NOWHERE, "DATAFLOW_REQUIRE": "", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_not_covered_is_told_once(tmp_path: Path, workers: str) -> None:
    done = ended(tmp_path, "-n", workers)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("not covered: mysql (OperationalError") == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_required_and_missing_ends_the_run(tmp_path: Path, workers: str) -> None:
    done = ended(tmp_path, "-n", workers, DATAFLOW_REQUIRE="sqlite,mysql")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: DATAFLOW_REQUIRE names what is not there: mysql (OperationalError" in done.stderr
    assert list(tmp_path.glob("*.txt")) == []


@pytest.mark.databases("postgres")
def test_each_worker_has_a_database_of_its_own(tmp_path: Path, database_kind: str) -> None:
    done = ended(tmp_path, "-n", "2", "-k", database_kind)
    assert done.returncode == 0, done.stdout
    seen = [path.read_text() for path in tmp_path.glob("*.txt")]
    assert len(seen) == len(set(seen)) == 2
