"""``dataflow typegen``: the checkers that are installed know ``db.User`` and its fields, and refuse what is wrong.

``make typing`` brings pyright and ty; mypy is always there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

APP = """\
from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import attrs

from {source} import {name}
from dataflow import field


class Color(enum.Enum):
    RED = "red"


@attrs.define
class Address:
    city: str


db = {name}()


@db.model
class User:
    __dataflow__ = {{"soft_delete": True, "versioned": True}}

    id: str
    name: str
    age: int = 0
    color: Color = Color.RED
    address: Address | None = None
    level: Literal["a", "b"] = "a"
    tags: list[str] = field(default_factory=list[str])
    born: datetime | None = None
    price: Decimal | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@db.model
class Order:
    id: int
    user_id: str = field(references="User.id")
"""
PLAIN = APP.format(source="dataflow", name="DataFlow")
TYPED = APP.format(source="app_types", name="Database")

#: what a checker must accept, and on each ignored line refuse
USES = """\
from datetime import datetime
from decimal import Decimal

from app import Address, Color, db
from app_types import Database, OrderNew, UserRecord
from dataflow import Q


async def accepted() -> None:
    user = await db.User.create(id="u1", name="Alice", age=3, color=Color.RED, tags=["a"])
    await db.User.create({"id": "u1", "name": "Alice", "address": {"city": "Oslo"}})
    await db.User.create(id="u1", name="Alice", address=Address("Oslo"), price=Decimal(3))
    name: str = user["name"]
    when: datetime = user["created_at"]
    record: UserRecord = await db.User.read("u1")
    perhaps: UserRecord | None = await db.User.read("u1", raise_on_not_found=False)
    await db.User.update("u1", {"name": name, "age": {"$inc": 1}}, expected_version=1)
    await db.User.update(filter=lambda user: user.age > 3, data={"level": "b"})
    await db.User.delete("u1", hard=True)
    await db.User.restore("u1")
    page = await db.User.list(Q.age > 3, sort=["-age"])
    first: UserRecord = page["records"][0]
    first["age"] += await db.User.count(lambda user: user.name == "Alice")
    made: bool = (await db.User.upsert(id="u1", name="Alice", conflict_on=["id"], update={"age": 3}))["created"]
    rows: list[OrderNew] = [{"user_id": "u1"}]
    number: int = (await db.Order.bulk_create(rows, return_ids=made))["created"]
    await db.Order.bulk_update([{"id": number, "user_id": "u2"}])
    await db.Order.bulk_delete([1, 2])
    async for order in db.Order.stream(batch_size=10):
        print(order["user_id"], when, record, perhaps)
    other = Database.testing()
    print(other.sync.User.create(id="u1", name="Alice")["tags"])


async def refused() -> None:
    await db.User.create(id="u1")  # type: ignore
    await db.User.create(id="u1", nmae="Alice")  # type: ignore
    await db.User.create(id="u1", name="Alice", age="three")  # type: ignore
    await db.User.create(id="u1", name="Alice", level="c")  # type: ignore
    await db.User.create(id="u1", name="Alice", created_at=None)  # type: ignore
    await db.User.create({"id": "u1", "nmae": "Alice"})  # type: ignore
    (await db.User.read("u1"))["nmae"]  # type: ignore
    await db.User.read(1)  # type: ignore
    await db.User.update("u1", {"agee": 3})  # type: ignore
    await db.User.update("u1", name="Bob")  # type: ignore
    await db.User.list(lambda user: user.agee > 3)  # type: ignore
    await db.Order.create(user_id=7)  # type: ignore
    await db.Order.restore(1)  # type: ignore
    await db.Order.bulk_create([{"user": "u1"}])  # type: ignore
    db.sync.User.create(id="u1")  # type: ignore
    db.sync.User.list()["rows"]  # type: ignore
"""
PYRIGHT = {
    "typeCheckingMode": "strict",
    "reportUnnecessaryTypeIgnoreComment": "error",
    "include": ["uses.py", "app.py"],
}
COMMANDS = {
    "mypy": ["--strict", "--no-incremental", "uses.py", "app.py", "app_types.py"],
    "pyright": ["--pythonpath", sys.executable],
    "ty": [
        "check",
        "--python",
        sys.prefix,
        "--error",
        "unused-type-ignore-comment",
        "uses.py",
        "app.py",
        "app_types.py",
    ],
}
BIN = Path(sys.executable).parent
CHECKERS = [name for name in COMMANDS if (BIN / name).exists()]


def run(folder: Path, command: str, *args: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
    return subprocess.run(
        [BIN / command, *args], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an application whose instance is of the class that was generated from its own models."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "app.py").write_text(PLAIN)
    done = run(folder, "dataflow", "typegen", "app.py")
    assert done.returncode == 0, done.stderr
    (folder / "app.py").write_text(TYPED)
    (folder / "uses.py").write_text(USES)
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT))
    return folder


@pytest.mark.parametrize("checker", CHECKERS)
def test_checker_knows_the_fields_and_refuses_what_is_wrong(project: Path, checker: str) -> None:
    done = run(project, checker, *COMMANDS[checker])
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_the_same_when_they_are_in_use_and_the_application_runs(project: Path) -> None:
    done = run(project, "dataflow", "typegen", "app.py", "--check")
    assert done.returncode == 0, done.stdout
    program = (
        "from app import db\n"
        'print(db.sync.User.create(id="u1", name="Alice")["level"], db.sync.Order.create(user_id="u1")["id"])\n'
    )
    done = run(project, "python", "-c", program)
    assert (done.stdout, done.stderr) == ("a 1\n", "")


def test_types_that_are_out_of_date_are_told_and_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(PLAIN)
    assert run(tmp_path, "dataflow", "typegen", "app.py", "-o", "own_types.py").returncode == 0
    file.write_text(PLAIN + "    note: str | None = None\n")
    done = run(tmp_path, "dataflow", "typegen", "app.py", "-o", "own_types.py", "--check")
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  own_types.py is not what the models of app.py are")
    assert "note:" not in (tmp_path / "own_types.py").read_text()
    assert run(tmp_path, "dataflow", "typegen", "app.py", "-o", "own_types.py").returncode == 0
    assert "    note: str | None\n" in (tmp_path / "own_types.py").read_text()


def test_several_instances_and_none(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from dataflow import DataFlow\nmain = DataFlow()\nread_side = DataFlow()\n"
        "@main.model\nclass User:\n    id: str\n@read_side.model\nclass View:\n    id: str\n"
    )
    done = run(tmp_path, "dataflow", "typegen", "app.py")
    assert done.stdout == "PASS  app_types.py: MainDatabase, ReadSideDatabase with 2 models\n", done.stderr
    (tmp_path / "app.py").write_text("from dataflow import DataFlow\ndb = DataFlow()\n")
    done = run(tmp_path, "dataflow", "typegen", "app.py")
    assert (done.returncode, done.stdout) == (1, "")
    assert "makes no instance with models" in done.stderr
