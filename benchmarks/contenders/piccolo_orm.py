"""Piccolo, which knows PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from piccolo.columns import BigInt, BigSerial, Text, Timestamptz
from piccolo.engine.postgres import PostgresEngine
from piccolo.table import Table

from benchmarks.contenders.contender import POOL, Contender, Row, all_timed, timed

#: PostgreSQL takes 32,767 parameters in one statement
BATCH = 5_000
# its tables are bound to an engine when they are defined
engine = PostgresEngine(config={})


class User(Table, tablename="users", db=engine):
    id = Text(primary_key=True)
    name = Text()
    email = Text()
    age = BigInt()
    created_at = Timestamptz()
    updated_at = Timestamptz()


class Note(Table, tablename="notes", db=engine):
    id = BigSerial(primary_key=True)
    title = Text()
    stars = BigInt()
    created_at = Timestamptz()
    updated_at = Timestamptz()


class Piccolo(Contender):
    name = "Piccolo"

    async def open(self, url: str) -> None:
        engine.config["dsn"] = url
        await engine.start_connection_pool(min_size=POOL, max_size=POOL)
        for table in (User, Note):
            await table.create_table()

    async def close(self) -> None:
        await engine.close_connection_pool()

    async def create(self, row: Row) -> User:
        made = User(**timed(row))
        await User.insert(made)
        return made

    async def read(self, key: str) -> Any:
        return await User.select().where(User.id == key).first()

    async def update(self, key: str, age: int) -> Any:
        changed = User.update({User.age: age, User.updated_at: datetime.now(UTC)}).where(User.id == key)
        return (await changed.returning(*User.all_columns()))[0]

    async def page(self, least_age: int) -> Sequence[Any]:
        return await User.select().where(User.age >= least_age).order_by(User.id).limit(100)

    async def page_with_total(self, least_age: int) -> tuple[Sequence[Any], int]:
        return await self.page(least_age), await User.count().where(User.age >= least_age)

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        async with engine.transaction():
            for part in _parts(all_timed(rows)):
                await User.insert(*(User(**row) for row in part))

    async def bulk_notes(self, rows: Sequence[Row]) -> Sequence[int]:
        ids: list[int] = []
        async with engine.transaction():
            for part in _parts(all_timed(rows)):
                ids += [made["id"] for made in await Note.insert(*(Note(**row) for row in part))]
        return ids

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        now = datetime.now(UTC)
        async with engine.transaction():
            for row in rows:
                await User.update({User.age: row["age"], User.updated_at: now}).where(User.id == row["id"])

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        changed = [User.name, User.email, User.age, User.updated_at]
        async with engine.transaction():
            for part in _parts(all_timed(rows)):
                made = User.insert(*(User(**row) for row in part))
                await made.on_conflict(target=User.id, action="DO UPDATE", values=changed)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
