"""SQLAlchemy Core with its asyncio extension."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.contender import DDL, Row

users = sa.Table(
    "users",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("age", sa.Integer),
    sa.Column("created_at", sa.DateTime),
    sa.Column("updated_at", sa.DateTime),
)


def settings(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 30000")


class SQLAlchemyCore:
    name = "SQLAlchemy Core"
    engine: AsyncEngine

    async def open(self, path: str) -> None:
        self.engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        sa.event.listen(self.engine.sync_engine, "connect", settings)
        async with self.engine.begin() as connection:
            await connection.execute(sa.text(DDL))

    async def close(self) -> None:
        await self.engine.dispose()

    async def create(self, row: Row) -> Row:
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            await connection.execute(users.insert(), {**row, "created_at": now, "updated_at": now})
        return {**row, "created_at": now, "updated_at": now}

    async def read(self, key: str) -> Row:
        async with self.engine.connect() as connection:
            found = await connection.execute(sa.select(users).where(users.c.id == key))
            return dict(found.one()._mapping)

    async def update(self, key: str, age: int) -> Row:
        statement = (
            users.update().where(users.c.id == key).values(age=age, updated_at=datetime.now(UTC)).returning(users)
        )
        async with self.engine.begin() as connection:
            return dict((await connection.execute(statement)).one()._mapping)

    async def page(self, least_age: int) -> list[Row]:
        statement = sa.select(users).where(users.c.age >= least_age).order_by(users.c.id).limit(100)
        async with self.engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(statement)]

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        rows = await self.page(least_age)
        statement = sa.select(sa.func.count()).select_from(users).where(users.c.age >= least_age)
        async with self.engine.connect() as connection:
            return rows, await connection.scalar(statement) or 0

    async def write_together(self, rows: Sequence[Row]) -> None:
        await asyncio.gather(*map(self.create, rows))

    async def bulk_create(self, rows: Sequence[Row]) -> int:
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            await connection.execute(users.insert(), [{**row, "created_at": now, "updated_at": now} for row in rows])
        return len(rows)
