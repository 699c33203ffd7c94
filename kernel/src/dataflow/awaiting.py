"""Calls that have to be awaited: one that is used, or thrown away, without it says so and names its own line."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Coroutine, Generator
from itertools import islice
from types import CodeType
from typing import Any, NoReturn, TypeVar

from dataflow.diagnostics import CallSite, DataFlowWarning, ExecutionError, Problem, Solution, Where, error_of
from dataflow.diagnostics.source import SourceCall

F = TypeVar("F", bound=Callable[..., Any])


class NotAwaited(ExecutionError, TypeError, AttributeError):
    """The error of a call that is used in the place of its answer; what Python itself would raise is a kind of it."""


class Call(Coroutine[Any, Any, Any]):
    """A coroutine that is awaited, scheduled and closed like any, and knows the line that called it.

    This one somebody awaits, or has been told that nobody does. It has no ``__init__``, as ``awaited`` makes one per
    operation: a function of Python's own that is called by a type takes a sixth of the whole call.
    """

    __slots__ = ("__weakref__", "_code", "_lasti", "_owner", "_work")
    _work: Coroutine[Any, Any, Any]
    _owner: object
    _code: CodeType
    _lasti: int

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()

    def send(self, value: Any) -> Any:
        return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __repr__(self) -> str:
        return f"<call of {self._name} at {self._site}, to be awaited>"

    @property
    def _name(self) -> str:
        model = getattr(self._owner, "_model", None)
        return f"{type(self._owner).__name__ if model is None else f'db.{model.name}'}.{getattr(self._work, '__name__', 'call')}"

    @property
    def _site(self) -> CallSite:
        found = next(islice(self._code.co_positions(), self._lasti // 2, None), (None,))
        return CallSite(self._code.co_filename, found[0] or self._code.co_firstlineno, self._code, self._lasti)

    def _problem(self, message: str) -> Problem:
        source = SourceCall.at(self._site)
        written = f"{self._name}(...)" if source is None else source.text
        return Problem(
            code="DF-X110",
            message=message,
            where=Where(operation=self._name.rpartition(".")[2], call=self._site),
            context={"call": self._name},
            cause="the call gives a coroutine, which runs when it is awaited",
            solutions=(
                Solution("await it:", f"await {written}"),
                Solution("or, in code without an event loop:", written.replace("db.", "db.sync.", 1))
                if hasattr(self._owner, "_model")
                else Solution("or, in code without one, ask a LocalRuntime:", "runtime.execute(workflow)"),
            ),
        )

    def _used(self, *_: object) -> NoReturn:
        # it is told of here, and not once more when it is thrown away
        self.close()
        raise NotAwaited.of(
            error_of(self._problem(f"{self._name}() was not awaited: there is no answer to use yet")).problems
        )

    def __getattr__(self, name: str) -> Any:
        # what asks for private names, and for those of coroutines, is a tool
        if name.startswith(("_", "cr_", "gi_", "ag_")):
            return getattr(self._work, name)
        return self._used()

    __getitem__ = __iter__ = __len__ = __bool__ = __contains__ = __lt__ = __le__ = __gt__ = __ge__ = _used
    __add__ = __sub__ = __mul__ = __truediv__ = __radd__ = __enter__ = __exit__ = _used


class UntakenCall(Call):
    """A call that nobody awaits yet; it becomes the other kind, as each object that has a ``__del__`` pays for it."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, Any]:
        self.__class__ = Call  # type: ignore[assignment]  # of the same layout
        return self._work.__await__()

    def send(self, value: Any) -> Any:
        self._taken()
        return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        self._taken()
        return self._work.throw(*error)

    def close(self) -> None:
        self._taken()
        self._work.close()

    def _taken(self) -> None:
        self.__class__ = Call  # type: ignore[assignment]  # of the same layout

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self._work.close()
            problem = self._problem(f"{self._name}() was never awaited, so nothing was done")
            warnings.warn_explicit(DataFlowWarning(problem), None, self._code.co_filename, self._site.line)


def awaited(method: F) -> F:
    """An asynchronous method whose calls are told of when nobody awaits them."""

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Call:
        # arguments that it does not take are refused here
        work = method(self, *arguments, **options)
        frame = sys._getframe(1)
        made = UntakenCall.__new__(UntakenCall)
        made._work, made._owner, made._code, made._lasti = work, self, frame.f_code, frame.f_lasti
        return made

    return call  # type: ignore[return-value]  # a Call is a coroutine
