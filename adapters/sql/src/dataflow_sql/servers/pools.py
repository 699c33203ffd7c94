"""One pool per event loop; a forked child starts with none."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref

import attrs

from dataflow.adapters import PoolState
from dataflow_sql.servers.link import Driver
from dataflow_sql.servers.pool import CLOSE_PATIENCE_S, Pool, PoolSettings
from dataflow_sql.servers.pool_problems import pool_closed

#: a loop that does not begin within that time to close its pool is blocked
BLOCKED_AFTER_S = 0.5


@attrs.define(eq=False)
class Pools:
    """Keyed by the loop itself: the number of a loop that is gone may be another's. Thread-safe."""

    driver: Driver
    settings: PoolSettings
    _by_loop: dict[asyncio.AbstractEventLoop, Pool] = attrs.field(factory=dict)
    _last: Pool | None = None
    _closed: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    #: what a forked child must neither use nor let go of
    _of_parents: list[object] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        _living.add(self)

    def here(self) -> Pool:
        """The pool of the running loop."""
        loop = asyncio.get_running_loop()
        last = self._last
        if last is not None and last.loop is loop:
            return last
        return self._found(loop)

    def _found(self, loop: asyncio.AbstractEventLoop) -> Pool:
        with self._lock:
            if self._closed:
                raise pool_closed()
            pool = self._by_loop.get(loop)
            if pool is None:
                self._sweep()
                pool = self._by_loop[loop] = Pool(self.driver, self.settings, loop)
                pool.watch()
            self._last = pool
            return pool

    def _sweep(self) -> None:
        """Let go of the pools of loops that are closed."""
        for loop in [loop for loop in self._by_loop if loop.is_closed()]:
            self._by_loop.pop(loop).abandon()

    def states(self) -> tuple[PoolState, ...]:
        with self._lock:
            living = [pool for loop, pool in self._by_loop.items() if not loop.is_closed()]
        if not living:
            size, overflow = self.settings.size, self.settings.overflow
            return (PoolState("connections", size, 0, 0, 0, not self._closed, (), overflow),)
        return tuple(
            pool.state("connections" if len(living) == 1 else f"connections of loop {number}")
            for number, pool in enumerate(living, 1)
        )

    async def close(self) -> None:
        """Close every pool, each on its own loop. Idempotent."""
        with self._lock:
            self._closed = True
            pools, self._by_loop = self._by_loop, {}
            self._last = None
        own = asyncio.get_running_loop()
        for loop, pool in pools.items():
            if loop is own:
                await pool.close()
            elif not loop.is_running() or not await _closed_there(pool):
                pool.abandon()

    def forget(self) -> None:
        """In a forked child: leave the parent's connections alone and start with none.

        The child's ends of their sockets are closed, or a server would believe in a parent that is gone.
        """
        for pool in self._by_loop.values():
            pool.abandon()
        self._of_parents += [self._by_loop, self._last, self._lock]
        self._by_loop, self._last, self._lock = {}, None, threading.Lock()


async def _closed_there(pool: Pool) -> bool:
    """Close a pool on its own loop; false when that loop stops meanwhile.

    A loop that is blocked, such as by who waits for this very call, closes its pool when it goes on.
    """
    begun = threading.Event()

    async def close() -> None:
        begun.set()
        await pool.close()

    closing = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(close(), pool.loop))
    # neither is cancelled when its time is up: the loop is left to do it
    await asyncio.wait([closing], timeout=BLOCKED_AFTER_S)
    if begun.is_set():
        await asyncio.wait([closing], timeout=2 * CLOSE_PATIENCE_S)
    return closing.done() or pool.loop.is_running()


#: those of this process, so that a fork reaches them; it keeps none alive
_living: weakref.WeakSet[Pools] = weakref.WeakSet()


def _after_fork() -> None:
    for pools in list(_living):
        pools.forget()


os.register_at_fork(after_in_child=_after_fork)
