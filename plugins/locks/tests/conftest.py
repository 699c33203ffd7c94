"""What the tests of the lock share: a program whose processes contend for it, and an application that does something while it has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from dataflow import DataFlow, hookimpl
from dataflow.config.options import Config
from dataflow.migrations import MigrationEngine, MigrationPlan, MigrationRun, MigrationStep, Phase, Session
from dataflow_locks import LocksPlugin
from dataflow_testkit import Kind

PROGRAM = Path(__file__).with_name("contenders.py")
#: where a holder is halted, and at each how many-th point: in SQLite mostly between transactions, for in one nobody else comes through
STEPS = {"sqlite": ("between", 3), "postgres": ("everywhere", 61), "mysql": ("everywhere", 61)}


@pytest.fixture
def contended_url(database_url: str) -> str:
    """Give the database that the processes of the program contend for."""
    return database_url


@pytest.fixture
def contend(contended_url: str) -> Callable[..., list[dict[str, Any]]]:
    """Run the program; gives its lines."""

    def run(what: str, *given: object) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), what, contended_url, *map(str, given)],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def points(database_kind: Kind) -> tuple[str, int]:
    """Give where holders are halted: in the suite at some points, others in each run; at all of them with FAULTS=soak."""
    return ("everywhere", 1) if os.environ.get("FAULTS") == "soak" else STEPS[database_kind]


Work = Callable[[MigrationRun], Awaitable[None]]


@attrs.frozen(eq=False)
class During:
    work: Work
    when: Literal["before", "in"]
    name: str = attrs.field(default="during", init=False)
    phases: tuple[Phase, ...] = attrs.field(default=("verify_before",), init=False)

    async def run(self, phase: Phase, plan: MigrationPlan, run: MigrationRun) -> MigrationPlan:
        async def guard(session: Session, step: MigrationStep) -> None:
            await self.work(run)

        if self.when == "before":
            await self.work(run)
        else:
            run.guards.append(guard)
        return plan

    def interface(self, app: DataFlow) -> None:
        return None


@attrs.frozen(eq=False)
class DuringPlugin:
    engine: During

    @hookimpl
    def dataflow_migration_engine(self, config: Config) -> MigrationEngine:
        return self.engine


async def _nothing(run: MigrationRun) -> None:
    """Do not get in the way."""


def _application(
    url: str, work: Work = _nothing, when: Literal["before", "in"] = "before", *, ttl_s: float = 30.0, **options: Any
) -> DataFlow:
    """One that wants a table; its migration does something while it has the lock."""
    plugins = ["migrations", LocksPlugin(ttl_s=ttl_s), DuringPlugin(During(work, when))]
    db = DataFlow(url, plugins=plugins, **options)

    @db.model
    class User:
        id: str
        name: str

    return db


@pytest.fixture
def application() -> Callable[..., DataFlow]:
    """Give the function that makes one."""
    return _application
