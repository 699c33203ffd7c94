"""SQLAlchemy's ORM with its asyncio extension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase

from benchmarks.contenders import core
from benchmarks.contenders.contender import Contender, Row, all_timed, timed


class Mapped(DeclarativeBase):
    metadata = core.metadata


class User(Mapped):
    __table__ = core.users


class Note(Mapped):
    __table__ = core.notes


class SQLAlchemyORM(Contender):
    name = "SQLAlchemy ORM"
    engine: AsyncEngine
    session: async_sessionmaker[AsyncSession]

    async def open(self, url: str) -> None:
        self.engine = await core.opened(url)
        self.session = async_sessionmaker(self.engine, expire_on_commit=False)

    async def close(self) -> None:
        await self.engine.dispose()

    async def create(self, row: Row) -> User:
        made = User(**timed(row))
        async with self.session.begin() as session:
            session.add(made)
        return made

    async def read(self, key: str) -> User:
        async with self.session() as session:
            return await session.get_one(User, key)

    async def update(self, key: str, age: int) -> User:
        async with self.session.begin() as session:
            found = await session.get_one(User, key)
            found.age, found.updated_at = age, datetime.now(UTC)
        return found

    async def page(self, least_age: int) -> Sequence[User]:
        statement = sa.select(User).where(User.age >= least_age).order_by(User.id).limit(100)
        async with self.session() as session:
            return (await session.scalars(statement)).all()

    async def page_with_total(self, least_age: int) -> tuple[Sequence[User], int]:
        statement = sa.select(User).where(User.age >= least_age).order_by(User.id).limit(100)
        total = sa.select(sa.func.count()).select_from(User).where(User.age >= least_age)
        async with self.session() as session:
            return (await session.scalars(statement)).all(), await session.scalar(total) or 0

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        async with self.session.begin() as session:
            await session.execute(sa.insert(User), all_timed(rows))

    async def bulk_notes(self, rows: Sequence[Row]) -> Sequence[int]:
        async with self.session.begin() as session:
            statement = sa.insert(Note).returning(Note.id, sort_by_parameter_order=True)
            return (await session.scalars(statement, all_timed(rows))).all()

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        now = datetime.now(UTC)
        async with self.session.begin() as session:
            await session.execute(sa.update(User), [{**row, "updated_at": now} for row in rows])

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        async with self.session.begin() as session:
            await session.execute(core.upsert(self.engine.dialect.name), all_timed(rows))
