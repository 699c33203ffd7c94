"""What somebody sees of a run that failed: the problem once, at the user's own line."""

from __future__ import annotations

import copy
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, LocalRuntime, NodeFailed, UniqueError, Workflow

PROGRAM = """
from dataflow import DataFlow, LocalRuntime

db = DataFlow()

@db.model
class User:
    id: str

db.sync.User.create(id="a")
workflow = db.workflow()
workflow.add_node("UserCreateNode", "again", {"id": "a"})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
"""


def raising() -> None:
    raise LookupError("not in stock")


def _workflow(function: Callable[[], None] | None = None) -> Workflow:
    db = DataFlow()

    @db.model
    class User:
        id: str

    db.sync.User.create(id="a")
    workflow = db.workflow()
    if function is None:
        workflow.add_node("UserCreateNode", "step", {"id": "a"})
    else:
        workflow.add_node(function, "step")
    return workflow.build()


def test_error_of_the_node_and_the_exception_of_the_driver_are_at_hand() -> None:
    with LocalRuntime() as runtime, pytest.raises(NodeFailed) as caught:
        runtime.execute(_workflow())
    assert isinstance(caught.value.error, UniqueError)
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    assert copy.copy(caught.value).problems == caught.value.problems


async def test_exception_of_the_application_is_the_cause_with_its_own_traceback() -> None:
    with pytest.raises(NodeFailed, match="not in stock") as caught:
        await AsyncLocalRuntime().execute(_workflow(raising))
    assert isinstance(caught.value.__cause__, LookupError)
    assert "raising" in [frame.name for frame in traceback.extract_tb(caught.value.__cause__.__traceback__)]


def test_traceback_says_it_once_and_shows_little_of_the_framework(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    done = subprocess.run([sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("error[DF-A101]") == 1
    # the driver's own traceback comes first; of the second one, two frames are the framework's
    assert done.stderr.rpartition("Traceback")[2].count("  File ") == 3


def test_traceback_of_a_direct_call_is_as_short(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.partition("workflow =")[0] + 'db.sync.User.create(id="a")\n')
    done = subprocess.run([sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr.count("error[DF-A101]") == 1
    assert done.stderr.rpartition("Traceback")[2].count("  File ") == 2


async def test_run_that_nobody_listens_to_fails_as_one_that_is_heard() -> None:
    workflow = _workflow()
    failures = []
    for on_event in (None, lambda event: None):
        with pytest.raises(NodeFailed) as caught:
            await AsyncLocalRuntime().execute(workflow, on_event=on_event)
        failures.append(caught.value)
    alone, heard = failures
    assert alone.problems == heard.problems
    assert (alone.node_id, alone.results, type(alone.error)) == (heard.node_id, heard.results, type(heard.error))
    assert (len(alone.run_id), type(alone.__cause__)) == (16, type(heard.__cause__))
