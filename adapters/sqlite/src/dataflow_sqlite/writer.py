"""The one connection that writes: waiting writes are committed together, a transaction scope has it alone.

A commit is most of a small write's cost. All writes that wait while one is under way are run in a single
transaction, each answered after the commit; one that fails is undone alone, because SQLite undoes a
failed statement by itself.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import attrs

from dataflow_sqlite.worker import ConnectionClosed, Function, Job, Outcome, Worker, deliver

MAX_TOGETHER = 500


class Form(Enum):
    """How a job meets the transaction it runs in."""

    #: one statement, which undoes itself when it fails; may share a transaction, or have none
    STATEMENT = "statement"
    #: several statements that need a transaction around them and change nothing when one fails
    TOGETHER = "together"
    #: a transaction of its own
    ALONE = "alone"
    #: opens a scope, which has the connection until it ends
    SCOPE = "scope"


# an enum's member is looked up in its class each time; these are compared per write
_STATEMENT, _TOGETHER, _ALONE, _SCOPE = Form.STATEMENT, Form.TOGETHER, Form.ALONE, Form.SCOPE


@attrs.define(eq=False)
class Writer:
    """``together`` is false for a database in memory, where a commit costs nothing."""

    worker: Worker
    busy_timeout_s: float
    together: bool
    holder: str | None = None
    held_since: float = 0.0
    scopes_waiting: int = 0
    _queue: deque[tuple[Job, Form]] = attrs.field(factory=deque)
    _busy: bool = False
    #: from the begin of a batch until it is answered
    _at_work: bool = False
    _closed: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def is_crowded(self) -> bool:
        """Whether a new write may have to wait for a scope to end, which may be for ever."""
        return self.holder is not None or self.scopes_waiting > 0

    @property
    def is_active(self) -> bool:
        """Whether the connection is at work or kept by a scope; waiting for another process is work too."""
        return self._at_work or self.holder is not None

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def submit(self, function: Function, form: Form) -> Job:
        """Queue a write. Wait for it with ``worker.wait``."""
        job = self.worker.job(function)
        with self._lock:
            if self._closed:
                raise ConnectionClosed
            self._queue.append((job, form))
            if form is _SCOPE:
                self.scopes_waiting += 1
            if self._busy or self.holder is not None:
                return job
            self._busy = True
        self.worker.put(self._drain)
        return job

    def hold(self, name: str) -> None:
        """On the thread, from a scope's job: keep the connection until ``release``."""
        with self._lock:
            self.holder, self.held_since = name, time.monotonic()

    def release(self) -> None:
        """On the thread: the scope has ended; go on with what waits."""
        with self._lock:
            self.holder = None
            if self._busy or not self._queue:
                return
            self._busy = True
        # queued behind the scope's own answer
        self.worker.put(self._drain)

    def close(self) -> None:
        """Refuse new writes, and answer those that wait for a scope that will not end."""
        with self._lock:
            self._closed = True
            left = [] if self.holder is None else list(self._queue)
            if left:
                self._queue.clear()
        deliver([(job, None, ConnectionClosed()) for job, _ in left])

    def _drain(self) -> None:
        with self._lock:
            batch = self._next()
        while batch:
            self._at_work = True
            try:
                outcomes = self._run(batch)
            finally:
                self._at_work = False
            # the answer wakes the asker's thread, which waits while this one computes: so it comes last
            with self._lock:
                batch = self._next()
            deliver(outcomes)

    def _next(self) -> list[tuple[Job, Form]]:
        """The next batch; when there is none, or a scope has the connection, the writer rests."""
        batch = [] if self.holder is not None or not self._queue else self._take()
        if not batch:
            self._busy = False
        return batch

    def _take(self) -> list[tuple[Job, Form]]:
        """The next jobs that may share a transaction."""
        batch: list[tuple[Job, Form]] = []
        queue = self._queue
        while queue and len(batch) < MAX_TOGETHER:
            job, form = queue[0]
            shares = self.together and (form is _STATEMENT or form is _TOGETHER)
            if batch and not shares and not job.dropped:
                break
            queue.popleft()
            if form is _SCOPE:
                self.scopes_waiting -= 1
            if job.dropped:
                continue
            batch.append((job, form))
            if not shares:
                break
        return batch

    def _run(self, batch: Sequence[tuple[Job, Form]]) -> list[Outcome]:
        if len(batch) > 1:
            return self._run_together([job for job, _ in batch])
        job, form = batch[0]
        own = job.function
        if form is _TOGETHER or form is _ALONE:
            job.function = lambda raw: self._in_transaction(raw, own)
        outcome = self.worker.perform(job)
        if outcome is None:
            return []
        if outcome[2] is not None and form is _STATEMENT and is_busy(outcome[2]):
            job.function = lambda raw: self.patiently(lambda: own(raw))
            outcome = self.worker.perform(job)
        return [] if outcome is None else [outcome]

    def _run_together(self, jobs: Sequence[Job]) -> list[Outcome]:
        raw = self.worker.raw()
        try:
            self.begin(raw)
        except sqlite3.Error as error:
            return [(job, None, error) for job in jobs]
        outcomes: list[Outcome] = []
        for job in jobs:
            outcome = self.worker.perform(job)
            if outcome is not None:
                outcomes.append(outcome)
            if not raw.in_transaction:
                return self._run_alone(outcomes, jobs[jobs.index(job) + 1 :])
        try:
            raw.execute("COMMIT")
        except sqlite3.Error:
            roll_back(raw)
            return self._run_alone(outcomes, ())
        return outcomes

    def _run_alone(self, outcomes: Sequence[Outcome], rest: Sequence[Job]) -> list[Outcome]:
        """SQLite undid the whole transaction (disk full, an interrupt): all but what failed is done again, one by one."""
        settled = [outcome for outcome in outcomes if outcome[2] is not None]
        again = [job for job, _, error in outcomes if error is None]
        for job in (*again, *rest):
            job.started = False
            settled += self._run([(job, Form.TOGETHER)])
        return settled

    def _in_transaction(self, raw: sqlite3.Connection, function: Function) -> Any:
        self.begin(raw)
        try:
            result = function(raw)
            raw.execute("COMMIT")
        except BaseException:
            roll_back(raw)
            raise
        return result

    def begin(self, raw: sqlite3.Connection) -> None:
        """On the thread: take the database's write lock."""
        self.patiently(lambda: raw.execute("BEGIN IMMEDIATE"))

    def patiently(self, statement: Callable[[], Any]) -> Any:
        """On the thread: try while another process holds the lock.

        SQLite's own busy handler cannot be cancelled, so it is only given moments at a time.
        """
        until = time.monotonic() + self.busy_timeout_s
        while True:
            try:
                return statement()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > until or self.worker.is_dropped():
                    raise


def is_busy(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def roll_back(raw: sqlite3.Connection) -> None:
    """Undo what is open; SQLite has already done it after some errors."""
    if raw.in_transaction:
        raw.execute("ROLLBACK")
