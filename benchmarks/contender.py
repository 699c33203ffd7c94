"""What every contender does, on a table of its own file: id, name, email, age, created_at, updated_at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Row = dict[str, Any]


class Contender(Protocol):
    """One way to work with SQLite. Records come back as dicts with Python values, times as datetimes."""

    name: str

    async def open(self, path: str) -> None: ...
    async def close(self) -> None: ...
    async def create(self, row: Row) -> Row: ...
    async def read(self, key: str) -> Row: ...
    async def update(self, key: str, age: int) -> Row: ...
    async def page(self, least_age: int) -> list[Row]:
        """The first 100 rows of at least this age by id."""

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        """The same, and how many there are."""

    async def write_together(self, rows: Sequence[Row]) -> None:
        """Create all rows, each by a task of its own."""

    async def bulk_create(self, rows: Sequence[Row]) -> int: ...


DDL = (
    "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, "
    "age INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT"
)


def rows(prefix: str, count: int) -> list[Row]:
    """Rows as a caller has them: without the times, which every contender adds."""
    return [
        {"id": f"{prefix}-{index}", "name": f"name {index}", "email": f"user{index}@example.com", "age": index % 90}
        for index in range(count)
    ]
