"""The pages of databases that need a server: every block runs, in order, on each server of the kind that is there."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

DOCS = Path(__file__).parents[1] / "docs"
PAGES = DOCS / "tasks" / "databases"
#: by the kind of database that the testkit's plugin finds or starts
SERVED = {"postgres": PAGES / "postgres.md", "mysql": PAGES / "mysql.md"}


def document(page: Path) -> Document:
    return Sybil(parsers=[PythonCodeBlockParser()]).parse(page)


def run(kind: str, url: str) -> None:
    os.environ["DATABASE_URL"] = url
    parsed = document(SERVED[kind])
    try:
        for example in parsed.examples():
            example.evaluate()
    finally:
        # an instance that a page left behind would be found by the next WorkflowBuilder()
        parsed.namespace.clear()


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page runs in a directory of its own; what it changes of the process is put back."""
    for name in [name for name in os.environ if name.startswith("DATAFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.chdir(tmp_path)


@pytest.mark.databases("postgres")
def test_page_of_postgres_holds(database_url: str) -> None:
    run("postgres", database_url)


@pytest.mark.databases("mysql")
@pytest.mark.parametrize("driver", ["aiomysql", "asyncmy"])
def test_page_of_mysql_holds(database_url: str, driver: str) -> None:
    run("mysql", database_url.replace("mysql:", f"mysql+{driver}:"))


@pytest.mark.parametrize("page", SERVED.values(), ids=SERVED)
def test_blocks_are_python_where_no_server_is(page: Path) -> None:
    blocks = [example.parsed for example in document(page).examples()]
    assert blocks != []
    for block in blocks:
        ast.parse(block)


def test_no_other_page_needs_a_server() -> None:
    """What is taken from the plain collection is exactly what cannot run there."""
    needy = {page for page in DOCS.rglob("*.md") if 'os.environ["DATABASE_URL"]' in page.read_text(encoding="utf-8")}
    assert needy == set(SERVED.values())
