"""Settings of the whole suite: property tests and the examples of the documentation."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from dataflow import DataFlow
from dataflow.workflows.directory import forget_instance, live_instances, register_instance

# The suite says the same of the same code each time; ``make soak`` looks for what nobody thought of, with a new seed in every
# run. What fails is printed as a line that repeats it.
settings.register_profile("dataflow", derandomize=os.environ.get("LAWS") != "soak", print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dataflow"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are processors: a third of the suite's time is spent waiting for servers."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable + 1


def pytest_collection_finish() -> None:
    """Keep the thousands of tests out of what is looked through each time that garbage is collected on purpose."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def own_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the examples of one document in a directory of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("document"))
        yield Path.cwd()


class OwnProcess:
    """Lets a document find no instance but its own, as the program that it shows would: tests keep some in their modules."""

    def __init__(self) -> None:
        self._others: list[DataFlow] = []

    def begin(self, namespace: dict[str, object]) -> None:
        self._others = live_instances()
        for one in self._others:
            forget_instance(one)

    def end(self, namespace: dict[str, object]) -> None:
        # an instance that a document left behind would be found by the next one's WorkflowBuilder()
        namespace.clear()
        for one in self._others:
            register_instance(one)
        self._others = []


process = OwnProcess()
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    excludes=[
        # each page has a program that must fail; tests/test_error_pages.py runs them
        "**/diagnostics/pages/*.md",
        "**/dataflow_generate_data/pages/*.md",
        "**/dataflow_profile/pages/*.md",
        # whole programs with what they print; docs/generate.py runs them
        "**/troubleshooting/*.md",
        # they need a server; tests/test_database_pages.py runs them where there is one
        "**/tasks/databases/postgres.md",
        "**/tasks/databases/mysql.md",
    ],
    fixtures=["own_directory"],
    setup=process.begin,
    teardown=process.end,
).pytest()
