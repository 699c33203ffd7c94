"""The connections of one event loop: lent in the order of asking, each by a name that an exhausted pool can show."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any

import attrs

from dataflow.adapters import PoolState, StatementFailed
from dataflow_sql.servers.link import Driver, Link
from dataflow_sql.servers.pool_problems import exhausted, pool_closed

#: a connection that was idle for longer is asked whether it still lives, where ``pre_ping`` says so
PING_AFTER_S = 1.0
#: how long ``close`` waits for connections that are in use
CLOSE_PATIENCE_S = 5.0


@attrs.frozen
class PoolSettings:
    """``size`` connections are kept, ``overflow`` more are opened under load; ``recycle_s`` bounds a connection's age."""

    size: int
    overflow: int
    timeout_s: float
    recycle_s: float | None
    pre_ping: bool


@attrs.define(eq=False)
class Pool:
    """Not thread-safe: it belongs to its loop."""

    driver: Driver
    settings: PoolSettings
    loop: asyncio.AbstractEventLoop
    _idle: list[Link] = attrs.field(factory=list)
    _held: set[Link] = attrs.field(factory=set)
    _opening: int = 0
    _waiters: deque[asyncio.Future[Link | None]] = attrs.field(factory=deque)
    _background: set[asyncio.Task[None]] = attrs.field(factory=set)
    _healthy: bool = True
    _closed: bool = False
    _drained: asyncio.Event = attrs.field(factory=asyncio.Event)
    _guard: AsyncGenerator[None, None] | None = None

    def watch(self) -> None:
        """Have the pool closed when its loop shuts down (``asyncio.run`` does so), or when nobody has it any more."""
        self._guard = _until_shutdown(self.close)
        with suppress(StopIteration):
            self._guard.__anext__().__await__().__next__()

    def take(self, holder: str) -> Link | None:
        """An idle connection at once, or None when it takes waiting, opening or asking."""
        if self._waiters or not self._idle:
            return None
        link = self._idle[-1]
        now = time.monotonic()
        if not link.is_open or (self.settings.pre_ping and now - link.since > PING_AFTER_S) or self._is_old(link, now):
            return None
        self._idle.pop()
        return self._lent(link, holder, now)

    def _is_old(self, link: Link, now: float) -> bool:
        return self.settings.recycle_s is not None and now - link.opened_at > self.settings.recycle_s

    def _lent(self, link: Link, holder: str, now: float) -> Link:
        link.holder, link.since = holder, now
        self._held.add(link)
        return link

    async def acquire(self, holder: str, *, fresh: bool = False) -> Link:
        """A connection, waited for in turn.

        :param fresh: give one that is newly opened, and drop those that were idle: the server was lost.
        :raises AdapterError: DF-A106 when none is free in time.
        """
        if fresh:
            while self._idle:
                self._part(self._idle.pop())
        deadline = asyncio.timeout(self.settings.timeout_s)
        try:
            async with deadline:
                return await self._turn(holder)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise exhausted(self.settings, [self._described(link) for link in self._held]) from error

    async def _turn(self, holder: str) -> Link:
        link = await self._wait() if self._waiters else None
        while True:
            if self._closed:
                self._drop(link)
                raise pool_closed()
            link = link or (self._idle.pop() if self._idle else None)
            if link is None and self._size < self.settings.size + self.settings.overflow:
                return self._lent(await self._open(), holder, time.monotonic())
            if link is not None and await self._is_alive(link):
                return self._lent(link, holder, time.monotonic())
            link = await self._wait() if link is None else None

    @property
    def has_room(self) -> bool:
        """Whether somebody who asks now gets a connection without waiting for another's."""
        return not self._waiters and (bool(self._idle) or self._size < self.settings.size + self.settings.overflow)

    @property
    def _size(self) -> int:
        return len(self._idle) + len(self._held) + self._opening

    async def _wait(self) -> Link | None:
        """The connection that somebody gave back, or None when there is room for a new one."""
        turn: asyncio.Future[Link | None] = self.loop.create_future()
        self._waiters.append(turn)
        try:
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # the turn came together with the cancellation: it goes to the next
                self._give(turn.result())
            elif turn in self._waiters:
                self._waiters.remove(turn)
            raise

    async def _is_alive(self, link: Link) -> bool:
        now = time.monotonic()
        if link.is_open and not self._is_old(link, now):
            if not self.settings.pre_ping or now - link.since <= PING_AFTER_S:
                return True
            self._opening += 1
            try:
                await link.ping()
            except BaseException as error:
                self._opening -= 1
                if not isinstance(error, Exception):
                    # whoever waits for this connection may open another
                    self._drop(link)
                    raise
                self._healthy = False
            else:
                self._opening -= 1
                return True
        self._part(link)
        return False

    async def _open(self) -> Link:
        self._opening += 1
        try:
            link = await self.driver.connect()
        except BaseException as error:
            self._healthy = self._healthy and not isinstance(error, Exception)
            self._opening -= 1
            self._give(None)
            if isinstance(error, Exception):
                raise StatementFailed(None, error) from error
            raise
        self._opening -= 1
        self._healthy = True
        return link

    def release(self, link: Link) -> None:
        """Give back a connection on which nothing is under way."""
        self._returned(link)
        link.since = time.monotonic()
        if self._closed or not link.is_open:
            self._drop(link)
        else:
            self._give(link)

    def _give(self, link: Link | None) -> None:
        """Hand a connection, or the room for one, to who waits longest; keep it when nobody does."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_result(link)
                return
        if link is None:
            return
        if len(self._idle) + len(self._held) + self._opening < self.settings.size:
            self._idle.append(link)
        else:
            self._part(link)

    async def discard(self, link: Link) -> None:
        """Stop what runs on a connection and close it; whoever waits may open another."""
        self._healthy = self._healthy and link.is_open
        try:
            await self._kept(link.stop())
        finally:
            self._returned(link)
            self._give(None)

    def _returned(self, link: Link) -> None:
        self._held.discard(link)
        if self._closed and not self._held:
            self._drained.set()

    def _drop(self, link: Link | None) -> None:
        if link is not None:
            self._part(link)
            self._give(None)

    def _part(self, link: Link) -> None:
        self._task(link.close())

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _kept(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something to its end, however often the asker is cancelled meanwhile."""
        task = self._task(work)
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _described(self, link: Link) -> str:
        return f"{link.holder} for {time.monotonic() - link.since:.1f} s"

    def state(self, name: str) -> PoolState:
        holders = tuple(self._described(link) for link in list(self._held))
        idle, active = len(self._idle), len(self._held)
        size = self.settings.size
        return PoolState(name, size, active, idle, len(self._waiters), self._healthy and not self._closed, holders)

    async def close(self) -> None:
        """Close every connection; those in use when they come back, or after a while without asking."""
        self._closed = True
        while self._waiters:
            self._give(None)
        while self._idle:
            self._part(self._idle.pop())
        if self._held:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), CLOSE_PATIENCE_S)
        for link in list(self._held):
            self._part(link)
        while self._background:
            await asyncio.wait(list(self._background))

    def abandon(self) -> None:
        """Let go of everything without the loop."""
        self._closed = True
        for link in (*self._idle, *self._held):
            link.abandon()
        self._idle.clear()
        self._held.clear()


async def _until_shutdown(close: Any) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await close()
