"""Where the lines go: to ``sys.stderr`` or a file, through a logger that shares nothing with the application's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

Write = Callable[[str, str], None]
"""Takes the area and the text of a line."""

_TEXT = "<cyan>{extra[area]:<17}</cyan> {message}"
_BARE = "{message}"


class CurrentStderr:
    """What ``sys.stderr`` is at the moment of writing: a stream kept from the start may be closed or replaced."""

    def write(self, text: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write(text)

    def flush(self) -> None:
        if sys.stderr is not None:
            sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr is not None and sys.stderr.isatty()


@attrs.frozen
class AppendedFile:
    """A file that is open only while a line is written: it may be moved away, and other processes write to it too."""

    path: Path

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


def unwritable(path: Path) -> str | None:
    """What is expected of a path where nothing can be appended to a file; makes the file."""
    try:
        AppendedFile(path).write("")
    except OSError as error:
        return f"a file that can be written to, and this one gives {type(error).__name__}"
    return None


def private_output(file: Path | None, colour: bool | None, *, as_json: bool) -> Write:
    """A function that prints one line.

    loguru's ``logger`` is one for the process: a handler added to it would get the application's lines, and the
    application's handlers would get these. So this makes a logger of its own, as loguru makes its one.
    """
    # only debug output pays for the import
    from loguru import _logger

    made: Any = _logger
    logger = made.Logger(
        core=made.Core(),
        exception=None,
        depth=0,
        record=False,
        lazy=False,
        colors=False,
        raw=False,
        capture=True,
        patchers=[],
        extra={},
    )
    logger.add(
        CurrentStderr() if file is None else AppendedFile(file),
        level=0,
        format=_BARE if as_json else _TEXT,
        colorize=False if as_json else colour,
        # it prints the values of a traceback's variables, passwords among them
        diagnose=False,
        backtrace=False,
        # loguru would print what it cannot write to stderr; the kernel logs it once
        catch=False,
    )

    def write(area: str, text: str) -> None:
        logger.bind(area=f"[DataFlow:{area}]").debug("{}", text)

    return write
