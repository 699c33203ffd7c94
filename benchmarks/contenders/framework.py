"""This project's direct API, in the profile that programs run in; DATAFLOW_PROFILE names another one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from benchmarks.contenders.contender import POOL, Contender, Row
from dataflow import DataFlow

PLUGINS = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mysql"}


class Framework(Contender):
    name = "DataFlow"

    async def open(self, url: str) -> None:
        plugin = PLUGINS[url.partition("://")[0]]
        options: dict[str, Any] = (
            {"sqlite": {"synchronous": "NORMAL"}} if plugin == "sqlite" else {"pool_size": POOL, "pool_max_overflow": 0}
        )
        self.db = DataFlow(
            url,
            profile=os.environ.get("DATAFLOW_PROFILE", "production"),
            plugins=[plugin],
            # the tables are made here
            auto_migrate=True,
            existing_schema_mode=False,
            **options,
        )

        @self.db.model
        class User:
            id: str
            name: str
            email: str
            age: int

        @self.db.model
        class Note:
            id: int
            title: str
            stars: int

        await self.db.User.count()
        await self.db.Note.count()

    async def close(self) -> None:
        await self.db.close()

    async def create(self, row: Row) -> Row:
        return await self.db.User.create(row)

    async def read(self, key: str) -> Row:
        found: Row = await self.db.User.read(key)
        return found

    async def update(self, key: str, age: int) -> Row:
        return await self.db.User.update(key, {"age": age})

    async def page(self, least_age: int) -> list[Row]:
        found = await self.db.User.list({"age": {"$gte": least_age}}, limit=100, count=False)
        records: list[Row] = found["records"]
        return records

    async def page_with_total(self, least_age: int) -> tuple[list[Row], int]:
        found = await self.db.User.list({"age": {"$gte": least_age}}, limit=100)
        return found["records"], found["total"]

    async def bulk_create(self, rows: Sequence[Row]) -> None:
        await self.db.User.bulk_create(rows, return_ids=False)

    async def bulk_notes(self, rows: Sequence[Row]) -> list[int]:
        ids: list[int] = (await self.db.Note.bulk_create(rows, return_ids=True))["ids"]
        return ids

    async def bulk_update(self, rows: Sequence[Row]) -> None:
        await self.db.User.bulk_update(data=rows)

    async def bulk_upsert(self, rows: Sequence[Row]) -> None:
        await self.db.User.bulk_upsert(rows)
