"""Sagas: steps in order; when one fails, those before it are undone in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError, NodeFailed, TransactionError, WorkflowBuildError

Step = dict[str, Any]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[DataFlow]:
    async with DataFlow(database_url) as db:

        @db.model
        class Stock:
            id: str
            pieces: int

        @db.model
        class Order:
            id: str
            stock_id: str

        await db.Stock.create(id="chair", pieces=5)
        yield db


RESERVE: Step = {
    "name": "reserve",
    "node": "StockUpdateNode",
    "params": {"id": "chair", "data": {"pieces": {"$dec": 1}}},
    "compensation": {
        "node": "StockUpdateNode",
        "params": {"data": {"pieces": {"$inc": 1}}},
        "inputs": {"id": "reserve.id"},
    },
}
ORDER: Step = {
    "name": "order",
    "node": "OrderCreateNode",
    "inputs": {"data.id": "data.order_id", "data.stock_id": "reserve.id"},
    "compensation": {"node": "OrderDeleteNode", "inputs": {"id": "order.id"}},
}


async def run(db: DataFlow, steps: list[Step], **params: Any) -> dict[str, Any]:
    workflow = db.workflow()
    workflow.add_node("TransactionManagerNode", "saga", {"transaction_type": "saga", "steps": steps, **params})
    async with AsyncLocalRuntime() as runtime:
        results, _ = await runtime.execute_workflow_async(workflow.build())
    result: dict[str, Any] = results["saga"]
    return result


async def state(db: DataFlow) -> tuple[int, int]:
    return (await db.Stock.read("chair"))["pieces"], await db.Order.count()


def pay(order_id: str) -> None:
    raise LookupError(f"no money for {order_id}")


async def test_the_steps_run_in_order_and_find_earlier_results(db: DataFlow) -> None:
    result = await run(db, [RESERVE, ORDER], data={"order_id": "o1"}, saga_id="s1")
    assert await state(db) == (4, 1)
    assert result["saga_id"] == "s1"
    assert result["steps"]["order"]["stock_id"] == "chair"


async def test_a_failure_undoes_the_finished_steps_in_reverse(db: DataFlow) -> None:
    paying = {"name": "pay", "node": pay, "inputs": {"order_id": "order.id"}}
    with pytest.raises(NodeFailed) as failed:
        await run(db, [RESERVE, ORDER, paying], data={"order_id": "o1"}, saga_id="s1")
    assert failed.value.code == "DF-T111"
    assert isinstance(failed.value.error, TransactionError)
    assert failed.value.message == "step 'pay' of the saga failed, and what was done before it was undone"
    assert failed.value.context == {
        "saga": "s1",
        "failed step": "pay",
        "failure": "DF-X101: pay raised LookupError: no money for o1",
        "undone": "order, reserve",
    }
    assert await state(db) == (5, 0)


async def test_a_compensation_is_tried_again_and_its_failure_told(db: DataFlow) -> None:
    tries: list[str] = []

    def unship(idempotency_key: str, ship: dict[str, Any]) -> None:
        tries.append(f"{idempotency_key} {ship['parcel']}")
        raise ConnectionError("the carrier does not answer")

    def ship(idempotency_key: str) -> dict[str, str]:
        return {"parcel": "p1", "key": idempotency_key}

    shipping = {
        "name": "ship",
        "node": ship,
        "compensation": {"node": unship, "inputs": {"ship": "ship"}},
    }
    paying = {"name": "pay", "node": pay, "params": {"order_id": "o1"}}
    with pytest.raises(NodeFailed) as failed:
        await run(db, [RESERVE, shipping, paying], saga_id="s1", compensation_retries=2)
    assert failed.value.code == "DF-T112"
    assert failed.value.message == "step 'pay' of the saga failed, and 'ship' could not be undone"
    assert failed.value.context["undone"] == "reserve"
    assert "the carrier does not answer" in failed.value.context["undoing ship"]
    assert tries == ["s1:ship:undo p1"] * 3
    assert await state(db) == (5, 0)


async def test_a_cancellation_undoes_the_finished_steps(db: DataFlow) -> None:
    waiting = asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(run(db, [RESERVE, {"name": "wait", "node": wait}]))
    await waiting.wait()
    assert await state(db) == (4, 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await state(db) == (5, 0)


async def test_a_connection_brings_what_the_steps_find_as_data(db: DataFlow) -> None:
    workflow = db.workflow()
    workflow.add_node("FunctionNode", "make", {"function": lambda: {"order_id": "o9"}})
    workflow.add_node("TransactionManagerNode", "saga", {"steps": [RESERVE, ORDER]})
    workflow.add_connection("make", "order_id", "saga", "data.order_id")
    async with AsyncLocalRuntime() as runtime:
        await runtime.execute_workflow_async(workflow.build())
    assert (await db.Order.read("o9"))["stock_id"] == "chair"


WRONG: list[tuple[Any, str, str]] = [
    ([], "DF-T110", "'steps' must be a list of at least one step"),
    (["reserve"], "DF-T110", "a step is a dict, not a str"),
    ([{**RESERVE, "compensate": {}}], "DF-T110", "a step has no 'compensate'; did you mean 'compensation'?"),
    ([RESERVE, RESERVE], "DF-T110", "step 1 has the name of another"),
    ([{**RESERVE, "name": "data"}], "DF-T110", "step 0 needs a name of its own, without '.' and not 'data'"),
    (
        [{**RESERVE, "node": "StockUpdatNode"}],
        "DF-W101",
        "unknown node type 'StockUpdatNode' in a step; did you mean 'StockUpdateNode'?",
    ),
    ([{**RESERVE, "params": {"id": "chair", "data": {"peces": 1}}}], "DF-N103", "unknown field"),
    ([ORDER], "DF-T110", "'reserve.id' begins with no earlier step: 'data'"),
    ([{**RESERVE, "inputs": {"nope": "data.x"}}], "DF-T110", "StockUpdateNode has no input 'nope'"),
    ([{**RESERVE, "compensation": "OrderDeleteNode"}], "DF-T110", "a step is a dict, not a str"),
]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("steps", "code", "text"), WRONG)
async def test_what_is_wrong_with_steps_is_told_when_the_workflow_is_built(
    db: DataFlow, steps: Any, code: str, text: str
) -> None:
    workflow = db.workflow()
    workflow.add_node("TransactionManagerNode", "saga", {"steps": steps})
    with pytest.raises(WorkflowBuildError) as refused:
        workflow.build()
    assert code in [one.code for one in refused.value.problems]
    assert text in str(refused.value)


@pytest.mark.databases("sqlite")
async def test_a_step_that_needs_what_nobody_gives_is_refused(db: DataFlow) -> None:
    with pytest.raises(DataFlowError) as refused:
        await run(db, [{**RESERVE, "params": {"id": "chair"}}])
    assert refused.value.code == "DF-W109"
