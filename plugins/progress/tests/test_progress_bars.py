"""What a run shows of its long steps: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from dataflow import DataFlow
from dataflow_progress import ProgressPlugin

PROGRAM = """
import sys
from dataflow import DataFlow, LocalRuntime

db = DataFlow(progress={{"delay_s": {delay_s}, "transient": False}})

@db.model
class User:
    id: int
    name: str

workflow = db.workflow()
rows = [{{"id": number % {distinct}, "name": "a"}} for number in range(3_000)]
workflow.add_node("UserBulkCreateNode", "load", {{"data": rows, "batch_size": 1_000}})
with LocalRuntime() as runtime:
    runtime.execute(workflow.build())
"""
SHOW_CURSOR = "\x1b[?25h"


def _on_terminal(program: str) -> str:
    """What a program whose standard streams are a terminal has drawn."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"},
    )
    os.close(follower)
    drawn = b""
    with os.fdopen(leader, "rb", buffering=0) as terminal:
        try:
            while chunk := terminal.read(65_536):
                drawn += chunk
        except OSError:
            # the terminal is gone with the program
            pass
    process.wait(timeout=60)
    return drawn.decode()


def test_long_step_shows_a_bar_on_a_terminal() -> None:
    drawn = _on_terminal(PROGRAM.format(delay_s=0, distinct=3_000))
    assert "load" in drawn
    assert "100%" in drawn
    assert drawn.rindex(SHOW_CURSOR) > drawn.rindex("100%")


def test_step_that_fails_gives_the_cursor_back() -> None:
    drawn = _on_terminal(PROGRAM.format(delay_s=0, distinct=2_500))
    assert "67%" in drawn
    assert drawn.index(SHOW_CURSOR) < drawn.index("Traceback")


def test_short_step_shows_nothing() -> None:
    assert _on_terminal(PROGRAM.format(delay_s=600, distinct=3_000)) == ""


def test_nothing_is_drawn_without_a_terminal() -> None:
    program = PROGRAM.format(delay_s=0, distinct=3_000) + "print('rich' in sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_plugin_without_a_terminal_asks_for_no_event() -> None:
    assert DataFlow(plugins=["progress"]).plugins.observers() == ()


def test_delay_below_zero_is_refused_where_it_is_given() -> None:
    with pytest.raises(ValueError, match="delay_s"):
        ProgressPlugin(delay_s=-1)
