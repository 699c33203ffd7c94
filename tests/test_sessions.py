"""What a user's own statement changes of a session is nobody else's."""

from __future__ import annotations

import pytest

from dataflow import AsyncLocalRuntime, DataFlow

SETTINGS = {
    "postgres": ["SET search_path = pg_catalog", "SELECT set_config('search_path', 'pg_catalog', false)"],
    "mysql": ["SET SESSION time_zone = '+05:00'", "CREATE TEMPORARY TABLE things (id int)"],
}


@pytest.mark.databases("postgres", "mysql")
@pytest.mark.parametrize("is_inside", [False, True])
async def test_the_next_one_finds_a_session_as_it_begins(
    database_url: str, database_kind: str, is_inside: bool
) -> None:
    async with DataFlow(database_url, pool_size=1, pool_max_overflow=0) as db, AsyncLocalRuntime() as runtime:

        @db.model
        class Thing:
            id: str
            text: str

        await db.Thing.create(id="a", text="x")
        for statement in SETTINGS[database_kind]:
            workflow = db.workflow()
            workflow.add_node("SQLNode", "set", {"sql": statement})
            if is_inside:
                workflow.add_node("TransactionScopeNode", "tx", {})
                workflow.add_connection("tx", "start", "set", "transaction")
            await runtime.execute_workflow_async(workflow.build())
            assert (await db.Thing.update("a", {"text": "it's \\ \n"}))["text"] == "it's \\ \n"
            assert await db.Thing.count() == 1
