"""Servers that die again and again under load: what was acknowledged is there, everything else raised."""

from __future__ import annotations

import asyncio
import os
import random
import traceback
from typing import Any

from dataflow import AsyncLocalRuntime, DataFlow, DataFlowError

SOAK = os.environ.get("FAULTS") == "soak"
WORKFLOWS = 5000 if SOAK else 200
#: between two deaths of the server
LIFE_S = (5.0, 40.0) if SOAK else (0.6, 1.2)
WORKERS = 20


def transfer(db: DataFlow, number: int) -> Any:
    workflow = db.workflow()
    with workflow.transaction("both"):
        workflow.add_node("AccountCreateNode", "left", {"id": f"left-{number}"})
        workflow.add_node("AccountCreateNode", "right", {"id": f"right-{number}"}, after=["left"])
    return workflow.build()


async def _die(server: Any, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            await asyncio.wait_for(over.wait(), random.uniform(*LIFE_S))
        except TimeoutError:
            await server.restart(random.choice((server.own.kill, server.own.stop)))


async def test_nothing_acknowledged_is_lost_while_the_server_dies(server: Any, open_db: Any) -> None:
    db = open_db(pool_size=8, pool_max_overflow=4, connect_timeout_s=5)
    await db.Account.count()
    acknowledged, unknown, failed = set[int](), set[int](), set[int]()
    numbers, strange = iter(range(WORKFLOWS)), list[str]()

    async def work() -> None:
        for number in numbers:
            await asyncio.sleep(random.uniform(0, 0.3))
            try:
                await AsyncLocalRuntime().execute(transfer(db, number))
            except DataFlowError as error:
                (unknown if error.code == "DF-T104" else failed).add(number)
                if error.code not in ("DF-T104", "DF-A112", "DF-A122"):
                    strange.append("".join(traceback.format_exception(error)))
            else:
                acknowledged.add(number)

    over = asyncio.Event()
    dying = asyncio.create_task(_die(server, over))
    try:
        await asyncio.gather(*(work() for _ in range(WORKERS)))
    finally:
        over.set()
        await dying
    records = (await db.Account.list({"id": {"$startswith": "left-"}}, limit=10_000))["records"]
    twins = (await db.Account.list({"id": {"$startswith": "right-"}}, limit=10_000))["records"]
    there = {int(record["id"].removeprefix("left-")) for record in records}
    assert there == {int(record["id"].removeprefix("right-")) for record in twins}
    assert acknowledged <= there
    assert there <= acknowledged | unknown
    assert not strange, strange[0]
    assert acknowledged
    assert failed
    assert all(pool.active == pool.waiting == 0 and pool.healthy for pool in db.pools())
