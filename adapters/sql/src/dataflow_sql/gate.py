"""A lock that tasks of several event loops wait for in their order, each with a deadline."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

import attrs


@attrs.define(eq=False)
class Gate:
    """``size`` may be inside at once. Thread-safe; ``leave`` may come from any thread."""

    size: int = 1
    inside: int = 0
    _waiters: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = attrs.field(factory=deque)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    async def enter(self, timeout_s: float) -> None:
        """Go in as soon as there is room.

        :raises TimeoutError: after ``timeout_s``.
        """
        with self._lock:
            if self.inside < self.size:
                self.inside += 1
                return
            loop = asyncio.get_running_loop()
            turn: asyncio.Future[None] = loop.create_future()
            self._waiters.append((loop, turn))
        try:
            async with asyncio.timeout(timeout_s):
                await turn
        except BaseException:
            self._give_up(turn)
            raise

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        with self._lock:
            for waiter in self._waiters:
                if waiter[1] is turn:
                    self._waiters.remove(waiter)
                    return
        # the turn had come already, or is on its way: it goes to the next
        self.leave()

    def leave(self) -> None:
        """Let the next one in."""
        while True:
            with self._lock:
                if not self._waiters:
                    self.inside -= 1
                    return
                loop, turn = self._waiters.popleft()
            try:
                loop.call_soon_threadsafe(_admit, turn)
            except RuntimeError:
                # that loop is closed; nobody waits there any more
                continue
            return


def _admit(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
