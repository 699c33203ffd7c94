"""The pytest plugin: ``database_url``, once per kind of database, ``chromium``; and what was not covered, at the end.

A test that asks for ``database_scheme`` runs once per driver of each kind.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dataflow_testkit.browsers import chromium_path
from dataflow_testkit.databases import KINDS, SCHEMES, Databases, Kind

# the suite is imported by tests, not collected as one of them
pytest.register_assert_rewrite("dataflow_testkit.compliance")

DATABASES = pytest.StashKey[Databases]()
_FOUND, _UNCOVERED = "dataflow_databases", "dataflow_uncovered"
#: what else the machine has not, each with the reason; tests add to it while they are collected
UNCOVERED = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    # a worker of pytest-xdist makes databases of its own on the servers that the controller has found
    found = getattr(config, "workerinput", {}).get(_FOUND, {})
    config.stash[DATABASES], config.stash[UNCOVERED] = Databases(**found), {}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Look for the servers before any worker does: one that has to be started is started once."""
    config.stash[DATABASES].kinds()
    _require(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    databases = node.config.stash[DATABASES]
    node.workerinput[_FOUND] = {"given": databases.servers(), "missing": databases.missing}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker found missing, for the summary is the controller's."""
    node.config.stash[UNCOVERED].update(getattr(node, "workeroutput", {}).get(_UNCOVERED, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_UNCOVERED] = session.config.stash[UNCOVERED]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        wanted = KINDS if marker is None else marker.args
        kinds = [kind for kind in metafunc.config.stash[DATABASES].kinds() if kind in wanted]
        if "database_scheme" not in metafunc.fixturenames:
            metafunc.parametrize("database_kind", kinds, scope="session")
        else:
            # which schemes there are depends on the kind
            both = [(kind, scheme) for kind in kinds for scheme in SCHEMES[kind]]
            ids = [kind if scheme == SCHEMES[kind][0] else scheme for kind, scheme in both]
            metafunc.parametrize(("database_kind", "database_scheme"), both, ids=ids, scope="session")
    if "chromium" in metafunc.fixturenames:
        metafunc.parametrize("chromium", _browsers(metafunc.config), scope="session", ids=lambda _: "chromium")


def _browsers(config: pytest.Config) -> list[str]:
    """The path of the browser, when there is one."""
    try:
        return [chromium_path()]
    except FileNotFoundError as error:
        config.stash[UNCOVERED]["chromium"] = str(error)
        return []


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


def _missing(config: pytest.Config) -> dict[str, str]:
    databases = {str(kind): why for kind, why in config.stash[DATABASES].missing.items()}
    return databases | config.stash[UNCOVERED]


def _require(config: pytest.Config) -> None:
    required = [name.strip() for name in os.environ.get("DATAFLOW_REQUIRE", "").split(",")]
    if "chromium" in required:
        _browsers(config)
    lacking = {name: why for name, why in _missing(config).items() if name in required}
    if lacking:
        what = "; ".join(f"{name} ({why})" for name, why in lacking.items())
        raise pytest.UsageError(f"DATAFLOW_REQUIRE names what is not there: {what}")


def pytest_collection_finish(session: pytest.Session) -> None:
    _require(session.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, why in _missing(config).items():
        terminalreporter.write_line(f"not covered: {name} ({why})")


def pytest_unconfigure(config: pytest.Config) -> None:
    if DATABASES in config.stash:
        config.stash[DATABASES].close()
