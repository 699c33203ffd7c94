"""``ProgressPlugin``: listens to the progress of steps where a terminal is there to show it, and to nothing elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import attrs

from dataflow.config.options import Config
from dataflow.diagnostics import Problem
from dataflow.plugins.hookspecs import hookimpl
from dataflow.runtimes.events import Area, Event
from dataflow_progress.bars import Bars


@attrs.define(eq=False)
class ProgressPlugin:
    """Draws on stderr; without a terminal there it does not ask for events, so that none is made."""

    delay_s: float = attrs.field(
        default=0.5,
        validator=attrs.validators.ge(0),
        metadata={"description": "How long a step has run before its bar appears."},
    )
    transient: bool = attrs.field(
        default=True, metadata={"description": "Take the bars away when the last of their steps has ended."}
    )
    _bars: Bars | None = attrs.field(default=None, init=False, repr=False)

    @property
    def wants_events(self) -> frozenset[Area]:
        """Read by the kernel after ``dataflow_check_config``."""
        return frozenset() if self._bars is None else frozenset({"progress"})

    @hookimpl
    def dataflow_check_config(self, config: Config) -> Sequence[Problem]:
        self._bars = Bars(self.delay_s, self.transient) if _has_terminal() else None
        return ()

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        if self._bars is None:
            return
        key = (event.run_id, event.node_id)
        if event.name == "end":
            self._bars.end(key)
        else:
            self._bars.advance(key, str(event.node_id), event.details["done"], event.details["total"])


def _has_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
