"""Connections that are waited for: many processes that start at once have more than a server takes, each for a moment."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from dataflow.adapters import StatementFailed
from dataflow.app import DataFlow
from dataflow.diagnostics import Where
from dataflow.migrations import MigratableAdapter, Session

T = TypeVar("T")
#: the server has as many connections as it takes
CROWDED = "DF-A124"
PAUSE_S = 0.2


async def patiently(app: DataFlow, patience_s: float, work: Callable[[], Awaitable[T]]) -> T:
    """Do something again and again while the server takes no more connections, up to a time."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return await work()
        except StatementFailed as error:
            problem = app.plugins.explain(error, Where(operation="migrate"))
            if problem is None or problem.code != CROWDED or time.monotonic() > until:
                raise
        await asyncio.sleep(PAUSE_S * random.uniform(0.5, 1.5))  # noqa: S311  # so that not all come back at once


@asynccontextmanager
async def patient_session(
    app: DataFlow, adapter: MigratableAdapter, holder: str, patience_s: float
) -> AsyncIterator[Session]:
    """A session of the adapter, waited for while the server is crowded."""
    async with AsyncExitStack() as stack:
        yield await patiently(app, patience_s, lambda: stack.enter_async_context(adapter.session(holder)))
