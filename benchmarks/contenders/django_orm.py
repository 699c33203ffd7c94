"""Django's ORM by its asynchronous methods, which ask a thread; with psycopg's pool on PostgreSQL, PyMySQL on MySQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections, models

from benchmarks.contenders.contender import POOL, Contender, Row

#: what an INSERT or UPDATE of many takes at a time
BATCH = 5_000
settings.configure(USE_TZ=True, DATABASES={"default": {}}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()


class User(models.Model):
    id = models.CharField(primary_key=True, max_length=255)
    name = models.CharField(max_length=255)
    email = models.CharField(max_length=255)
    age = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "users"


class Note(models.Model):
    title = models.CharField(max_length=255)
    stars = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "notes"


def database(url: str) -> dict[str, Any]:
    """Django's description of a database."""
    parts = urlsplit(url)
    place = {
        "NAME": parts.path.strip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }
    if parts.scheme == "postgresql":
        pool = {"pool": {"min_size": POOL, "max_size": POOL}}
        return {"ENGINE": "django.db.backends.postgresql", "OPTIONS": pool, **place}
    import pymysql

    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()
    return {"ENGINE": "django.db.backends.mysql", "CONN_MAX_AGE": None, **place}


class Django(Contender):
    """Its bulk create tells ids where the database has RETURNING."""

    name = "Django"

    async def open(self, url: str) -> None:
        connections.settings["default"] = connections.configure_settings({"default": database(url)})["default"]
        await sync_to_async(self._make)()

    def _make(self) -> None:
        with connection.schema_editor() as editor:
            editor.create_model(User)
            editor.create_model(Note)

    async def close(self) -> None:
        await sync_to_async(self._leave)()

    def _leave(self) -> None:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()

    async def create(self, row: Row) -> User:
        return await User.objects.acreate(**row)

    async def read(self, key: str) -> User:
        return await User.objects.aget(id=key)

    async def update(self, key: str, age: int) -> User:
        found = await User.objects.aget(id=key)
        found.age = age
        await found.asave(update_fields=["age", "updated_at"])
        return found

    async def page(self, least_age: int) -> Sequence[User]:
        return [one async for one in User.objects.filter(age__gte=least_age).order_by("id")[:100]]

    async def page_with_total(self, least_age: int) -> tuple[Sequence[User], int]:
        return await self.page(least_age), await User.objects.filter(age__gte=least_age).acount()

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        await User.objects.abulk_create([User(**row) for row in rows], batch_size=BATCH)

    async def bulk_notes(self, rows: Sequence[Row]) -> Sequence[int]:
        made = await Note.objects.abulk_create([Note(**row) for row in rows], batch_size=BATCH)
        return [one.id for one in made]

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        changed = [User(id=row["id"], age=row["age"]) for row in rows]
        await User.objects.abulk_update(changed, ["age"], batch_size=1_000)

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        changed = ["name", "email", "age", "updated_at"]
        made = [User(**row) for row in rows]
        unique = {"unique_fields": ["id"]} if connection.vendor == "postgresql" else {}
        await User.objects.abulk_create(made, batch_size=BATCH, update_conflicts=True, update_fields=changed, **unique)
