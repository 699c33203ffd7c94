"""``plugins --trace``: who answered which hook, in the order of asking."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

Call = Callable[..., CompletedProcess[str]]

HOOKED = """

class Greeting:
    from dataflow import hookimpl as _hookimpl

    @_hookimpl
    def dataflow_check_model(self, model):
        return ()

    @_hookimpl
    def dataflow_render(self, problem, style):
        return "hello" if style == "html" else None

    @_hookimpl
    def dataflow_event(self, event):
        pass


other = DataFlow(plugins=[Greeting()])


@other.model
class Post:
    id: int


@other.hook
def around(node):
    return (lambda execute: execute) if node.kind == "count" else None
"""


def asked(data: dict[str, Any], hook: str, subject: str) -> list[tuple[str, bool]]:
    """Who was asked, and whether each answered; the number of an app's own function is left out."""
    found = [one for one in data["hooks"] if (one["hook"], one["subject"]) == (hook, subject)]
    answers = [each for one in found for each in one["answers"]]
    return [(re.sub(r":\d+:", ":", each["plugin"]), each["answer"] is not None) for each in answers]


def test_every_hook_is_shown_with_who_answered(call: Call, sound: Path) -> None:
    sound.write_text(sound.read_text() + HOOKED)
    done = call("plugins", "--trace", str(sound), "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert asked(data, "dataflow_check_model", "Post") == [("greeting", True), ("trace", True)]
    assert asked(data, "dataflow_nodes", "User") == [("utility-nodes", True), ("model-nodes", True)]
    assert asked(data, "dataflow_around", "PostCountNode") == [("app:around", True)]
    assert asked(data, "dataflow_around", "PostCreateNode") == [("app:around", False)]
    assert asked(data, "dataflow_executor", "UserCreateNode") == [("executors", True)]
    # the first answer is enough: the kernel is only asked where the plugin leaves it
    assert ("greeting", True) in asked(data, "dataflow_render", "DF-X101 as html")
    assert asked(data, "dataflow_render", "DF-X101 as llm")[-2:] == [("greeting", False), ("kernel-renderer", True)]
    assert data["listeners"] == [{"plugin": "greeting", "areas": ["all"]}]


def test_the_trace_is_short_for_people(call: Call, sound: Path) -> None:
    told = call("plugins", "--trace", str(sound)).stdout
    assert "\ndataflow_model_fields\n  User  builtin-fields: 2 Field\n" in told
    assert "UserCreateNode  " in told
    assert "executors: dataflow_sqlite.executors.create" in told
    assert "DF-X101 as plain and 4 more  kernel-renderer: str" in told
    assert told.rstrip().endswith("nobody listens, so that no event is made")


def test_without_a_file_the_configurations_instance_is_traced(call: Call) -> None:
    assert "sqlite: SQLiteAdapter" in call("plugins", "--trace").stdout


def test_a_file_is_for_the_trace_alone(call: Call, sound: Path) -> None:
    done = call("plugins", str(sound))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        f"Error: a FILE is for --trace: dataflow plugins --trace {sound}",
    )
