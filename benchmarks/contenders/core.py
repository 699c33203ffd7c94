"""SQLAlchemy Core with its asyncio extension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.contenders.contender import POOL, Contender, Row, all_timed, timed

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}
CHANGED = ("name", "email", "age", "updated_at")
metadata = sa.MetaData()
TEXT = sa.Text().with_variant(sa.String(255), "mysql", "mariadb")
MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
users = sa.Table(
    "users",
    metadata,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("email", TEXT, nullable=False),
    sa.Column("age", sa.BigInteger, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("updated_at", MOMENT, nullable=False),
)
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("title", TEXT, nullable=False),
    sa.Column("stars", sa.BigInteger, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("updated_at", MOMENT, nullable=False),
)


def settings(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 30000")


async def opened(url: str) -> AsyncEngine:
    """An engine with its pool, and the tables."""
    scheme, _, rest = url.partition("://")
    pool = {} if scheme == "sqlite" else {"pool_size": POOL, "max_overflow": 0}
    engine = create_async_engine(f"{DRIVERS[scheme]}://{rest}", **pool)
    if scheme == "sqlite":
        sa.event.listen(engine.sync_engine, "connect", settings)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return engine


def upsert(dialect: str) -> Any:
    """The statement that inserts a user, or changes it where it exists."""
    if dialect in ("mysql", "mariadb"):
        inserted = mysql.insert(users)
        return inserted.on_duplicate_key_update({name: inserted.inserted[name] for name in CHANGED})
    insert = postgresql.insert(users) if dialect == "postgresql" else sqlite.insert(users)
    return insert.on_conflict_do_update(index_elements=["id"], set_={name: insert.excluded[name] for name in CHANGED})


class SQLAlchemyCore(Contender):
    name = "SQLAlchemy Core"
    engine: AsyncEngine

    async def open(self, url: str) -> None:
        self.engine = await opened(url)
        self.returns = self.engine.dialect.update_returning

    async def close(self) -> None:
        await self.engine.dispose()

    async def create(self, row: Row) -> Row:
        complete = timed(row)
        async with self.engine.begin() as connection:
            await connection.execute(users.insert(), complete)
        return complete

    async def read(self, key: str) -> Row:
        async with self.engine.connect() as connection:
            found = await connection.execute(sa.select(users).where(users.c.id == key))
            return dict(found.one()._mapping)

    async def update(self, key: str, age: int) -> Row:
        statement = users.update().where(users.c.id == key).values(age=age, updated_at=datetime.now(UTC))
        async with self.engine.begin() as connection:
            if self.returns:
                return dict((await connection.execute(statement.returning(users))).one()._mapping)
            await connection.execute(statement)
            return dict((await connection.execute(sa.select(users).where(users.c.id == key))).one()._mapping)

    async def page(self, least_age: int) -> list[Row]:
        statement = sa.select(users).where(users.c.age >= least_age).order_by(users.c.id).limit(100)
        async with self.engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(statement)]

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        rows = await self.page(least_age)
        statement = sa.select(sa.func.count()).select_from(users).where(users.c.age >= least_age)
        async with self.engine.connect() as connection:
            return rows, await connection.scalar(statement) or 0

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(users.insert(), all_timed(rows))

    async def bulk_notes(self, rows: Sequence[Row]) -> Sequence[int]:
        statement = notes.insert().returning(notes.c.id, sort_by_parameter_order=True)
        async with self.engine.begin() as connection:
            return (await connection.scalars(statement, all_timed(rows))).all()

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        now = datetime.now(UTC)
        statement = (
            users.update()
            .where(users.c.id == sa.bindparam("key"))
            .values(age=sa.bindparam("new"), updated_at=sa.bindparam("now"))
        )
        async with self.engine.begin() as connection:
            await connection.execute(statement, [{"key": row["id"], "new": row["age"], "now": now} for row in rows])

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(upsert(self.engine.dialect.name), all_timed(rows))
