"""What a database refuses a migration engine, as the coded error that its adapter makes of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from dataflow.adapters import driver_error
from dataflow.diagnostics import DataFlowError, Where, error_of

P = ParamSpec("P")
T = TypeVar("T")


def explained(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """An asynchronous method of an object that has its instance as ``app``: a driver's exception leaves it coded."""

    @functools.wraps(method)
    async def call(*arguments: P.args, **options: P.kwargs) -> T:
        try:
            return await method(*arguments, **options)
        except DataFlowError:
            raise
        except Exception as error:
            owner: Any = arguments[0]
            problem = owner.app.plugins.explain(error, Where(operation="migrate"))
            if problem is None:
                # of no database: a mistake in code, whose traceback says more
                raise
            raise error_of(problem) from driver_error(error)

    return call
