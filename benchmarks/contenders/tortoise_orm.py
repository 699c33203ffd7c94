"""Tortoise ORM."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise import Tortoise, fields
from tortoise.models import Model

from benchmarks.contenders.contender import POOL, Contender, Row

#: PostgreSQL takes 32,767 parameters in one statement
BATCH = 5_000


class User(Model):
    id = fields.CharField(max_length=255, primary_key=True)
    name = fields.CharField(max_length=255)
    email = fields.CharField(max_length=255)
    age = fields.BigIntField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "users"


class Note(Model):
    id = fields.BigIntField(primary_key=True)
    title = fields.CharField(max_length=255)
    stars = fields.BigIntField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "notes"


class TortoiseORM(Contender):
    """Its bulk create tells no ids."""

    name = "Tortoise"

    async def open(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        url = f"{'asyncpg' if scheme == 'postgresql' else scheme}://{rest}?minsize={POOL}&maxsize={POOL}"
        await Tortoise.init(db_url=url, modules={"models": [__name__]})
        await Tortoise.generate_schemas()

    async def close(self) -> None:
        await Tortoise.close_connections()

    async def create(self, row: Row) -> User:
        return await User.create(**row)

    async def read(self, key: str) -> User:
        return await User.get(id=key)

    async def update(self, key: str, age: int) -> User:
        found = await User.get(id=key)
        found.age = age
        await found.save(update_fields=["age", "updated_at"])
        return found

    async def page(self, least_age: int) -> Sequence[User]:
        return await User.filter(age__gte=least_age).order_by("id").limit(100)

    async def page_with_total(self, least_age: int) -> tuple[Sequence[User], int]:
        return await self.page(least_age), await User.filter(age__gte=least_age).count()

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        await User.bulk_create([User(**row) for row in rows], batch_size=BATCH)

    async def bulk_notes(self, rows: Sequence[Row]) -> None:
        await Note.bulk_create([Note(**row) for row in rows], batch_size=BATCH)

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        ages = {row["id"]: row["age"] for row in rows}
        found = await User.filter(id__in=list(ages))
        for one in found:
            one.age = ages[one.id]
        await User.bulk_update(found, fields=["age"], batch_size=1_000)

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        made = [User(**row) for row in rows]
        changed = ["name", "email", "age", "updated_at"]
        await User.bulk_create(made, batch_size=BATCH, on_conflict=["id"], update_fields=changed)
