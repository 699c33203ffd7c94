"""The compliance suite as others use it: a sound adapter passes, and one that does a single thing wrong does not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dataflow_testkit.compliance as suite

ADAPTER = '''
"""An adapter's own tests: the suite, on the adapter's own database."""

import pytest
from dataflow import hookimpl
from dataflow.operations.operation import Create, Delete
from dataflow_sqlite import SQLitePlugin
from dataflow_sqlite.adapter import SQLiteAdapter
from dataflow_testkit.compliance import *

FAULT = "{fault}"


class Adapter(SQLiteAdapter):
    def executor(self, operation, model):
        execute = super().executor(operation, model)

        async def one_too_many(operation):
            return {{"deleted": (await execute(operation))["deleted"] + 1}}

        async def without_fraction(operation):
            rounded = {{n: float(int(v)) if isinstance(v, float) else v for n, v in operation.record.items()}}
            return await execute(type(operation)(model=operation.model, record=rounded, transaction=operation.transaction))

        if FAULT == "miscounts" and operation is Delete:
            return one_too_many
        return without_fraction if FAULT == "rounds" and operation is Create else execute

    async def begin(self, options):
        scope = await super().begin(options)
        return Kept(scope) if FAULT == "keeps" else scope


class Kept:
    """A transaction that commits what it should undo."""

    def __init__(self, scope):
        self.scope = scope

    def __getattr__(self, name):
        return getattr(self.scope, name)

    async def rollback(self):
        await self.scope.commit()


class Plugin(SQLitePlugin):
    @hookimpl
    def dataflow_adapter(self, config):
        sound = super().dataflow_adapter(config)
        url, pool = str(config.database_url), (config.pool_size, config.pool_timeout_s, config.statement_timeout_s)
        self._adapter = Adapter(sound.database, url, *pool)
        return self._adapter


@pytest.fixture(scope="module")
def compliance_url(tmp_path_factory):
    return f"sqlite:///{{tmp_path_factory.mktemp('own')}}/own.db"


@pytest.fixture(scope="module")
def compliance_options():
    return {{"plugins": [Plugin()]}}
'''
CHOSEN = "test_delete_removes or test_an_exception_undoes or (test_a_value_comes_back and real)"


FOUND: dict[str, set[str]] = {
    "none": set(),
    "miscounts": {"test_delete_removes_one_or_what_matches"},
    "rounds": {"test_a_value_comes_back_as_it_was"},
    "keeps": {"test_an_exception_undoes_everything"},
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Run the suite once for an adapter of each fault, and give the tests that failed by fault."""
    directory = tmp_path_factory.mktemp("adapters")
    for fault in FOUND:
        (directory / f"test_{fault}.py").write_text(ADAPTER.format(fault=fault))
    (directory / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfp", "--tb=no", "-k", CHOSEN],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    told = re.findall(r"^(PASSED|FAILED) test_(\w+)\.py::.*?(\w+)(?:\[| |$)", done.stdout, re.MULTILINE)
    assert {fault for outcome, fault, _ in told if outcome == "PASSED"} == set(FOUND), done.stdout
    return {fault: {test for outcome, one, test in told if (outcome, one) == ("FAILED", fault)} for fault in FOUND}


@pytest.mark.parametrize("fault", FOUND)
def test_a_wrong_adapter_fails_where_it_is_wrong(failed: dict[str, set[str]], fault: str) -> None:
    assert failed[fault] == FOUND[fault]


def test_every_class_of_the_suite_is_given_to_who_imports_it() -> None:
    modules = Path(suite.__file__).parent.glob("*.py")
    written = {name for path in modules for name in re.findall(r"^class (Test\w+)", path.read_text(), re.MULTILINE)}
    assert set(suite.__all__) == written
