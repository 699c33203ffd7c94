"""One SQLite connection on one thread of aiosqlite: every operation is a single hop there and back.

aiosqlite's own methods take a hop each for cursor, execute, fetch and commit. Here a whole operation is one
function put on the thread's queue; its answer is delivered to whichever event loop asked.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any

import attrs
from aiosqlite.core import _STOP_RUNNING_SENTINEL, Connection

from dataflow_sqlite.answer import Answer
from dataflow_sqlite.functions import teach_regex
from dataflow_sqlite.mailbox import Mailbox, Mailboxes

#: how many steps of SQLite's machine pass between two looks at the clock: about a millisecond of work
STEPS_PER_LOOK = 20_000

Function = Callable[[sqlite3.Connection], Any]
Queue = SimpleQueue[Callable[[], object] | None]
log = logging.getLogger("dataflow")


class DeadlinePassed(Exception):
    """A statement ran into its deadline and was interrupted."""


class ConnectionClosed(Exception):
    """The connection was closed before the work could be done."""


class Job(Answer):
    """Work for a connection, and its result for who awaits it. ``dropped`` means that nobody waits for it any more."""

    # a plain class whose defaults are the class's: one is made per operation
    started = False
    dropped = False
    #: set while somebody who was cancelled waits for the end of what cannot be undone
    ended: asyncio.Future[None] | None = None
    #: undoes a result that came too late for its asker
    undo: Callable[[Any], None] | None = None

    def __init__(self, function: Function, mailbox: Mailbox[Outcomes], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.function = function
        self.mailbox = mailbox


Outcome = tuple[Job, Any, BaseException | None]
Outcomes = Sequence[Outcome]


@attrs.define(eq=False)
class Worker:
    """A connection that is opened at its first use, on its own daemon thread, and closed when it is dropped."""

    opener: Callable[[], sqlite3.Connection]
    timeout_s: float | None
    _raw: sqlite3.Connection | None = None
    _current: Job | None = None
    _deadline: float = float("inf")
    _expired: bool = False
    #: why a function that SQLite called gave up
    _given_up: Exception | None = None
    _closed: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _aio: Connection = attrs.field(init=False)
    #: the one used last; most instances only ever know one loop
    _mailbox: Mailbox[Outcomes] | None = attrs.field(init=False, default=None)
    _queue: Queue = attrs.field(init=False, factory=SimpleQueue)
    _stop: Any = attrs.field(init=False)
    #: the open connection, for whoever closes it when this object is gone
    _handle: list[sqlite3.Connection] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._aio = Connection(self.opener, iter_chunk_size=64)
        # an instance that nobody closes must not keep the process from exiting
        self._aio._thread.daemon = True
        self._aio._thread.start()
        self._aio._tx.put_nowait((None, partial(_serve_queue, self._queue)))
        self._aio._tx.put_nowait((None, lambda: _STOP_RUNNING_SENTINEL))
        self._stop = weakref.finalize(self, _stop_thread, self._queue, self._handle)
        self._stop.atexit = False

    async def call(self, function: Function) -> Any:
        """Run a function with the connection, in the order of the calls."""
        return await self.wait(self.submit(function))

    def submit(self, function: Function) -> Job:
        """Queue a function; ``wait`` gives its result."""
        job = self.job(function)
        if self._closed:
            raise ConnectionClosed
        self._queue.put(partial(self._serve, job))
        return job

    def job(self, function: Function) -> Job:
        """Work that the running loop waits for."""
        loop = asyncio.get_running_loop()
        if self._mailbox is None or self._mailbox.loop() is not loop:
            self._mailbox = _mailboxes.of(loop)
        return Job(function, self._mailbox, loop)

    def put(self, function: Callable[[], object]) -> None:
        """Put work on the thread's queue, without an answer."""
        if self._closed:
            raise ConnectionClosed
        self._queue.put(function)

    async def wait(self, job: Job) -> Any:
        """The result of a job; a cancellation stops the job and waits until it has stopped."""
        try:
            return await job
        except asyncio.CancelledError:
            await self.abandon(job)
            raise

    async def abandon(self, job: Job) -> None:
        """Stop a job whose asker was cancelled, and wait until it has stopped."""
        if job.done() and not job.cancelled():
            # the cancellation came between the answer and its asker's turn
            if job.undo is not None and job.exception() is None:
                job.undo(job.result())
            return
        with self._lock:
            job.dropped = True
            if not job.started or job.ended is not None:
                return
            ended = job.ended = asyncio.get_running_loop().create_future()
            if self._current is job and self._raw is not None:
                self._raw.interrupt()
        while not ended.done():
            try:
                await asyncio.shield(ended)
            except asyncio.CancelledError:
                # cancelled again: what runs cannot be left half done
                continue

    def _serve(self, job: Job) -> None:
        outcome = self.perform(job)
        if outcome is not None:
            _post(job.mailbox, (outcome,))

    def perform(self, job: Job) -> Outcome | None:
        """On the thread: run one job and give its outcome; None when it was dropped before it began."""
        with self._lock:
            if job.dropped:
                return None if job.ended is None else (job, None, ConnectionClosed())
            job.started = True
            self._current = job
        if self.timeout_s is not None:
            self._deadline = time.monotonic() + self.timeout_s
        try:
            return job, job.function(self._raw or self.raw()), None
        except sqlite3.OperationalError as error:
            return job, None, self._reason(error)
        except BaseException as error:  # whatever it is belongs to the caller, not to this thread
            return job, None, error
        finally:
            self._deadline = float("inf")
            with self._lock:
                self._current = None

    def _reason(self, error: sqlite3.OperationalError) -> Exception:
        """What stopped a statement, where SQLite only reports that it stopped."""
        reason: Exception | None = self._given_up or (DeadlinePassed() if self._expired else None)
        self._given_up, self._expired = None, False
        if reason is None:
            return error
        reason.__cause__ = error
        return reason

    def raw(self) -> sqlite3.Connection:
        """On the thread: the connection, opened now if it is not."""
        if self._raw is None:
            if self._closed:
                raise ConnectionClosed
            raw = self.opener()
            _watch(raw, weakref.ref(self))
            self._handle.append(raw)
            self._raw = raw
        return self._raw

    @property
    def load(self) -> int:
        """How many jobs are queued or under way."""
        return self._queue.qsize() + (self._current is not None)

    @property
    def is_open(self) -> bool:
        return self._raw is not None

    def is_dropped(self) -> bool:
        """On the thread: whether the job that runs should stop where it can."""
        job = self._current
        return job is not None and job.dropped

    def remaining_s(self) -> float:
        """On the thread: how long the job that runs may still take."""
        return self._deadline - time.monotonic()

    def _is_over(self) -> bool:
        if time.monotonic() > self._deadline:
            self._expired = True
            return True
        return self.is_dropped()

    async def close(self) -> None:
        """Close the connection after what is queued. Idempotent."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._stop.detach()
        self._queue.put(partial(_close_and_tell, self._handle, loop, done))
        self._queue.put(None)
        await done
        self._raw = None


def _watch(raw: sqlite3.Connection, worker: weakref.ref[Worker]) -> None:
    """Have SQLite ask the worker whether to go on; the collector cannot see into a connection, so it holds no worker."""

    def is_over() -> bool:
        found = worker()
        return found is None or found._is_over()

    def remaining_s() -> float:
        found = worker()
        return 0.0 if found is None else found.remaining_s()

    def give_up(reason: Exception) -> None:
        found = worker()
        if found is not None:
            found._given_up = reason

    raw.set_progress_handler(is_over, STEPS_PER_LOOK)
    teach_regex(raw, remaining_s, give_up)


def deliver(outcomes: Outcomes) -> None:
    """On the thread: answer jobs, each on its own loop."""
    if len(outcomes) == 1:
        _post(outcomes[0][0].mailbox, outcomes)
        return
    boxes: dict[Mailbox[Outcomes], list[Outcome]] = {}
    for outcome in outcomes:
        boxes.setdefault(outcome[0].mailbox, []).append(outcome)
    for mailbox, own in boxes.items():
        _post(mailbox, own)


def _post(mailbox: Mailbox[Outcomes], outcomes: Outcomes) -> None:
    if mailbox.post(outcomes):
        return
    # the loop is closed, and with it everybody who waited
    for job, result, error in outcomes:
        if job.undo is not None and error is None:
            job.undo(result)


def _settle(outcomes: Outcomes) -> None:
    for job, result, error in outcomes:
        is_wanted = job.settle(result, error)
        if not is_wanted and job.undo is not None and error is None:
            job.undo(result)
        if job.ended is not None and not job.ended.done():
            job.ended.set_result(None)
        elif not is_wanted:
            # its asker has not yet come to wait for the end: there is nothing left to wait for
            job.started = False


#: one per event loop of the process, whatever the instance; it keeps no loop alive
_mailboxes: Mailboxes[Outcomes] = Mailboxes(_settle)


def _tell(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _close(handle: list[sqlite3.Connection]) -> None:
    while handle:
        handle.pop().close()


def _close_and_tell(
    handle: list[sqlite3.Connection], loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]
) -> None:
    try:
        _close(handle)
    finally:
        try:
            loop.call_soon_threadsafe(_tell, done)
        except RuntimeError:
            # the loop that asked is gone; the connection is closed all the same
            return


def _serve_queue(queue: Queue) -> None:
    """The whole life of the thread: aiosqlite's own loop costs a log record and a wrapper per call."""
    while True:
        function = queue.get()
        if function is None:
            return
        try:
            function()
        except BaseException:
            # what jobs raise is delivered to their askers; anything else must not end the thread they wait for
            log.exception("a connection's thread failed")
        # while the thread sleeps, nothing of the last job may be kept alive
        function = None


def _stop_thread(queue: Queue, handle: list[sqlite3.Connection]) -> None:
    queue.put(lambda: _close(handle))
    queue.put(None)
