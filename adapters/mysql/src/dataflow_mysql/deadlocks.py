"""Work that was chosen to end a deadlock, done again where no transaction of the caller's is lost with it.

InnoDB locks the gaps beside a key that it inserts, so that two upserts of different rows can wait for each other, which
no other database of ours knows. The server has undone the whole of the one that it chose.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dataflow.adapters import driver_error
from dataflow.operations.operation import Operation
from dataflow_mysql.errors import number_of

T = TypeVar("T")
_DEADLOCK = 1213
_TRIES = 10
_PAUSE_S = 0.002


async def retried(operation: Operation, work: Callable[[], Awaitable[T]]) -> T:
    for turn in range(_TRIES - 1):
        try:
            return await work()
        except Exception as error:
            found = driver_error(error)
            if operation.transaction is not None or number_of(getattr(found, "error", found)) != _DEADLOCK:
                raise
        # those that met once do not meet again
        await asyncio.sleep(random.random() * _PAUSE_S * 2**turn)  # noqa: S311
    return await work()
