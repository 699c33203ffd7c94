"""Where the lines go: to ``sys.stderr``, through a logger that shares nothing with the application's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Write = Callable[[str, str], None]
"""Takes the area and the text of a line."""

_FORMAT = "<cyan>{extra[area]:<17}</cyan> {message}"


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


def private_output(colour: bool | None) -> Write:
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
    # diagnose prints the values of a traceback's variables, passwords among them
    logger.add(CurrentStderr(), level=0, format=_FORMAT, colorize=colour, diagnose=False, backtrace=False)

    def write(area: str, text: str) -> None:
        logger.bind(area=f"[DataFlow:{area}]").debug("{}", text)

    return write
