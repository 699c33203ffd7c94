"""How a connection's thread answers an event loop.

``call_soon_threadsafe`` wakes the loop through a socket and makes a handle for each call: 21 microseconds for a hop
there and back on one core. An eventfd that the loop watches, with the answers in a queue beside it, takes 16.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Takes answers from any thread and opens each on its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, open_letter: Callable[[T], None]) -> None:
        self.loop = weakref.ref(loop)
        self._open_letter = open_letter
        self._letters: deque[T] = deque()
        self._bell = _bell(loop, self._collect)

    def post(self, letter: T) -> bool:
        """Send an answer; False when the loop is closed and nobody will read it."""
        loop = self.loop()
        if loop is None or loop.is_closed():
            return False
        if self._bell is None:
            try:
                loop.call_soon_threadsafe(self._open_letter, letter)
            except RuntimeError:
                # closed since it was looked at
                return False
            return True
        self._letters.append(letter)
        os.eventfd_write(self._bell, 1)
        return True

    def _collect(self) -> None:
        assert self._bell is not None
        os.eventfd_read(self._bell)
        letters = self._letters
        try:
            while letters:
                self._open_letter(letters.popleft())
        finally:
            if letters:
                # an asker's turn ended in KeyboardInterrupt or SystemExit; the others still get theirs
                os.eventfd_write(self._bell, 1)


def _bell(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> int | None:
    """An eventfd that the loop watches as long as it lives; None where there is no such thing."""
    if not hasattr(os, "eventfd"):
        return None
    descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    try:
        loop.add_reader(descriptor, ring)
    except NotImplementedError:
        os.close(descriptor)
        return None
    weakref.finalize(loop, os.close, descriptor).atexit = False
    return descriptor


class Mailboxes(Generic[T]):
    """The mailbox of each event loop, made at its first use."""

    def __init__(self, open_letter: Callable[[T], None]) -> None:
        self._open_letter = open_letter
        self._boxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Mailbox[T]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def of(self, loop: asyncio.AbstractEventLoop) -> Mailbox[T]:
        """On the loop's own thread: its mailbox."""
        with self._lock:
            box = self._boxes.get(loop)
            if box is None:
                box = self._boxes[loop] = Mailbox(loop, self._open_letter)
            return box
