"""What the laws of migrations share."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dataflow_testkit.databases import EMPTY


@pytest.fixture
def emptied(database_url: str) -> Any:
    """Give the URL of a database that is empty again whenever it is asked for."""
    numbers = itertools.count()

    def url() -> str:
        if database_url.startswith("sqlite"):
            return database_url.replace("test.db", f"test{next(numbers)}.db")
        EMPTY["postgres" if database_url.startswith("postgres") else "mysql"](database_url)
        return database_url

    return url
