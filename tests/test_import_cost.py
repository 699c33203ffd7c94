"""What an import may load: names of modules, not seconds, so that the answer is the same on every machine."""

import subprocess
import sys

import pytest

import dataflow

LIST_IMPORTED = "import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"
DIRECT = """
import asyncio
import sys
from dataflow import DataFlow

db = DataFlow(plugins=["sqlite"])

@db.model
class User:
    id: str
    name: str

async def main():
    await db.User.create(id="a", name="Ada")
    await db.User.read("a")
    await db.User.list(filter={"name": "Ada"})
    await db.close()

asyncio.run(main())
print(*sys.modules)
"""
# typing_extensions comes with cattrs, zipp with importlib_metadata
KERNEL = {"dataflow", "pluggy", "attr", "attrs", "cattr", "cattrs", "importlib_metadata", "zipp", "typing_extensions"}


def _loaded_by(module: str) -> set[str]:
    command = [sys.executable, "-c", LIST_IMPORTED.format(module=module)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_kernel_loads_its_four_dependencies_and_the_standard_library_only() -> None:
    roots = {name.partition(".")[0] for name in _loaded_by("dataflow")}
    assert roots - sys.stdlib_module_names - KERNEL == set()


def test_kernel_defers_the_heavy_parts_of_the_standard_library() -> None:
    heavy = {
        "difflib",
        "html",
        "sqlite3",
        "http",
        "unittest",
        "multiprocessing",
        "xml",
        "tempfile",
        "symtable",
        "email",
    }
    assert _loaded_by("dataflow") & heavy == set()


def test_direct_calls_load_no_workflow() -> None:
    done = subprocess.run([sys.executable, "-c", DIRECT], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    of_workflows = ("dataflow.workflows.", "dataflow.runtimes.", "dataflow.inspection.", "dataflow.sync")
    found = {name for name in loaded if name.startswith(of_workflows)}
    # what an instance has at once: its place in the directory, its own plugins, utility nodes and events
    assert found == {
        "dataflow.inspection.report",
        "dataflow.runtimes.activities",
        "dataflow.runtimes.areas",
        "dataflow.runtimes.branches",
        "dataflow.runtimes.events",
        "dataflow.runtimes.threads",
        "dataflow.workflows.directory",
        "dataflow.workflows.paths",
        "dataflow.workflows.plugin",
    }
    assert "dataflow.expressions.reading" not in loaded


def test_names_that_are_loaded_later_are_there_as_any_other() -> None:
    assert set(dataflow.__all__) <= set(dir(dataflow))
    assert all(hasattr(dataflow, name) for name in dataflow.__all__)
    with pytest.raises(AttributeError, match="module 'dataflow' has no attribute 'Dataflow'"):
        dataflow.Dataflow  # noqa: B018  # the access itself is what fails


@pytest.mark.parametrize("module", ["dataflow_cli", "dataflow_progress", "dataflow_trace"])
def test_plugin_loads_no_database(module: str) -> None:
    roots = {name.partition(".")[0] for name in _loaded_by(module)}
    assert roots & {"sqlalchemy", "aiosqlite", "sqlite3", "dataflow_sql", "dataflow_sqlite"} == set()


def test_nothing_loads_a_renderer_before_it_draws() -> None:
    assert "rich" not in _loaded_by("dataflow_cli") | _loaded_by("dataflow_progress")
