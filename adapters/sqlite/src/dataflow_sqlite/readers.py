"""The connections that only read a file: several, so that reads run beside one another and beside a write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import attrs

from dataflow_sql.gate import Gate
from dataflow_sqlite.worker import ConnectionClosed, Worker


@attrs.define(eq=False)
class Readers:
    """Up to ``size`` connections, opened when those that are open are busy; as many again for read-only scopes.

    A single read takes the connection with the shortest queue; a scope has one to itself.
    """

    make: Callable[[], Worker]
    size: int
    shared: list[Worker] = attrs.field(factory=list)
    scopes: Gate = attrs.field(init=False)
    _idle: list[Worker] = attrs.field(factory=list)
    _lent: set[Worker] = attrs.field(factory=set)
    _closed: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        self.scopes = Gate(self.size)

    def pick(self) -> Worker:
        """A connection for one read."""
        shared = self.shared
        if len(shared) == 1 and not shared[0].load:
            return shared[0]
        with self._lock:
            if self._closed:
                raise ConnectionClosed
            best = min(shared, key=lambda worker: worker.load, default=None)
            if best is None or (best.load and len(shared) < self.size):
                best = self.make()
                shared.append(best)
            return best

    async def lend(self, timeout_s: float) -> Worker:
        """A connection for a scope, to be given back.

        :raises TimeoutError: when ``size`` scopes stay open for so long.
        """
        await self.scopes.enter(timeout_s)
        with self._lock:
            if self._closed:
                self.scopes.leave()
                raise ConnectionClosed
            worker = self._idle.pop() if self._idle else self.make()
            self._lent.add(worker)
            return worker

    def give_back(self, worker: Worker) -> None:
        with self._lock:
            self._lent.discard(worker)
            if not self._closed:
                self._idle.append(worker)
        self.scopes.leave()

    def close(self) -> Iterable[Worker]:
        """Lend no more; the connections to close."""
        with self._lock:
            self._closed = True
            found = [*self.shared, *self._idle, *self._lent]
            self.shared, self._idle = [], []
            return found
