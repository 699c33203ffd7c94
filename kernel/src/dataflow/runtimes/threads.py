"""Threads for plain functions: a function that never returns keeps neither its run nor the process waiting.

The standard library's executor waits for its threads when the process exits, whatever they do, and a call that was
given up keeps its place. Threads are daemons here, and who is given up counts no more.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar, copy_context
from typing import Any

import attrs

#: how many functions run at once; those of a run that a function waits for come on top
LIMIT = 32
#: how long a thread waits for the next function: a chain of them stays on one
LINGER_S = 0.1

_inside: ContextVar[bool] = ContextVar("dataflow_in_thread", default=False)


@attrs.define(eq=False)
class Job:
    """One call. ``answer`` belongs to ``loop``; it gets ``(result, None)`` or ``(None, exception)``.

    An exception travels as a value: a future takes no StopIteration.
    """

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[tuple[Any, BaseException | None]]
    has_ended: bool = False
    is_given_up: bool = False

    def run(self) -> None:
        outcome: tuple[Any, BaseException | None]
        try:
            outcome = self.work(), None
        except BaseException as error:
            outcome = None, error
        try:
            self.loop.call_soon_threadsafe(self._deliver, outcome)
        except RuntimeError:
            return  # the loop is closed: nobody waits

    def _deliver(self, outcome: tuple[Any, BaseException | None]) -> None:
        if self.answer.done():
            _dropped(outcome)
        else:
            self.answer.set_result(outcome)


def _dropped(outcome: tuple[Any, BaseException | None]) -> None:
    """A coroutine that a function gave to a call that was cancelled meanwhile: nobody will await it."""
    if isinstance(outcome[0], Coroutine):
        outcome[0].close()


@attrs.define(eq=False)
class Threads:
    """Up to ``limit`` threads, started when there is work and gone soon after the last."""

    limit: int = LIMIT
    linger_s: float = LINGER_S
    _jobs: deque[Job] = attrs.field(factory=deque)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)
    _idle: int = 0
    _counted: int = 0

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """What the function gives, called in a copy of the caller's context; raises what it raises."""
        loop = asyncio.get_running_loop()
        nested, context = _inside.get(), copy_context()
        context.run(_inside.set, True)
        job = Job(lambda: context.run(function, **arguments), loop, loop.create_future())
        self._put(job, nested)
        try:
            result, error = await job.answer
        except asyncio.CancelledError:
            self._give_up(job)
            if job.answer.done() and not job.answer.cancelled():
                _dropped(job.answer.result())
            raise
        if error is not None:
            raise error
        return result

    def _put(self, job: Job, nested: bool) -> None:
        with self._changed:
            # the thread that waits for a nested call cannot serve it, and all of them may wait
            (self._jobs.appendleft if nested else self._jobs.append)(job)
            if self._idle >= len(self._jobs):
                self._changed.notify()
            elif nested or self._counted < self.limit:
                self._start()

    def _start(self) -> None:
        threading.Thread(target=self._serve, name="dataflow-function", daemon=True).start()
        self._counted += 1

    def _give_up(self, job: Job) -> None:
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
            elif not job.has_ended:
                job.is_given_up = True
                self._counted -= 1
                if len(self._jobs) > self._idle:
                    self._start()

    def _serve(self) -> None:
        # no name here keeps a call, and with it what it was given, while the thread waits for the next
        while self._serve_one(self._next()):
            pass

    def _serve_one(self, job: Job | None) -> bool:
        if job is None:
            return False
        job.run()
        with self._changed:
            job.has_ended = True
            return not job.is_given_up

    def _next(self) -> Job | None:
        with self._changed:
            if not self._jobs:
                self._idle += 1
                self._changed.wait_for(lambda: self._jobs, self.linger_s)
                self._idle -= 1
            if self._jobs:
                return self._jobs.popleft()
            self._counted -= 1
            return None


_threads = Threads()


async def in_thread(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a plain function on a thread of the process. A call that is cancelled is given up: it runs on by itself."""
    return await _threads.call(function, arguments)


def _after_fork() -> None:
    # threads do not come along into the child
    global _threads
    _threads = Threads()


os.register_at_fork(after_in_child=_after_fork)
