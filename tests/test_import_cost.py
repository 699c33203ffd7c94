"""What an import may load: names of modules, not seconds, so that the answer is the same on every machine."""

import subprocess
import sys

import pytest

LIST_IMPORTED = "import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"
# typing_extensions comes with cattrs, zipp with importlib_metadata
KERNEL = {"dataflow", "pluggy", "attr", "attrs", "cattr", "cattrs", "importlib_metadata", "zipp", "typing_extensions"}


def _loaded_by(module: str) -> set[str]:
    command = [sys.executable, "-c", LIST_IMPORTED.format(module=module)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_kernel_loads_its_four_dependencies_and_the_standard_library_only() -> None:
    roots = {name.partition(".")[0] for name in _loaded_by("dataflow")}
    assert roots - sys.stdlib_module_names - KERNEL == set()


def test_kernel_defers_the_heavy_parts_of_the_standard_library() -> None:
    heavy = {"difflib", "html", "sqlite3", "http", "unittest", "multiprocessing", "xml"}
    assert _loaded_by("dataflow") & heavy == set()


@pytest.mark.parametrize("module", ["dataflow_cli", "dataflow_progress", "dataflow_trace"])
def test_plugin_loads_no_database(module: str) -> None:
    roots = {name.partition(".")[0] for name in _loaded_by(module)}
    assert roots & {"sqlalchemy", "aiosqlite", "sqlite3", "dataflow_sql", "dataflow_sqlite"} == set()


def test_nothing_loads_a_renderer_before_it_draws() -> None:
    assert "rich" not in _loaded_by("dataflow_cli") | _loaded_by("dataflow_progress")
