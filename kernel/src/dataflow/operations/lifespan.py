"""What plugins open with an instance: entered before its first operation, left when it is closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from contextvars import ContextVar

import attrs


@attrs.define(eq=False)
class Lifespan:
    """Entered once: whoever comes meanwhile, from whatever thread or loop, waits. After a failure the next one tries again."""

    managers: Callable[[], Sequence[AbstractAsyncContextManager[None]]]
    _stack: AsyncExitStack | None = attrs.field(init=False, default=None)
    _entering: Future[None] | None = attrs.field(init=False, default=None)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    # an operation that a plugin runs while it opens must not wait for itself
    _inside: ContextVar[bool] = attrs.field(init=False, factory=lambda: ContextVar("entering", default=False))

    @property
    def is_entered(self) -> bool:
        return self._stack is not None

    async def enter(self) -> None:
        while self._stack is None and not self._inside.get():
            with self._lock:
                others, mine = self._entering, Future[None]()
                self._entering = others or mine
            if others is None:
                await self._enter(mine)
            else:
                await asyncio.shield(asyncio.wrap_future(others))

    async def _enter(self, done: Future[None]) -> None:
        token = self._inside.set(True)
        try:
            async with AsyncExitStack() as stack:
                for manager in self.managers():
                    await stack.enter_async_context(manager)
                self._stack = stack.pop_all()
        finally:
            self._inside.reset(token)
            self._entering = None
            done.set_result(None)

    async def leave(self) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()
