"""Plain aiosqlite, as its documentation shows it: the yardstick on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import aiosqlite

from benchmarks.contenders.contender import USERS, Contender, Row

DDL = (
    "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, "
    "age INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER NOT NULL, "
    "created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
)
INSERT = "INSERT INTO users (id, name, email, age, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)"
INSERT_NOTE = "INSERT INTO notes (title, stars, created_at, updated_at) VALUES (?, ?, ?, ?)"
UPSERT = (
    f"{INSERT} ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, age = excluded.age, "
    "updated_at = excluded.updated_at"
)


def record(row: aiosqlite.Row | tuple[object, ...]) -> Row:
    made: Row = dict(zip(USERS, row, strict=True))
    made["created_at"] = datetime.fromisoformat(made["created_at"])
    made["updated_at"] = datetime.fromisoformat(made["updated_at"])
    return made


def values(row: Row, now: str) -> tuple[object, ...]:
    return row["id"], row["name"], row["email"], row["age"], now, now


def text_now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


class PlainAiosqlite(Contender):
    name = "aiosqlite"

    async def open(self, url: str) -> None:
        self.db = await aiosqlite.connect(url.removeprefix("sqlite:///"))
        # one connection is one transaction: without the lock, a writer that fails would undo the others' rows
        self.lock = asyncio.Lock()
        await self.db.execute("PRAGMA journal_mode = WAL")
        await self.db.execute("PRAGMA synchronous = NORMAL")
        for statement in DDL:
            await self.db.execute(statement)
        await self.db.commit()

    async def close(self) -> None:
        await self.db.close()

    async def create(self, row: Row) -> Row:
        now = datetime.now(UTC)
        await self.db.execute(INSERT, values(row, now.isoformat(timespec="microseconds")))
        await self.db.commit()
        return {**row, "created_at": now, "updated_at": now}

    async def create_among(self, row: Row) -> Row:
        async with self.lock:
            return await self.create(row)

    async def read(self, key: str) -> Row:
        async with self.db.execute("SELECT * FROM users WHERE id = ?", (key,)) as cursor:
            row = await cursor.fetchone()
        assert row is not None
        return record(row)

    async def update(self, key: str, age: int) -> Row:
        statement = "UPDATE users SET age = ?, updated_at = ? WHERE id = ? RETURNING *"
        async with self.db.execute(statement, (age, text_now(), key)) as cursor:
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

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        now = text_now()
        await self.db.executemany(INSERT, [values(row, now) for row in rows])
        await self.db.commit()

    async def bulk_notes(self, rows: Sequence[Row]) -> None:
        now = text_now()
        await self.db.executemany(INSERT_NOTE, [(row["title"], row["stars"], now, now) for row in rows])
        await self.db.commit()

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        now = text_now()
        await self.db.executemany(
            "UPDATE users SET age = ?, updated_at = ? WHERE id = ?", [(row["age"], now, row["id"]) for row in rows]
        )
        await self.db.commit()

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        now = text_now()
        await self.db.executemany(UPSERT, [values(row, now) for row in rows])
        await self.db.commit()
