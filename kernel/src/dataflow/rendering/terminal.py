"""An error in a terminal: the plain text with colour and symbols, where the terminal can show them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from dataflow.diagnostics import Problem
from dataflow.diagnostics.layout import Line, LineKind, laid_out
from dataflow.diagnostics.plain import plain_text

_STYLES: dict[LineKind, str] = {
    "count": "bold",
    "group": "bold underline",
    "headline": "bold red",
    "place": "cyan",
    "caret": "bold red",
    "section": "bold",
    "page": "dim",
}
_SYMBOLS: dict[LineKind, tuple[str, str]] = {
    "headline": ("error[", "✖ error["),
    "source": (" | ", " │ "),
    "caret": (" | ", " │ "),
    "place": ("-->", "──▶"),
}


def terminal_text(problems: Sequence[Problem], stream: TextIO | None = None) -> str:
    """The text as a stream can show it, ``sys.stderr`` when absent: plain for a file, a pipe or a dumb terminal."""
    console = _console(sys.stderr if stream is None else stream)
    if console is None or not console.is_terminal or console.is_dumb_terminal:
        return plain_text(problems)
    symbols = _shows_symbols(console.encoding)
    lines = [_drawn(line) if symbols else line for line in laid_out(problems)]
    if console.no_color:
        return "\n".join(line.text for line in lines)
    with console.capture() as captured:
        for line in lines:
            console.print(
                line.text, style=_STYLES.get(line.kind), markup=False, highlight=False, emoji=False, soft_wrap=True
            )
    return str(captured.get()).rstrip("\n")


def _console(stream: TextIO) -> Any:
    # rich comes with the command line and not with the kernel: imported by name, so that it is no dependency
    try:
        return importlib.import_module("rich.console").Console(file=stream)
    except ImportError:
        return None


def _shows_symbols(encoding: str) -> bool:
    try:
        "".join(drawn for _, drawn in _SYMBOLS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _drawn(line: Line) -> Line:
    plain, drawn = _SYMBOLS.get(line.kind, ("", ""))
    return Line(line.kind, line.text.replace(plain, drawn, 1)) if plain else line
