"""A workflow's transaction that meets others is done again as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, ContentionError, DataFlow, NodeFailed, WorkflowBuildError, node


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Account:
            id: str
            balance: int = 0

        @db.model
        class Entry:
            id: int
            account_id: str

        await db.Account.bulk_create([{"id": "a"}, {"id": "b"}])
        yield db


async def run(workflow: Any, **options: Any) -> dict[str, Any]:
    async with AsyncLocalRuntime() as runtime:
        results, _ = await runtime.execute_workflow_async(workflow.build(), **options)
        return results


@pytest.mark.databases("postgres", "mysql")
@pytest.mark.parametrize("retries", [0, 3])
async def test_two_runs_in_a_deadlock_both_succeed_where_they_may_be_done_again(db: DataFlow, retries: int) -> None:
    met = asyncio.Barrier(2)
    meetings = 0

    @node(idempotent=True)
    async def meet(account: dict[str, Any]) -> None:
        nonlocal meetings
        meetings += 1
        if meetings <= 2:
            await met.wait()

    def transfer(first: str, second: str) -> Any:
        workflow = db.workflow()
        with workflow.transaction("tx", retries=retries):
            workflow.add_node("AccountUpdateNode", "take", {"id": first, "data": {"balance": {"$dec": 1}}})
            workflow.add_node(meet, "meet")
            workflow.add_node(
                "AccountUpdateNode", "give", {"id": second, "data": {"balance": {"$inc": 1}}}, after=["meet"]
            )
            workflow.add_node("EntryCreateNode", "entry", {})
        workflow.add_connection("take", "*", "meet", "account")
        workflow.add_connection("give", "id", "entry", "account_id")
        workflow.add_node("EntryCountNode", "count", {}, after=["tx"])
        return workflow

    ended = await asyncio.gather(run(transfer("a", "b")), run(transfer("b", "a")), return_exceptions=True)
    failures = [one for one in ended if isinstance(one, BaseException)]
    assert len(failures) == (0 if retries else 1)
    for failure in failures:
        assert isinstance(failure, NodeFailed)
        assert (failure.code, type(failure.error)) == ("DF-A107", ContentionError)
        assert failure.results["tx"] == {"committed": False}
    assert await db.Entry.count() == 2 - len(failures)
    for one in ended:
        if isinstance(one, dict):
            assert one["tx"] == {"committed": True}
            assert one["count"]["count"] in (1, 2)
            assert {"take", "meet", "give", "entry"} <= one.keys()


async def test_a_scope_that_meets_nobody_runs_once_and_knows_what_was_before(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("AccountReadNode", "before", {"id": "a"})
    with workflow.transaction("tx", retries=2):
        workflow.add_node("AccountUpdateNode", "add", {"data": {"balance": {"$inc": 1}}})
        with workflow.transaction("inner"):
            workflow.add_node("EntryCreateNode", "entry", {})
    workflow.add_connection("before", "id", "add", "id")
    workflow.add_connection("add", "id", "entry", "account_id")
    workflow.add_node("AccountReadNode", "behind", {})
    workflow.add_connection("add", "id", "behind", "id")
    results = await run(workflow)
    assert results["behind"]["balance"] == 1
    assert (results["tx"], results["inner"]) == ({"committed": True}, {"committed": True})


async def test_another_failure_is_raised_at_once_and_undoes_the_scope(db: DataFlow) -> None:
    events: list[str] = []
    workflow = db.workflow()
    with workflow.transaction("tx", retries=3):
        workflow.add_node("AccountUpdateNode", "add", {"id": "a", "data": {"balance": {"$inc": 1}}})
        workflow.add_node("AccountCreateNode", "twice", {"data": {"id": "b"}}, after=["add"])
    with pytest.raises(NodeFailed) as failed:
        await run(workflow, on_event=lambda event: events.append(event.name))
    assert (failed.value.code, failed.value.node_id) == ("DF-A101", "twice")
    assert failed.value.results["tx"] == {"committed": False}
    assert "retry" not in events
    assert (await db.Account.read("a"))["balance"] == 0


@pytest.mark.databases("sqlite")
async def test_what_could_not_be_done_again_is_refused_when_the_workflow_is_built(db: DataFlow) -> None:
    def send(account: dict[str, Any]) -> None:
        """Write a letter."""

    workflow = db.workflow()
    with workflow.transaction("tx", retries=11):
        workflow.add_node("AccountReadNode", "read", {"id": "a"})
        workflow.add_node(send, "send")
        with workflow.transaction("inner", retries=1):
            workflow.add_node("AccountCountNode", "count", {})
    workflow.add_connection("read", "*", "send", "account")
    with pytest.raises(WorkflowBuildError) as refused:
        workflow.build()
    assert sorted(problem.message for problem in refused.value.problems) == [
        "'retries' must be 0 to 10, not 11",
        "'retries' of 'inner' can do nothing inside transaction 'tx'",
        "'send' (send) cannot stand in transaction 'tx', which may be done again",
    ]
