"""What a workflow costs above its operations: a chain of ten and a fan-out of ten times ten, of nodes that do nothing."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable

from dataflow import AsyncLocalRuntime, DataFlow, Workflow

ROUNDS = 9
RUNS = 200
Clock = Callable[[], float]


async def step(value: int = 0) -> int:
    return value


def chain(db: DataFlow, length: int = 10) -> Workflow:
    workflow = db.workflow("chain")
    for number in range(length):
        workflow.add_node(step, f"n{number}", {} if number else {"value": 1})
        if number:
            workflow.add_connection(f"n{number - 1}", "result", f"n{number}", "value")
    return workflow.build()


def fan_out(db: DataFlow, width: int = 10, depth: int = 10) -> Workflow:
    workflow = db.workflow("fan-out")
    workflow.add_node(step, "root", {"value": 1})
    for column in range(width):
        for row in range(depth):
            workflow.add_node(step, f"n{column}-{row}")
            before = f"n{column}-{row - 1}" if row else "root"
            workflow.add_connection(before, "result", f"n{column}-{row}", "value")
    return workflow.build()


async def operations_alone(workflow: Workflow) -> None:
    """The same nodes called one after the other, without a run."""
    for step_id in workflow.order:
        node = workflow.steps[step_id].node
        await workflow.app.pipeline(node)(node.behaviour.bind({"value": 1}))


async def cost_per_node_us(workflow: Workflow, clock: Clock) -> float:
    """Microseconds a node of a run costs above its operation; the median of interleaved rounds."""
    runtime = AsyncLocalRuntime()
    costs = []
    await runtime.execute(workflow)
    for _ in range(ROUNDS):
        started = clock()
        for _ in range(RUNS):
            await runtime.execute(workflow)
        run = clock() - started
        started = clock()
        for _ in range(RUNS):
            await operations_alone(workflow)
        alone = clock() - started
        costs.append((run - alone) / RUNS / len(workflow.steps) * 1e6)
    return statistics.median(costs)


async def one_node_ratio(workflow: Workflow, call: Callable[[], Awaitable[object]], clock: Clock) -> float:
    """A workflow of one node over the direct call of the same; the median of interleaved rounds."""
    runtime = AsyncLocalRuntime()
    ratios = []
    for turn in range(-1, ROUNDS):
        started = clock()
        for _ in range(RUNS):
            await runtime.execute(workflow)
        run = clock() - started
        started = clock()
        for _ in range(RUNS):
            await call()
        # the first round warms caches up
        if turn >= 0:
            ratios.append(run / (clock() - started))
    return statistics.median(ratios)


async def one_nodes(db: DataFlow, clock: Clock) -> dict[str, float]:
    @db.model
    class Person:
        id: int
        name: str

    create = db.workflow("create")
    create.add_node("PersonCreateNode", "one", {"data": {"name": "Ada"}})
    read = db.workflow("read")
    read.add_node("PersonReadNode", "one", {"id": 1})
    return {
        "create": await one_node_ratio(create.build(), lambda: db.Person.create(name="Ada"), clock),
        "read": await one_node_ratio(read.build(), lambda: db.Person.read(1), clock),
    }


def measured(clock: Clock) -> tuple[dict[str, float], dict[str, float]]:
    """The microseconds of a node by workflow, and the ratio of a workflow of one node by operation."""

    async def main() -> tuple[dict[str, float], dict[str, float]]:
        async with DataFlow(plugins=["sqlite"]) as db:
            costs = {
                "chain of 10": await cost_per_node_us(chain(db), clock),
                "fan-out 10x10": await cost_per_node_us(fan_out(db), clock),
            }
        with tempfile.TemporaryDirectory() as directory:
            async with DataFlow(f"sqlite:///{directory}/one.db", plugins=["sqlite"]) as db:
                return costs, await one_nodes(db, clock)

    return asyncio.run(main())
