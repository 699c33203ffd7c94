"""The connections of one event loop: lent in the order of asking, each by a name that an exhausted pool can show."""

from __future__ import annotations

import asyncio
import time
import weakref
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
    """Not thread-safe: it belongs to its loop.

    Each of the pool's places is an idle connection, a held one, or reserved: for one that is being opened or asked
    whether it lives, or for a waiter that was given it and has not woken up yet.
    """

    driver: Driver
    settings: PoolSettings
    loop: asyncio.AbstractEventLoop
    _idle: list[Link] = attrs.field(factory=list)
    _held: set[Link] = attrs.field(factory=set)
    _reserved: int = 0
    _waiters: deque[asyncio.Future[Link | None]] = attrs.field(factory=deque)
    _background: set[asyncio.Task[None]] = attrs.field(factory=set)
    #: when a connection was last found lost: what was last used before is asked whether it lives
    _doubted_at: float = 0.0
    #: what was opened before goes when it comes back
    _renewed_at: float = 0.0
    _healthy: bool = True
    _closed: bool = False
    _drained: asyncio.Event = attrs.field(factory=asyncio.Event)
    _guard: AsyncGenerator[None, None] | None = None

    def watch(self) -> None:
        """Have the pool closed when its loop shuts down (``asyncio.run`` does so), or when nobody has it any more."""
        self._guard = _until_shutdown(self.close)
        with suppress(StopIteration):
            self._guard.__anext__().__await__().__next__()
        # not at exit: a forked child would say goodbye in its parent's name
        weakref.finalize(self, _let_go, self.loop, self._idle, self._held).atexit = False

    def take(self, holder: str) -> Link | None:
        """An idle connection at once, or None when it takes waiting, opening or asking."""
        if self._waiters or not self._idle:
            return None
        link = self._idle[-1]
        now = time.monotonic()
        if not link.is_open or self._is_old(link, now) or self._is_doubtful(link, now):
            return None
        self._idle.pop()
        return self._lent(link, holder, now)

    def _is_old(self, link: Link, now: float) -> bool:
        recycle_s = self.settings.recycle_s
        return link.opened_at <= self._renewed_at or (recycle_s is not None and now - link.opened_at > recycle_s)

    def _is_doubtful(self, link: Link, now: float) -> bool:
        return link.since <= self._doubted_at or (self.settings.pre_ping and now - link.since > PING_AFTER_S)

    def _lent(self, link: Link, holder: str, now: float) -> Link:
        link.holder, link.since = holder, now
        self._held.add(link)
        return link

    async def acquire(self, holder: str) -> Link:
        """A connection, waited for in turn.

        Waiting for a place ends by ``timeout_s``; opening and asking end by the driver's own deadlines.

        :raises AdapterError: DF-A106 when none is free in time, DF-A119 when the pool is closed meanwhile.
        """
        found = await self._place()
        try:
            link = await self._living(found)
        except BaseException:
            self._reserved -= 1
            self._passed_on()
            raise
        self._reserved -= 1
        return self._lent(link, holder, time.monotonic())

    async def spare(self, holder: str) -> Link | None:
        """A connection that nobody is made to wait for, or None: what asks may hold one itself."""
        if self._waiters or self._closed or not (self._idle or self._has_room):
            return None
        return await self.acquire(holder)

    async def _place(self) -> Link | None:
        """Reserve a place, waited for in turn; a connection that stands there comes with it."""
        if self._closed:
            raise pool_closed()
        if self._waiters or not (self._idle or self._has_room):
            return await self._wait()
        self._reserved += 1
        return self._idle.pop() if self._idle else None

    @property
    def _has_room(self) -> bool:
        in_use = len(self._idle) + len(self._held) + self._reserved
        return in_use < self.settings.size + self.settings.overflow

    async def _wait(self) -> Link | None:
        """The place that somebody gave up, with the connection that stands there if one does."""
        turn: asyncio.Future[Link | None] = self.loop.create_future()
        self._waiters.append(turn)
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                return await turn
        except BaseException as error:
            self._give_up(turn)
            if isinstance(error, TimeoutError):
                raise exhausted(self.settings, [self._described(link) for link in self._held]) from error
            raise

    def _give_up(self, turn: asyncio.Future[Link | None]) -> None:
        if turn in self._waiters:
            self._waiters.remove(turn)
        elif not turn.cancelled() and turn.exception() is None:
            # the turn came together with the cancellation: it goes to the next
            self._reserved -= 1
            self._give(turn.result())

    async def _living(self, found: Link | None) -> Link:
        """The connection of a reserved place: the one found there if it lives, else a new one."""
        link = found
        try:
            if link is not None and not await self._is_alive(link):
                lost, link = link, None
                self._part(lost)
            link = link or await self._opened()
            if self._closed:
                raise pool_closed()
        except BaseException:
            if link is not None:
                self._part(link)
            raise
        return link

    async def _is_alive(self, link: Link) -> bool:
        now = time.monotonic()
        if not link.is_open or self._is_old(link, now):
            return False
        if not self._is_doubtful(link, now):
            return True
        try:
            await link.ping()
        except Exception:
            # what was idle as long is as lost, and asking each would take as long again
            self._healthy = False
            self._part_idle()
            return False
        return True

    async def _opened(self) -> Link:
        try:
            link = await self.driver.connect()
        except Exception as error:
            self._healthy = False
            raise StatementFailed(None, error) from error
        self._healthy = True
        return link

    def release(self, link: Link) -> None:
        """Give back a connection on which nothing is under way."""
        self._held.discard(link)
        link.since = time.monotonic()
        if self._closed or link.is_spoiled or not link.is_open or link.opened_at <= self._renewed_at:
            self._part(link)
            self._passed_on()
        else:
            self._give(link)

    async def discard(self, link: Link) -> None:
        """Stop what runs on a connection and close it; whoever waits may open another."""
        if link.is_lost:
            self._healthy, self._doubted_at = False, time.monotonic()
        try:
            await self._kept(link.stop())
        finally:
            self._held.discard(link)
            self._passed_on()

    def renew(self) -> None:
        """Part with every connection that is open by now: the idle ones at once, the others when they come back."""
        self._renewed_at = time.monotonic()
        self._part_idle()

    def _give(self, link: Link | None) -> None:
        """Hand a place, and the connection there, to who waits longest; keep the connection when nobody does."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                self._reserved += 1
                turn.set_result(link)
                return
        if link is None:
            return
        if len(self._idle) + len(self._held) + self._reserved < self.settings.size and not self._closed:
            self._idle.append(link)
        else:
            self._part(link)

    def _passed_on(self) -> None:
        """A place became free."""
        self._give(None)
        if self._closed and not (self._held or self._reserved):
            self._drained.set()

    def _part(self, link: Link) -> None:
        self._task(link.close())

    def _part_idle(self) -> None:
        while self._idle:
            self._part(self._idle.pop())

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
        return PoolState(
            name,
            size,
            active,
            idle,
            len(self._waiters),
            self._healthy and not self._closed,
            holders,
            self.settings.overflow,
        )

    async def close(self) -> None:
        """Close every connection; those in use when they come back, or after a while without asking."""
        self._closed = True
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_exception(pool_closed())
        self._part_idle()
        if self._held or self._reserved:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), CLOSE_PATIENCE_S)
        for link in list(self._held):
            self._task(link.stop())
        while self._background:
            await asyncio.wait(list(self._background))

    def abandon(self) -> None:
        """Let go of everything without the loop."""
        self._closed = True
        _abandoned(self._idle, self._held)


def _let_go(loop: asyncio.AbstractEventLoop, idle: list[Link], held: set[Link]) -> None:
    """Close what a pool had that is gone; on a loop that may still run, its guard does."""
    if loop.is_closed():
        _abandoned(idle, held)


def _abandoned(idle: list[Link], held: set[Link]) -> None:
    for link in (*idle, *held):
        link.abandon()
    idle.clear()
    held.clear()


async def _until_shutdown(close: Any) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await close()
