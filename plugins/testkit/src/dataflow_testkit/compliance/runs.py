"""Workflows on the database: results, scopes, progress, and what observers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from dataflow import AsyncLocalRuntime, ConstraintError, DataFlow, LocalRuntime, NodeFailed
from dataflow.adapters import Isolation
from dataflow.runtimes.events import Event
from dataflow_testkit.compliance.suite import Compliance, Open, names, sql, step, undone


class RunAccount:
    id: str
    balance: int = 0


async def run(workflow: Any, **options: Any) -> dict[str, Any]:
    results, _ = await AsyncLocalRuntime().execute(workflow.build(), **options)
    return dict(results)


class TestRuns(Compliance):
    models: ClassVar[Sequence[type]] = (RunAccount,)

    async def test_each_node_gives_what_it_says(self, db: DataFlow) -> None:
        workflow = db.workflow()
        steps: Sequence[tuple[str, dict[str, Any]]] = [
            ("Create", {"id": "a", "balance": 1}),
            ("Upsert", {"data": {"id": "a", "balance": 2}}),
            ("Update", {"id": "a", "data": {"balance": {"$inc": 3}}}),
            ("BulkCreate", {"data": [{"id": "b"}, {"id": "c"}]}),
            ("BulkUpdate", {"data": [{"id": "b", "balance": 9}]}),
            ("BulkUpsert", {"data": [{"id": "c", "balance": 4}, {"id": "d", "balance": 4}]}),
            ("List", {"sort": ["-balance", "id"], "limit": 2}),
            ("Read", {"id": "a"}),
            ("Count", {"filter": {"balance": 4}}),
            ("Delete", {"id": "a"}),
            ("BulkDelete", {"ids": ["b", "c"]}),
        ]
        before: list[str] = []
        for kind, params in steps:
            workflow.add_node(f"RunAccount{kind}Node", kind, params, after=before)
            before = [kind]
        results = await run(workflow)
        assert results["Upsert"]["created"] is False
        assert (results["Update"]["updated"], results["Update"]["balance"]) == (1, 5)
        assert results["BulkCreate"]["ids"] == ["b", "c"]
        assert results["BulkUpsert"] == {"created": 1, "updated": 1}
        assert (names(results["List"]), results["List"]["total"]) == (["b", "a"], 4)
        assert (results["Read"]["balance"], results["Count"]) == (5, {"count": 2})
        assert (results["Delete"], results["BulkDelete"]) == ({"deleted": 1}, {"deleted": 2})
        assert names(await db.RunAccount.list()) == ["d"]

    async def test_a_scope_commits_after_its_last_member(self, db: DataFlow) -> None:
        workflow = db.workflow()
        with workflow.transaction("tx"):
            workflow.add_node("RunAccountCreateNode", "a", {"id": "a"})
            workflow.add_node("RunAccountCreateNode", "b", {"id": "b"}, after=["a"])
            workflow.add_node("SQLNode", "sql", {"sql": "UPDATE run_accounts SET balance = 3"}, after=["b"])
        workflow.add_node("RunAccountListNode", "after", {"filter": {"balance": 3}}, after=["sql"])
        assert (await run(workflow))["after"]["total"] == 2

    @pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
    async def test_a_failure_undoes_its_scope_and_nothing_else(self, db: DataFlow, isolation: Isolation) -> None:
        await db.RunAccount.create(id="old")
        workflow = db.workflow()
        workflow.add_node("RunAccountCreateNode", "outside", {"id": "outside"})
        workflow.add_node("TransactionScopeNode", "tx", {"isolation_level": isolation}, after=["outside"])
        workflow.add_node("RunAccountCreateNode", "inside", {"id": "inside"})
        workflow.add_node("RunAccountCreateNode", "taken", {"id": "old"}, after=["inside"])
        for member in ("inside", "taken"):
            workflow.add_connection("tx", "start", member, "transaction")
        with pytest.raises(NodeFailed) as caught:
            await run(workflow)
        assert (caught.value.node_id, caught.value.code) == ("taken", "DF-A101")
        assert names(await db.RunAccount.list(sort=["id"])) == ["old", "outside"]
        assert sum(pool.active for pool in db.pools()) == 0

    async def test_a_cancelled_run_undoes_its_scope(self, db: DataFlow) -> None:
        started = asyncio.Event()

        async def forever() -> None:
            started.set()
            await asyncio.Event().wait()

        workflow = db.workflow()
        with workflow.transaction("tx"):
            workflow.add_node("RunAccountCreateNode", "a", {"id": "a"})
            workflow.add_node("RunAccountCreateNode", "b", {"id": "b"}, after=["wait"])
        workflow.add_node(forever, "wait", {}, after=["a"])
        task = asyncio.create_task(run(workflow))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.RunAccount.count() == 0
        assert sum(pool.active for pool in db.pools()) == 0

    async def test_steps_of_a_run_go_side_by_side(self, open: Open) -> None:
        db = open(RunAccount, pool_size=2, pool_max_overflow=0)
        workflow = db.workflow()
        for number in range(20):
            workflow.add_node("RunAccountCreateNode", f"s{number}", {"id": f"k{number:02}"})
        assert len(await run(workflow)) == 20
        assert await db.RunAccount.count() == 20

    async def test_runs_side_by_side_share_the_instance(self, db: DataFlow) -> None:
        await db.RunAccount.create(id="a")
        workflow = step(db, "RunAccountUpdateNode", {"id": "a", "data": {"balance": {"$inc": 1}}})
        await asyncio.gather(*(run(workflow) for _ in range(10)))
        assert (await db.RunAccount.read("a"))["balance"] == 10

    async def test_a_plain_runtime_sees_the_same_database(self, db: DataFlow) -> None:
        with LocalRuntime() as runtime:
            runtime.execute(step(db, "RunAccountCreateNode", {"id": "a"}).build())
            results, _ = runtime.execute(step(db, "RunAccountReadNode", {"id": "a"}).build())
        assert results["step"] == await db.RunAccount.read("a")

    async def test_a_bulk_step_tells_how_far_it_is(self, db: DataFlow) -> None:
        seen: list[Event] = []
        rows = [{"id": f"k{number}"} for number in range(10)]
        workflow = step(db, "RunAccountBulkCreateNode", {"data": rows, "batch_size": 4})
        await run(workflow, on_event=seen.append)
        told = [event.details for event in seen if (event.area, event.name) == ("progress", "batch")]
        assert (told[-1]["done"], told[-1]["total"]) == (10, 10)

    async def test_an_observer_is_told_of_statements_without_their_values(self, open: Open) -> None:
        db = open(RunAccount)
        seen: list[Event] = []

        @db.hook
        def dataflow_event(event: Event) -> None:
            seen.append(event)

        await db.RunAccount.create(id="canary", balance=7)
        async with db.transaction():
            await db.RunAccount.update("canary", {"balance": 8})
            await sql(db, "SELECT balance FROM run_accounts")
        async with undone(db):
            await db.RunAccount.bulk_create([{"id": "b"}])
        statements = [event for event in seen if (event.area, event.name) == ("sql", "statement")]
        assert [event.model for event in statements] == ["RunAccount", "RunAccount", None, "RunAccount"]
        assert all(event.details["statement"] and event.elapsed_ms is not None for event in statements)
        assert statements[0].details["params"] >= 2
        assert "canary" not in repr([event for event in seen if event.area == "sql"])
        scopes = [event.name for event in seen if event.area == "scope"]
        assert scopes == ["begin", "commit", "begin", "rollback"]
        assert [event.model for event in seen if (event.area, event.name) == ("cache", "ensured")] == ["RunAccount"]
        # of which transaction each is: the first of none, two of one, the last of another
        ids = [event.transaction_id for event in statements]
        assert ids[0] is None
        assert ids[1] == ids[2] != ids[3]
        assert [event.transaction_id for event in seen if event.area == "scope"] == [ids[1], ids[1], ids[3], ids[3]]
        assert statements[3].details["rows"] == 1

    async def test_an_observer_is_told_of_a_statement_that_failed_with_its_code(self, open: Open) -> None:
        db = open(RunAccount)
        seen: list[Event] = []

        @db.hook
        def dataflow_event(event: Event) -> None:
            seen.append(event)

        await db.RunAccount.create(id="canary")
        for work in (db.RunAccount.create(id="canary"), db.RunAccount.bulk_create([{"id": "canary"}])):
            with pytest.raises(ConstraintError):
                await work
        failed = [event for event in seen if (event.area, event.name) == ("sql", "error")]
        assert [event.details["error"].code for event in failed] == ["DF-A101", "DF-A101"]
        ends = [event for event in seen if (event.area, event.name) == ("result", "error")]
        assert [event.call_id for event in failed] == [event.call_id for event in ends]

    async def test_an_observer_that_raises_disturbs_nothing(self, open: Open, caplog: pytest.LogCaptureFixture) -> None:
        db = open(RunAccount)

        @db.hook
        def dataflow_event(event: Event) -> None:
            raise LookupError(event.name)

        async with db.transaction():
            await db.RunAccount.create(id="a")
        assert await db.RunAccount.count() == 1
        assert len(caplog.records) == 1
