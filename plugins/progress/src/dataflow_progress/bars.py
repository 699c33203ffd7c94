"""The bars of one instance: one display while any step that has lasted is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@attrs.define(eq=False)
class Bars:
    """``key`` is a step of a run; runs of several runtimes tell from threads of their own."""

    delay_s: float
    transient: bool
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _since: dict[Hashable, float] = attrs.field(factory=dict, init=False)
    _shown: dict[Hashable, TaskID] = attrs.field(factory=dict, init=False)
    _display: Progress | None = attrs.field(default=None, init=False)

    def advance(self, key: Hashable, label: str, done: int, total: int) -> None:
        """Move a bar; it appears once its step has run for ``delay_s`` and is not yet done."""
        with self._lock:
            since = self._since.setdefault(key, time.monotonic())
            if key not in self._shown:
                if done >= total or time.monotonic() - since < self.delay_s:
                    return
                self._shown[key] = self._displayed().add_task(label, total=total)
            self._displayed().update(self._shown[key], completed=done)

    def end(self, key: Hashable) -> None:
        """Forget a step; with the last one the display ends, and the cursor is back."""
        with self._lock:
            self._since.pop(key, None)
            self._shown.pop(key, None)
            if not self._shown and self._display is not None:
                self._display.stop()
                self._display = None

    def _displayed(self) -> Progress:
        if self._display is None:
            # only a bar that appears pays for the import
            from rich.console import Console
            from rich.progress import Progress

            self._display = Progress(console=Console(stderr=True), transient=self.transient)
            self._display.start()
        return self._display
