"""One event loop on one background thread: what lets plain code call async code and keep its pools."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of

T = TypeVar("T")


@attrs.define(eq=False)
class LoopThread:
    """Started at the first call, for the life of its owner. A daemon: it never keeps a process alive.

    After a fork the child starts a thread of its own; the parent's loop stays referenced, untouched.
    """

    name: str
    #: how its owner is made again
    again: str = "with LocalRuntime() as runtime: ..."
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _pid: int = 0
    _closed: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _of_parents: list[object] = attrs.field(factory=list)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for it; an interrupt of the waiting thread cancels it.

        :raises ExecutionError: DF-X104 after close, DF-X105 on the loop's own thread.
        """
        try:
            future = self._submitted(work)
        except BaseException:
            work.close()
            raise
        try:
            return future.result()
        except CancelledError:
            if not self._closed:
                raise
            raise error_of(closed(self.name, "was closed while it ran", self.again)) from None
        except DataFlowError as error:
            # it says where in the user's code it comes from; the frames of two threads' loops say nothing
            raise error.with_traceback(None) from error.__cause__
        except BaseException:
            if not future.done():
                future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs, wait for it, stop the loop. Idempotent."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None or self._pid != os.getpid() or not thread.is_alive():
            return
        if thread is threading.current_thread():
            raise error_of(own_loop(self.name))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

    def _submitted(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        # under the lock: what is submitted before a close is there to be cancelled by it
        with self._lock:
            if self._closed or sys.is_finalizing():
                raise error_of(closed(self.name, again=self.again))
            if self._thread is threading.current_thread():
                raise error_of(own_loop(self.name))
            if self._loop is None or self._pid != os.getpid():
                self._start()
            assert self._loop is not None
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(self) -> None:
        # a loop inherited over a fork shares its selector with the parent: keep it alive, never touch it
        self._of_parents += [self._loop, self._thread]
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self.name, daemon=True)
        self._thread.start()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        if pending:
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def closed(name: str, what: str = "is closed", again: str = "with LocalRuntime() as runtime: ...") -> Problem:
    """The problem of using what was closed."""
    return Problem(
        code="DF-X104",
        message=f"{name} {what}",
        where=Where(operation="execute"),
        cause="its connections and its thread are gone; nothing is run",
        solutions=(Solution("close it last, or make a new one:", again),),
    )


def own_loop(name: str) -> Problem:
    """The problem of waiting for a loop on its own thread."""
    return Problem(
        code="DF-X105",
        message=f"{name} was called from inside its own event loop",
        where=Where(operation="execute"),
        cause="the call would wait for the very thread it runs on, for ever",
        solutions=(
            Solution("await the async form there:", "await AsyncLocalRuntime().execute_workflow_async(workflow)"),
            Solution("or:", "await db.User.create(...) instead of db.sync.User.create(...)"),
        ),
    )
