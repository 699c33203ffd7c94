"""What the tests of the checkpoints share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from dataflow import DataFlow

#: enough that to read them all takes many times as long as to find one, however busy the machine is
MANY = 200_000


@pytest.fixture
def many() -> Callable[..., Awaitable[None]]:
    """Give the function that fills a table of SQLite: each column counts from 0."""

    async def fill(db: DataFlow, table: str, *columns: str) -> None:
        await db.migrations.apply()
        async with db.adapter.session("test") as session:  # type: ignore[attr-defined]  # it can be migrated
            await session.run(
                f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY - 1})"  # of a test's own names
                f" INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join('i' for _ in columns)} FROM n"
            )

    return fill
