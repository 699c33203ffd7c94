"""What a coroutine awaits of another thread: a future whose asker goes on in the very round of the loop that brings the answer.

An ``asyncio.Future`` hands its result over in the loop's next round. That round costs a system call and a walk through
the loop, 3 microseconds of an operation's 35, to no end here: the answer comes in a round of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any

Callback = Callable[[Any], object]


class Answer:
    """As much of a future as a task asks of what it waits for. ``settle`` is only called by a handle of the loop."""

    # a task takes an object with this attribute for a future
    _asyncio_future_blocking = False
    _done = False
    _cancelled = False
    _result: Any = None
    _error: BaseException | None = None
    _callback: Callback | None = None
    _context: Context | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def done(self) -> bool:
        return self._done

    def cancelled(self) -> bool:
        return self._cancelled

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        if self._cancelled:
            raise asyncio.CancelledError
        return self._result

    def exception(self) -> BaseException | None:
        return self._error

    def settle(self, result: Any, error: BaseException | None) -> bool:
        """Give the answer, and the asker its turn; False when nobody waits for it any more."""
        if self._done:
            return False
        self._done, self._result, self._error = True, result, error
        callback = self._callback
        if callback is not None:
            assert self._context is not None
            self._callback = None
            self._context.run(callback, self)
        return True

    def cancel(self, msg: object = None) -> bool:
        if self._done:
            return False
        self._done = self._cancelled = True
        if self._callback is not None:
            # whoever cancels is in the middle of a step of its own
            self._loop.call_soon(self._callback, self, context=self._context)
            self._callback = None
        return True

    def add_done_callback(self, callback: Callback, *, context: Context | None = None) -> None:
        """Of the one task that waits."""
        assert self._callback is None
        self._callback, self._context = callback, context

    def __await__(self) -> Generator[Any, None, Any]:
        if self._done:
            return self.result()
        self._asyncio_future_blocking = True
        # an error or a cancellation is thrown in here
        yield self
        return self._result
