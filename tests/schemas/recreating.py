"""The whole schema of one database made in another one, which is empty, by the adapter's steps alone."""

from __future__ import annotations

from contextlib import nullcontext
from typing import cast

from dataflow import DataFlow
from dataflow.migrations import Change, Intents, SchemaSnapshot
from dataflow.migrations.seam import MigratableAdapter


async def snapshot(url: str) -> SchemaSnapshot:
    async with DataFlow(url) as db:
        adapter = cast(MigratableAdapter, db.adapter)
        async with adapter.session("test") as session:
            return await adapter.schema.snapshot(session)


async def recreate(wanted: SchemaSnapshot, url: str) -> SchemaSnapshot:
    """Gives what is there then."""
    changes = [Change(None, one) for ref, one in wanted.objects.items() if ref.owner not in wanted.objects]
    async with DataFlow(url) as db:
        adapter = cast(MigratableAdapter, db.adapter)
        async with adapter.session("test") as session:
            empty = await adapter.schema.snapshot(session)
            for step in adapter.schema.steps(changes, empty, wanted, Intents()):
                async with session.transaction() if step.transactional == "yes" else nullcontext():
                    for statement in step.sql:
                        await session.run(statement)
            return await adapter.schema.snapshot(session)
