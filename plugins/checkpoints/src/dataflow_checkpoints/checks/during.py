"""Between steps: whether the next one may begin."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from dataflow_checkpoints.check import Check, Surroundings, Verdict, failed, passed, skipped
from dataflow_checkpoints.servers import lag_s, lock_waits

#: how long replicas and locks are waited for between two steps, and how often they are asked about
PATIENCE_S, ASKED_EVERY_S = 60.0, 0.5


async def in_time(about: Surroundings) -> Verdict:
    limit = about.limits.deadline_s
    began = about.notes.setdefault("began", time.monotonic())
    took = time.monotonic() - began
    if limit is None:
        return skipped("no deadline is set")
    return (
        passed(took_s=took)
        if took <= limit
        else failed(f"{took:.1f} s have passed; the deadline is {limit:g} s", took_s=took)
    )


async def replicas_keep_up(about: Surroundings) -> Verdict:
    """Waits for them a while."""
    limit = about.limits.max_lag_s
    lag = await lag_s(about.session)
    if limit is None or lag is None:
        return skipped("there is no replica, or nobody may see it")
    lag = await _settled(lambda: lag_s(about.session), limit)
    if lag <= limit:
        return passed(lag_s=lag)
    return failed(f"a replica is {lag:.1f} s behind after {PATIENCE_S:g} s; {limit:g} s are allowed", lag_s=lag)


async def few_wait(about: Surroundings) -> Verdict:
    """Waits a while until fewer sessions wait for locks."""
    limit = about.limits.max_lock_waits
    if limit is None:
        return skipped("no limit is set")
    if await lock_waits(about.session) is None:
        return skipped("nobody here can tell who waits for a lock")
    waits = await _settled(lambda: lock_waits(about.session), limit)
    if waits <= limit:
        return passed(waits=waits)
    return failed(f"{waits:g} sessions wait for locks after {PATIENCE_S:g} s; {limit} are allowed", waits=waits)


async def _settled(ask: Callable[[], Awaitable[float | None]], limit: float) -> float:
    """What is measured once it is within a limit, or at the end of patience; what cannot be measured any more is nothing."""
    until = time.monotonic() + PATIENCE_S
    while (found := await ask()) is not None and found > limit and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(ASKED_EVERY_S)  # a server tells nobody of it
    return found or 0.0


DURING = (
    Check("VC202", "during", "replicas keep up", replicas_keep_up),
    Check("VC204", "during", "few sessions wait for locks", few_wait),
    Check("VC203", "during", "the deadline has not passed", in_time),
)
