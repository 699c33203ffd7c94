"""Plain aiomysql, through its own pool as its documentation shows it: the yardstick on MySQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiomysql

from benchmarks.contenders.contender import POOL, USERS, Contender, Row

DDL = (
    "CREATE TABLE users (id VARCHAR(255) PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL, "
    "age BIGINT NOT NULL, created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL)",
    "CREATE TABLE notes (id BIGINT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL, stars BIGINT NOT NULL, "
    "created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL)",
)
INSERT = "INSERT INTO users (id, name, email, age, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s)"
INSERT_NOTE = "INSERT INTO notes (title, stars, created_at, updated_at) VALUES (%s, %s, %s, %s)"
UPSERT = (
    f"{INSERT} ON DUPLICATE KEY UPDATE name = VALUES(name), email = VALUES(email), age = VALUES(age), "
    "updated_at = VALUES(updated_at)"
)
PAGE = "SELECT * FROM users WHERE age >= %s ORDER BY id LIMIT 100"


def record(row: Sequence[Any]) -> Row:
    made: Row = dict(zip(USERS, row, strict=True))
    made["created_at"] = made["created_at"].replace(tzinfo=UTC)
    made["updated_at"] = made["updated_at"].replace(tzinfo=UTC)
    return made


def values(row: Row, now: datetime) -> tuple[Any, ...]:
    return row["id"], row["name"], row["email"], row["age"], now, now


def naive_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class PlainAiomysql(Contender):
    """``executemany`` of an INSERT becomes one statement with many rows, which tells no ids."""

    name = "aiomysql"

    async def open(self, url: str) -> None:
        parts = urlsplit(url)
        self.pool = await aiomysql.create_pool(
            minsize=POOL,
            maxsize=POOL,
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            db=parts.path.strip("/"),
            charset="utf8mb4",
        )
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            for statement in DDL:
                await cursor.execute(statement)

    async def close(self) -> None:
        self.pool.close()
        await self.pool.wait_closed()

    async def create(self, row: Row) -> Row:
        now = datetime.now(UTC)
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(INSERT, values(row, now.replace(tzinfo=None)))
            await connection.commit()
        return {**row, "created_at": now, "updated_at": now}

    async def read(self, key: str) -> Row:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute("SELECT * FROM users WHERE id = %s", (key,))
            return record(await cursor.fetchone())

    async def update(self, key: str, age: int) -> Row:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute("UPDATE users SET age = %s, updated_at = %s WHERE id = %s", (age, naive_now(), key))
            await cursor.execute("SELECT * FROM users WHERE id = %s", (key,))
            row = await cursor.fetchone()
            await connection.commit()
        return record(row)

    async def page(self, least_age: int) -> list[Row]:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(PAGE, (least_age,))
            return [record(row) for row in await cursor.fetchall()]

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(PAGE, (least_age,))
            rows = await cursor.fetchall()
            await cursor.execute("SELECT count(*) FROM users WHERE age >= %s", (least_age,))
            return [record(row) for row in rows], (await cursor.fetchone())[0]

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        now = naive_now()
        await self._many(INSERT, [values(row, now) for row in rows])

    async def bulk_notes(self, rows: Sequence[Row]) -> None:
        now = naive_now()
        await self._many(INSERT_NOTE, [(row["title"], row["stars"], now, now) for row in rows])

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        now = naive_now()
        statement = "UPDATE users SET age = %s, updated_at = %s WHERE id = %s"
        await self._many(statement, [(row["age"], now, row["id"]) for row in rows])

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        now = naive_now()
        await self._many(UPSERT, [values(row, now) for row in rows])

    async def _many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        async with self.pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.executemany(statement, rows)
            await connection.commit()
