"""The pytest plugin: ``database_url``, once per kind of database; and what was not covered, at the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dataflow_testkit.databases import KINDS, Databases, Kind

# the suite is imported by tests, not collected as one of them
pytest.register_assert_rewrite("dataflow_testkit.compliance")

DATABASES = pytest.StashKey[Databases]()
_FOUND = "dataflow_databases"


def pytest_configure(config: pytest.Config) -> None:
    # a worker of pytest-xdist makes databases of its own on the servers that the controller has found
    found = getattr(config, "workerinput", {}).get(_FOUND, {})
    config.stash[DATABASES] = Databases(**found)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Look for the servers before any worker does: one that has to be started is started once."""
    config.stash[DATABASES].kinds()
    _require(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    databases = node.config.stash[DATABASES]
    node.workerinput[_FOUND] = {"given": databases.servers(), "missing": databases.missing}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        wanted = KINDS if marker is None else marker.args
        found = metafunc.config.stash[DATABASES].kinds()
        metafunc.parametrize("database_kind", [kind for kind in found if kind in wanted], scope="session")


@pytest.fixture
def database_url(database_kind: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return request.config.stash[DATABASES].url(database_kind, tmp_path)


@pytest.fixture(scope="module")
def compliance_url(
    database_kind: Kind, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The URL of a database that is empty before the compliance suite; an adapter's own tests give theirs."""
    return request.config.stash[DATABASES].url(database_kind, tmp_path_factory.mktemp("compliance"))


@pytest.fixture(scope="module")
def compliance_options() -> dict[str, Any]:
    """Further options of each ``DataFlow`` that the compliance suite makes, such as the plugins to load."""
    return {}


def _require(config: pytest.Config) -> None:
    required = [name.strip() for name in os.environ.get("DATAFLOW_REQUIRE", "").split(",")]
    lacking = {kind: why for kind, why in config.stash[DATABASES].missing.items() if kind in required}
    if lacking:
        what = "; ".join(f"{kind} ({why})" for kind, why in lacking.items())
        raise pytest.UsageError(f"DATAFLOW_REQUIRE names databases that are not there: {what}")


def pytest_collection_finish(session: pytest.Session) -> None:
    _require(session.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for kind, why in config.stash[DATABASES].missing.items():
        terminalreporter.write_line(f"not covered: {kind} ({why})")


def pytest_unconfigure(config: pytest.Config) -> None:
    if DATABASES in config.stash:
        config.stash[DATABASES].close()
