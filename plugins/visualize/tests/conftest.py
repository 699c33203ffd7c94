"""A file with a workflow of every kind of node, and the command line as a user calls it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataflow_testkit.forks import Forks

Done = subprocess.CompletedProcess[str]
Call = Callable[..., Done]

SHOP = """
from dataflow import DataFlow

db = DataFlow()


@db.model
class Customer:
    id: int
    name: str
    password: str | None = None


@db.model
class Order:
    id: int
    customer_id: int
    total: int
    state: str = "open"


def price(items: list) -> dict:
    return {"total": sum(items)}


def thanks(total: int) -> dict:
    return {"text": f"thanks for {total}"}


def label(order: dict) -> dict:
    return {"text": order["state"]}


checkout = db.workflow("checkout")
checkout.add_input("name", str)
checkout.add_input("items", list)
checkout.add_node("CustomerCreateNode", "customer", {"password": "hunter2-tr0ub4dor"})
checkout.add_connection("inputs", "name", "customer", "name")
checkout.add_node(price, "price", timeout_s=5)
checkout.add_connection("inputs", "items", "price", "items")
with checkout.transaction("tx", isolation="SERIALIZABLE"):
    checkout.add_node("OrderCreateNode", "order", {"state": "open"})
    checkout.add_node("OrderUpdateNode", "mark", {"data": {"state": "filled"}})
    checkout.add_connection("order", "id", "mark", "id")
checkout.add_connection("customer", "id", "order", "customer_id")
checkout.add_connection("price", "total", "order", "total")
checkout.add_node("SwitchNode", "size", {"cases": {"big": {"$gte": 40}}})
checkout.add_connection("price", "total", "size", "value")
checkout.add_node(thanks, "thanks")
checkout.add_connection("size", "big", "thanks", "total")
checkout.add_node("MergeNode", "merge")
checkout.add_connection("thanks", "text", "merge", "a")
checkout.add_connection("size", "default", "merge", "b")
checkout.add_node("OrderListNode", "list", after=["tx"], retry=3)
checkout.add_node(label, "labels", map_over="order")
checkout.add_connection("list", "records", "labels", "order")
"""
BROKEN = """
checkout.add_node("OrderCreateNode", "second", {"totl": 3, "created_at": "2026-01-01"})
checkout.add_connection("customer", "nmae", "second", "state")
checkout.add_node("OrderReadNode", "third", {})
checkout.add_connection("second", "id", "third", "id")
checkout.add_connection("third", "total", "second", "total")
"""
INPUTS = '{"name": "Ada", "items": [3, 40]}'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.py"
    file.write_text(SHOP)
    return file


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.py"
    file.write_text(SHOP + BROKEN)
    return file


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    modules = ("dataflow_cli.text_loader", "dataflow_sqlite.plugin", "dataflow_visualize.command")
    forks = Forks("from dataflow_cli import main; main()", modules, tmp_path_factory.mktemp("forks"))
    yield forks
    forks.close()


@pytest.fixture
def call(tmp_path: Path, forks: Forks) -> Call:
    """Run ``dataflow visualize`` as a process of its own."""

    def call(*args: object, environ: dict[str, str] | None = None) -> Done:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAFLOW_")}
        return forks.run(["visualize", *map(str, args)], tmp_path, {**inherited, **(environ or {})})

    return call
