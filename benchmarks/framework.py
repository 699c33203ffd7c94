"""This project's direct API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from benchmarks.contender import Row
from dataflow import DataFlow


class Framework:
    name = "DataFlow"

    async def open(self, path: str) -> None:
        self.db = DataFlow(f"sqlite:///{path}", plugins=["sqlite"], sqlite={"synchronous": "NORMAL"})

        @self.db.model
        class User:
            id: str
            name: str
            email: str
            age: int

        await self.db.User.count()

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

    async def write_together(self, rows: Sequence[Row]) -> None:
        await asyncio.gather(*map(self.db.User.create, rows))

    async def bulk_create(self, rows: Sequence[Row]) -> int:
        created: int = (await self.db.User.bulk_create(rows))["created"]
        return created
