"""What every contender does, on a database of its own with two tables.

``users``: id, name, email, age, created_at, updated_at; the caller gives the id. ``notes``: a generated id, title,
stars, created_at, updated_at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
USERS = ("id", "name", "email", "age", "created_at", "updated_at")
NOTES = ("title", "stars", "created_at", "updated_at")
#: how many connections every contender with a pool keeps
POOL = 20


class Contender(ABC):
    """One way to work with a database.

    A record comes back as whoever uses the library usually has it: as an object from an ORM, else as a dict with
    Python values. Every contender writes the two times itself.
    """

    name: str

    @abstractmethod
    async def open(self, url: str) -> None:
        """Connect to ``sqlite:///...``, ``postgresql://...`` or ``mysql://...``, and make the tables."""

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def create(self, row: Row) -> Any: ...

    async def create_among(self, row: Row) -> Any:
        """Create while other tasks do so too."""
        return await self.create(row)

    @abstractmethod
    async def read(self, key: str) -> Any: ...

    @abstractmethod
    async def update(self, key: str, age: int) -> Any:
        """Gives the record as it is then."""

    @abstractmethod
    async def page(self, least_age: int) -> Sequence[Any]:
        """The first 100 users of at least this age by id."""

    @abstractmethod
    async def page_with_total(self, least_age: int) -> tuple[Sequence[Any], int]:
        """The same, and how many there are."""

    @abstractmethod
    async def bulk_create(self, rows: Sequence[Row]) -> None: ...

    @abstractmethod
    async def bulk_notes(self, rows: Sequence[Row]) -> Sequence[int] | None:
        """Create notes; gives their ids, in order, where the library can."""

    @abstractmethod
    async def bulk_update(self, rows: Sequence[Row]) -> None:
        """Give users, by id, new ages."""

    @abstractmethod
    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        """Create users, or give those whose id exists the new values."""


def timed(row: Row) -> Row:
    """A row with its times."""
    now = datetime.now(UTC)
    return {**row, "created_at": now, "updated_at": now}


def all_timed(rows: Sequence[Row]) -> list[Row]:
    """Rows with their times, which are one instant."""
    now = datetime.now(UTC)
    return [{**row, "created_at": now, "updated_at": now} for row in rows]


def users(prefix: str, count: int) -> list[Row]:
    """Rows as a caller has them: without the times."""
    return [
        {"id": f"{prefix}-{index}", "name": f"name {index}", "email": f"user{index}@example.com", "age": index % 90}
        for index in range(count)
    ]


def notes(count: int) -> list[Row]:
    """Rows whose ids the database makes."""
    return [{"title": f"note {index}", "stars": index % 5} for index in range(count)]
