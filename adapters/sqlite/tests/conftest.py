"""Databases of one test: a file in a directory of its own, closed when the test ends."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dataflow import DataFlow, field

Open = Callable[..., DataFlow]


def with_models(db: DataFlow) -> DataFlow:
    """Register the models that these tests use."""

    @db.model
    class Owner:
        id: str
        name: str = "nobody"

    @db.model
    class Account:
        id: str
        owner_id: str | None = field(default=None, references="Owner.id")
        balance: int = field(default=0)
        code: str | None = field(default=None, unique=True)

    return db


@pytest.fixture
def open_db(tmp_path: Path) -> Iterator[Open]:
    """Open an instance on a file; a second call opens the same file again."""
    opened: list[DataFlow] = []

    def open_db(url: str | None = None, **options: Any) -> DataFlow:
        silence = ["DF-C203", "DF-C204"]
        db = DataFlow(url or f"sqlite:///{tmp_path}/bank.db", silence=silence, **options)
        opened.append(db)
        return with_models(db)

    yield open_db
    for db in opened:
        db.sync.close()


@pytest.fixture
def db(open_db: Open) -> DataFlow:
    """Open one instance on a file."""
    return open_db()


Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Run a program as a process of its own, in the test's directory; one that does not end within a minute is a failure."""

    def program(text: str, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(text), *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return program
