"""A file with workflows that keep many things busy, and the command line as a user calls it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]
Call = Callable[..., Done]

SHOP = """
from dataflow import DataFlow

db = DataFlow()


@db.model
class User:
    id: int
    name: str


async def greet(users: list) -> dict:
    return {"names": [(await db.User.read(one["id"]))["name"] for one in users]}


def names(count: int) -> dict:
    return {"rows": [{"name": f"user {number}"} for number in range(count)]}


welcome = db.workflow("welcome")
welcome.add_input("count", int, default=8)
welcome.add_node(names, "names")
welcome.add_connection("inputs", "count", "names", "count")
welcome.add_node("UserBulkCreateNode", "users", {"return_ids": True})
welcome.add_connection("names", "rows", "users", "data")
welcome.add_node("UserListNode", "list", after=["users"])
welcome.add_node(greet, "greet")
welcome.add_connection("list", "records", "greet", "users")
welcome.add_node("UserReadNode", "each", map_over="id")
welcome.add_connection("users", "ids", "each", "id")

fixed = db.workflow("fixed")
fixed.add_node("UserCreateNode", "create", {"id": 4711, "name": "Alice"})
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.py"
    file.write_text(SHOP)
    return file


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run ``dataflow profile`` as a process of its own."""

    def call(*args: object, **environ: str) -> Done:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
        return subprocess.run(
            [sys.executable, "-m", "dataflow_cli", "profile", *map(str, args)],
            cwd=tmp_path,
            env={**inherited, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call
