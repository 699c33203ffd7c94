"""The pool of a server's connections, on a driver whose connections answer when they are told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError
from dataflow_sql.servers import PoolSettings
from dataflow_sql.servers.link import Link
from dataflow_sql.servers.pool import Pool


@attrs.define(eq=False)
class Wire:
    """One connection; ``answers`` lets a ping through."""

    answers: asyncio.Event
    holder: str = ""
    since: float = 0.0
    is_spoiled: bool = False
    opened_at: float = attrs.field(factory=time.monotonic)
    is_open: bool = True

    @property
    def is_lost(self) -> bool:
        return not self.is_open

    @property
    def is_settled(self) -> bool:
        return self.is_open

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        return []

    async def changed(self, sql: str, values: Sequence[Any]) -> int:
        return 0

    async def begin(self, options: ScopeOptions) -> None:
        return None

    async def control(self, sql: str) -> str:
        return sql

    async def ping(self) -> None:
        await self.answers.wait()

    async def stop(self) -> None:
        self.is_open = False

    async def close(self) -> None:
        self.is_open = False

    def abandon(self) -> None:
        self.is_open = False


@attrs.define(eq=False)
class Wires:
    answers: asyncio.Event = attrs.field(factory=asyncio.Event)
    opened: list[Wire] = attrs.field(factory=list)

    async def connect(self) -> Link:
        await asyncio.sleep(0)
        self.opened.append(Wire(self.answers))
        return self.opened[-1]


def pool_of(wires: Wires, *, size: int = 1, timeout_s: float = 5.0) -> Pool:
    settings = PoolSettings(size, 0, timeout_s, None, True)
    return Pool(wires, settings, asyncio.get_running_loop())


async def test_a_cancelled_ping_leaves_room_for_who_waits() -> None:
    wires = Wires()
    pool = pool_of(wires)
    first = await pool.acquire("first")
    pool.release(first)
    first.since -= 60
    asking = asyncio.create_task(pool.acquire("asking"))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(pool.acquire("waiting"))
    await asyncio.sleep(0)
    asking.cancel()
    link = await waiting
    assert link is wires.opened[1]
    assert pool.state("pool").active == 1
    pool.release(link)
    await pool.close()


async def test_a_connection_that_does_not_answer_is_replaced() -> None:
    wires = Wires()
    pool = pool_of(wires)
    first = await pool.acquire("first")
    await first.close()
    pool.release(first)
    second = await pool.acquire("second")
    assert second is wires.opened[1]
    pool.release(second)
    await pool.close()


async def test_a_cancelled_turn_goes_to_the_next() -> None:
    wires = Wires()
    pool = pool_of(wires)
    link = await pool.acquire("first")
    waiting = [asyncio.create_task(pool.acquire(f"waiting {number}")) for number in range(3)]
    await asyncio.sleep(0)
    pool.release(link)
    # its turn has come, and it does not know yet
    waiting[0].cancel()
    assert await waiting[1] is link
    pool.release(link)
    assert await waiting[2] is link
    assert (pool.state("pool").active, pool.state("pool").waiting) == (1, 0)
    pool.release(link)
    await pool.close()


async def test_a_spare_connection_is_given_only_where_nobody_has_to_wait() -> None:
    pool = pool_of(Wires())
    link = await pool.acquire("first")
    assert await pool.spare("second") is None
    pool.release(link)
    assert await pool.spare("third") is link
    pool.release(link)
    await pool.close()


async def test_a_connection_on_its_way_to_who_waits_counts() -> None:
    wires = Wires()
    pool = pool_of(wires)
    link = await pool.acquire("first")
    waiting = asyncio.create_task(pool.acquire("waiting"))
    await asyncio.sleep(0)
    pool.release(link)
    # given already, and the waiter does not know yet
    late = asyncio.create_task(pool.acquire("late"))
    assert await waiting is link
    pool.release(link)
    assert await late is link
    assert wires.opened == [link]
    pool.release(link)
    await pool.close()


async def test_a_lost_connection_has_the_others_asked_before_they_are_used() -> None:
    wires = Wires()
    pool = pool_of(wires, size=2)
    first, second = await pool.acquire("first"), await pool.acquire("second")
    pool.release(second)
    await first.close()
    await pool.discard(first)
    assert pool.take("third") is None
    wires.answers.set()
    assert await pool.acquire("third") is second
    pool.release(second)
    assert pool.take("fourth") is second
    pool.release(second)
    await pool.close()


async def test_a_pool_that_is_used_up_names_who_uses_it() -> None:
    pool = pool_of(Wires(), timeout_s=0.01)
    link = await pool.acquire("import of orders")
    with pytest.raises(DataFlowError, match="import of orders") as caught:
        await pool.acquire("second")
    assert caught.value.code == "DF-A106"
    pool.release(link)
    await pool.close()
