"""A real schema in a database of its own, its models, and what its database says of it."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
from tests.schemas.databases import Place

from dataflow import DataFlow
from dataflow_cli.entry import run
from dataflow_testkit.databases import Kind

MAKERS = {"django": "django_tables.py", "rucio": "rucio_tables.py"}
ROOT = Path(__file__).parents[2]


def make(name: str, urls: Sequence[str]) -> None:
    """Have an application make its tables in some databases."""
    installed = ROOT / ".venv" / "schemas"
    assert installed.is_dir(), "'make setup' installs the applications"
    command = [sys.executable, str(Path(__file__).parent / "makers" / MAKERS[name]), *urls]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(installed)}
    )
    assert done.returncode == 0, done.stderr[-2000:]


def printed(*arguments: str) -> dict[str, Any]:
    """What a command prints with ``--json``."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = run([*arguments, "--json"])
    found: dict[str, Any] = json.loads(out.getvalue())
    assert code == 0, found
    return found


def imported(file: Path) -> DataFlow:
    spec = importlib.util.spec_from_file_location("reflected", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    db: DataFlow = module.db
    return db


@attrs.frozen(eq=False, slots=False)
class RealSchema:
    """``directory`` is for files about it."""

    kind: Kind
    url: str
    place: Place
    directory: Path

    @cached_property
    def file(self) -> Path:
        """The module of its models."""
        return self.directory / "models.py"

    @cached_property
    def reflection(self) -> Mapping[str, Any]:
        return printed("generate", "models", "--from-db", self.url, "-o", str(self.file))

    @property
    def tables(self) -> set[str]:
        """Those that have models."""
        return {one["table"] for one in self.reflection["models"]}

    @property
    def named(self) -> dict[str, str]:
        """All that the module says it does not say, and why."""
        return {one["what"]: one["why"] for one in (*self.reflection["left_out"], *self.reflection["otherwise"])}

    def models_at(self, url: str) -> DataFlow:
        """The same models over another database."""
        assert self.reflection["ok"]
        text = self.file.read_text(encoding="utf-8")
        other = self.directory / "elsewhere.py"
        other.write_text(text.replace(f'"{self.url}"', f'"{url}"'), encoding="utf-8")
        return imported(other)


def planned(db: DataFlow) -> tuple[str, ...]:
    """What a plan would do, and what stops it; taken over when that is nothing."""

    async def wanted() -> tuple[str, ...]:
        async with db:
            plan = await db.migrations.plan()
            found = (*map(str, plan.steps), *(one.message for one in plan.stops))
            if not found:
                await db.migrations.adopt("as_it_was")
            return found

    return asyncio.run(wanted())


def applied(db: DataFlow) -> None:
    async def apply() -> None:
        async with db:
            await db.migrations.apply()

    asyncio.run(apply())
