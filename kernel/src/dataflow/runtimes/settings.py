"""What a run is asked for besides its workflow and inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest, error_of
from dataflow.operations.service import raised
from dataflow.runtimes.events import Event

SETTINGS = ("inputs", "on_event")


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


def unknown_setting(name: str) -> Problem:
    """DF-X109 for a keyword that a run does not have."""
    meant = "inputs" if name in ("parameters", "params", "input", "data") else (closest(name, SETTINGS) or [""])[0]
    return Problem(
        code="DF-X109",
        message=f"a run has no setting '{name}'" + (f"; did you mean '{meant}'?" if meant else ""),
        where=Where(operation="execute"),
        context={"given": name, "settings": ", ".join(SETTINGS)},
        cause="a setting that nobody reads would be ignored in silence; parameters of nodes are given to add_node",
        solutions=(
            Solution("values for the workflow's inputs:", 'runtime.execute(workflow, inputs={"name": ...})'),
            Solution("parameters of one node:", 'workflow.add_node("UserReadNode", "read", {"id": ...})'),
        ),
    )


def _wrong(name: str, given: object, expected: str, example: str) -> Problem:
    return Problem(
        code="DF-X109",
        message=f"'{name}' must be {expected}, not {given!r}",
        where=Where(operation="execute"),
        context={name: given, "expected": expected},
        cause="a setting that cannot be followed would be ignored in silence",
        solutions=(Solution("write it as:", f"{name}={example}"),),
        fix=Fix("placeholder", edits=(Edit((name,), "replace", example),)),
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
