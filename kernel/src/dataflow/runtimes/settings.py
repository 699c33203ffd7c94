"""What a run is asked for besides its workflow and inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.operations.service import raised
from dataflow.runtimes.events import Event


def check_concurrency(runtime: object, attribute: Any, value: object) -> None:
    """Refuse what is no number of nodes; ``None`` too, as 0 says "no bound".

    :raises ExecutionError: DF-X109.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        name = type(runtime).__name__
        raise error_of(_wrong("max_concurrency", value, f"a number of nodes, or 0 for no bound ({name})", "8"))


def told_by(on_event: Any) -> Callable[[Event], None]:
    """The observer of a run: an exception of it is its own and not the node's.

    :raises ExecutionError: DF-X109 for what cannot be called, or would have to be awaited.
    """
    if not callable(on_event) or inspect.iscoroutinefunction(on_event):
        raise error_of(_wrong("on_event", on_event, "a plain function of one event", "lambda event: print(event.name)"))

    def tell(event: Event) -> None:
        try:
            on_event(event)
        except Exception as error:
            raise error_of(_failed(error)) from error

    return tell


def _wrong(name: str, given: object, expected: str, example: str) -> Problem:
    return Problem(
        code="DF-X109",
        message=f"'{name}' must be {expected}, not {given!r}",
        where=Where(operation="execute"),
        context={name: given, "expected": expected},
        cause="a setting that cannot be followed would be ignored in silence",
        solutions=(Solution("write it as:", f"{name}={example}"),),
    )


def _failed(error: Exception) -> Problem:
    return Problem(
        code="DF-X101",
        message=f"'on_event' raised {raised(error)}",
        where=Where(),
        context={"exception": type(error).__name__},
        cause="the exception came from the function that was to be told of the run; the traceback shows where",
        solutions=(Solution("catch in it what shall not end the run"),),
    )
