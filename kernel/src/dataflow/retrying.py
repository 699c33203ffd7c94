"""A whole transaction done again, where the database says that others were in its way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dataflow.diagnostics import ContentionError, DataFlowError, Edit, Fix, Problem, Solution, Where, error_of

T = TypeVar("T")
OnRetry = Callable[[int, DataFlowError], None]
"""Told of the number of an attempt, from 1, and of its failure, before another one."""

MAX_RETRIES = 10
#: a conflict lasts as long as the other transaction, mostly some milliseconds
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 1.0


def is_conflict(error: BaseException | None) -> bool:
    """Whether the same work may succeed when it is done again: a deadlock, a serialization failure, a lock.

    A pool without a free connection is none: whoever waited for one in vain would only wait again.
    """
    if isinstance(error, DataFlowError) and not isinstance(error, ContentionError):
        return is_conflict(getattr(error, "error", None))
    return isinstance(error, ContentionError) and error.problems[0].where.operation != "connect"


def pause_s(attempt: int) -> float:
    """How long to wait before another attempt, the first one having number 1."""
    # full jitter: transactions that met once would otherwise meet again
    longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
    return random.uniform(0, longest_s)  # noqa: S311


async def pause(attempt: int) -> None:
    """Wait before another attempt."""
    await asyncio.sleep(pause_s(attempt))


def check_retries(retries: object) -> None:
    """Refuse a number of retries that is none, or out of bounds.

    :raises NodeError: DF-N105.
    """
    problems = [_no_number(retries)] if not isinstance(retries, int) else retries_problems(retries)
    if problems:
        raise error_of(problems)


def retries_problems(retries: object) -> list[Problem]:
    """The problem of a number of retries that is out of bounds; what is no number is a matter of types."""
    is_wrong = isinstance(retries, bool) or (isinstance(retries, int) and not 0 <= retries <= MAX_RETRIES)
    return [_no_number(retries)] if is_wrong else []


def _no_number(retries: object) -> Problem:
    return Problem(
        code="DF-N105",
        message=f"'retries' must be 0 to {MAX_RETRIES}, not {retries!r}",
        where=Where(operation="transaction", path=("retries",)),
        context={"given": retries},
        cause="a transaction that meets others more often than that wants another form",
        solutions=(Solution("change rows in one order, or give fewer retries:", "retries=3"),),
        fix=Fix("unsafe", edits=(Edit(("retries",), "replace", "3"),)),
    )


async def again_on_conflict(work: Callable[[], Awaitable[T]], retries: int, tell: OnRetry) -> T:
    """Do something, and up to ``retries`` times again.

    :raises DataFlowError: the last failure.
    """
    for attempt in range(1, retries + 1):
        try:
            return await work()
        except DataFlowError as error:
            if not is_conflict(error):
                raise
            tell(attempt, error)
        await pause(attempt)
    return await work()
