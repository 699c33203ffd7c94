"""The command line as a user calls it, in a directory of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataflow_testkit.forks import Forks

Done = subprocess.CompletedProcess[str]
Call = Callable[..., Done]


PROGRAM = "from dataflow_cli import main; main()"
#: what most commands import, each of them only when it is needed
MODULES = (
    "dataflow_cli.commands.demo",
    "dataflow_cli.commands.inspect",
    "dataflow_cli.commands.validate",
    "dataflow.checkups.diagnosing",
    "dataflow_sqlite.plugin",
    "dataflow_progress.plugin",
    "dataflow_generate_data.command",
    "dataflow_profile.command",
    "dataflow_trace.plugin",
    "dataflow_visualize.command",
    "email.parser",
    "importlib_metadata",
    "rich.table",
)


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    forks = Forks(PROGRAM, MODULES, tmp_path_factory.mktemp("forks"))
    yield forks
    forks.close()


@pytest.fixture
def call(tmp_path: Path, forks: Forks) -> Call:
    """Run ``dataflow`` as a process of its own: exit code and output are the user's."""

    def call(*args: str, environ: dict[str, str] | None = None) -> Done:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
        given = {**inherited, **(environ or {})}
        if environ and "PYTHONPATH" in environ:
            command = [sys.executable, "-c", PROGRAM, *args]
            return subprocess.run(
                command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False, timeout=120
            )
        return forks.run(args, tmp_path, given)

    return call


SOUND = """
from dataflow import DataFlow

db = DataFlow()


@db.model
class User:
    id: str
    name: str


workflow = db.workflow("welcome")
workflow.add_node("UserCreateNode", "create", {"id": "u1", "name": "Alice"})
workflow.add_node("UserReadNode", "read", {})
workflow.add_connection("create", "id", "read", "id")
"""


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Write a file with a workflow that builds."""
    file = tmp_path / "sound.py"
    file.write_text(SOUND)
    return file


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Write a file whose workflow has three problems; one of them has a safe fix."""
    file = tmp_path / "broken.py"
    file.write_text(
        SOUND
        + """
# what the database sets is set by hand
workflow.add_node(
    "UserCreateNode",
    "second",
    {
        "id": "u2",  # a comment that stays
        "name": "Bob",
        "created_at": "2026-01-01T00:00:00Z",
    },
)
workflow.add_connection("create", "nmae", "second", "name")
workflow.add_connection("missing", "id", "second", "id")
"""
    )
    return file
