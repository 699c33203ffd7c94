"""``db.debug``: which events a plugin prints, chosen by words while the instance works."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import attrs

from dataflow.config.problems import INSTALL
from dataflow.diagnostics import Problem, Solution, Where, closest, error_of
from dataflow.plugins.discovery import installed_names
from dataflow.runtimes.areas import AREAS, areas_of, chosen_areas, unknown_area, words_of
from dataflow.runtimes.events import Area

if TYPE_CHECKING:
    from dataflow.plugins.registry import PluginSet

Level = Literal["debug", "warning", "error"]
"""From everything over what is out of the ordinary (rolled back, tried again) to failures alone."""

LEVELS: tuple[Level, ...] = get_args(Level)


@attrs.frozen
class Choice:
    """What is printed: nothing when ``areas`` is empty."""

    areas: frozenset[Area] = frozenset()
    level: Level = "debug"


@runtime_checkable
class DebugOutput(Protocol):
    """What a plugin gives that prints events. Its ``wants_events`` must follow the choice."""

    @property
    def choice(self) -> Choice: ...
    def choose(self, choice: Choice) -> None: ...


@attrs.define(eq=False)
class Debugging:
    """The choices of one instance: the one that holds for good, and those of the blocks that are open. Thread-safe.

    Blocks of several tasks may end in any order: the latest that is still open counts.
    """

    _plugins: PluginSet
    _output: DebugOutput | None = None
    _lasting: Choice = attrs.field(factory=Choice)
    _open: list[DebugBlock] = attrs.field(factory=list)
    _lock: threading.RLock = attrs.field(factory=threading.RLock)

    def __call__(self, words: tuple[Any, ...], level: Level | None) -> DebugBlock:
        """Choose, at once and for good, unless the block that is given is entered.

        :raises ConfigError: DF-C102 for a word that is no area, or no level.
        :raises PluginError: DF-P115 when no plugin prints.
        """
        areas = _checked_areas(words)
        if level is not None and level not in LEVELS:
            raise error_of(_wrong("level", level, LEVELS))
        with self._lock:
            output = self._found()
            block = DebugBlock(self, Choice(areas, level or output.choice.level), self._lasting)
            self._lasting = block.choice
            self._choose(output, block.choice)
            return block

    def enter(self, block: DebugBlock) -> None:
        """Let the choice of a block hold until it ends."""
        with self._lock:
            self._lasting = block.before
            self._open.append(block)
            self._choose(self._found(), block.choice)

    def leave(self, block: DebugBlock) -> None:
        """Go back to the choice of the block that was entered last and is still open, or to the one that lasts."""
        with self._lock:
            self._open.remove(block)
            self._choose(self._found(), self._open[-1].choice if self._open else self._lasting)

    def _choose(self, output: DebugOutput, choice: Choice) -> None:
        output.choose(choice)
        self._plugins.find_observers()

    def _found(self) -> DebugOutput:
        if self._output is None:
            self._output = self._plugins.debug_output()
            if self._output is None:
                raise error_of(_nobody_prints())
            self._lasting = self._output.choice
        return self._output


@attrs.frozen(eq=False)
class DebugBlock(AbstractContextManager["DebugBlock"]):
    """What ``db.debug(...)`` gives: ``with`` it, the choice holds for the block and for whatever else runs meanwhile."""

    _debugging: Debugging
    choice: Choice
    before: Choice

    def __enter__(self) -> DebugBlock:
        self._debugging.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._debugging.leave(self)


def _checked_areas(words: tuple[Any, ...]) -> frozenset[Area]:
    if words in ((False,), (True,), ()):
        return chosen_areas(words != (False,))
    if not all(isinstance(word, str) for word in words):
        wrong = next(word for word in words if not isinstance(word, str))
        raise error_of(_wrong("area", wrong, AREAS))
    parted = [one for word in words for one in words_of(word)]
    unknown = unknown_area(parted)
    if unknown is not None or not parted:
        raise error_of(_wrong("area", unknown or "", AREAS))
    return areas_of(parted)


def _wrong(what: str, given: object, known: Iterable[str]) -> Problem:
    listed = ", ".join(f"'{one}'" for one in known)
    near = closest(str(given), known)[:1]
    call = "db.debug(level=...)" if what == "level" else "db.debug(...)"
    example = 'db.debug(level="{}")' if what == "level" else 'db.debug("{}")'
    return Problem(
        code="DF-C102",
        message=f"wrong {what} for {call}: expected one of {listed}",
        where=Where(operation="configuration"),
        context={"given": given},
        cause="debug output is chosen by the words of its lines",
        solutions=(
            *(Solution(f"did you mean '{one}'?", example.format(one)) for one in near),
            Solution("print everything:", "db.debug()"),
            Solution("or nothing:", "db.debug(False)"),
        ),
    )


def _nobody_prints() -> Problem:
    ways = [Solution("name it among the plugins:", 'DataFlow(plugins=["trace"])')]
    if "trace" not in installed_names():
        ways = [
            Solution("install it:", INSTALL.format("trace")),
            attrs.evolve(ways[0], text="and name it, where the profile does not:"),
        ]
    return Problem(
        code="DF-P115",
        message="db.debug() has nobody to print: the plugin 'trace' is not loaded",
        where=Where(operation="plugins"),
        cause="the kernel tells of what happens, and a plugin prints it",
        solutions=tuple(ways),
    )
