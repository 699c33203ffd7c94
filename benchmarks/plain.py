"""Plain aiosqlite, as its documentation shows it: the yardstick."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import aiosqlite

from benchmarks.contender import DDL, Row

COLUMNS = ("id", "name", "email", "age", "created_at", "updated_at")
INSERT = "INSERT INTO users (id, name, email, age, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)"


def record(row: aiosqlite.Row | tuple[object, ...]) -> Row:
    made: Row = dict(zip(COLUMNS, row, strict=True))
    made["created_at"] = datetime.fromisoformat(made["created_at"])
    made["updated_at"] = datetime.fromisoformat(made["updated_at"])
    return made


def values(row: Row, now: str) -> tuple[object, ...]:
    return row["id"], row["name"], row["email"], row["age"], now, now


class PlainAiosqlite:
    name = "aiosqlite"

    async def open(self, path: str) -> None:
        self.db = await aiosqlite.connect(path)
        await self.db.execute("PRAGMA journal_mode = WAL")
        await self.db.execute("PRAGMA synchronous = NORMAL")
        await self.db.execute(DDL)
        await self.db.commit()

    async def close(self) -> None:
        await self.db.close()

    async def create(self, row: Row) -> Row:
        now = datetime.now(UTC)
        await self.db.execute(INSERT, values(row, now.isoformat(timespec="microseconds")))
        await self.db.commit()
        return {**row, "created_at": now, "updated_at": now}

    async def read(self, key: str) -> Row:
        async with self.db.execute("SELECT * FROM users WHERE id = ?", (key,)) as cursor:
            row = await cursor.fetchone()
        assert row is not None
        return record(row)

    async def update(self, key: str, age: int) -> Row:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        statement = "UPDATE users SET age = ?, updated_at = ? WHERE id = ? RETURNING *"
        async with self.db.execute(statement, (age, now, key)) as cursor:
            row = await cursor.fetchone()
        await self.db.commit()
        assert row is not None
        return record(row)

    async def page(self, least_age: int) -> list[Row]:
        async with self.db.execute("SELECT * FROM users WHERE age >= ? ORDER BY id LIMIT 100", (least_age,)) as cursor:
            return [record(row) for row in await cursor.fetchall()]

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        found = await self.page(least_age)
        async with self.db.execute("SELECT count(*) FROM users WHERE age >= ?", (least_age,)) as cursor:
            total = await cursor.fetchone()
        assert total is not None
        return found, total[0]

    async def write_together(self, rows: Sequence[Row]) -> None:
        # one connection is one transaction: without the lock, a writer that fails would undo the others' rows
        lock = asyncio.Lock()

        async def create_alone(row: Row) -> None:
            async with lock:
                await self.create(row)

        await asyncio.gather(*map(create_alone, rows))

    async def bulk_create(self, rows: Sequence[Row]) -> int:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        await self.db.executemany(INSERT, [values(row, now) for row in rows])
        await self.db.commit()
        return len(rows)
