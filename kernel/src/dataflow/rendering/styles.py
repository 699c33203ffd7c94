"""The styles in which problems are shown, by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TextIO

from dataflow.diagnostics import DataFlowError, Problem
from dataflow.diagnostics.html_text import html_text
from dataflow.diagnostics.plain import plain_text
from dataflow.rendering.json_text import json_text
from dataflow.rendering.llm import llm_text
from dataflow.rendering.terminal import terminal_text

Style = Literal["plain", "terminal", "json", "html", "llm"]

_RENDERERS: Mapping[Style, Callable[[Sequence[Problem]], str]] = {
    "plain": plain_text,
    "terminal": terminal_text,
    "json": json_text,
    "html": html_text,
    "llm": llm_text,
}


def render(problems: Sequence[Problem], style: Style) -> str:
    """The text of problems in a style; that of "terminal" is for what ``sys.stderr`` can show."""
    return _RENDERERS[style](problems)


def show(error: DataFlowError, style: Style | None = None, stream: TextIO | None = None) -> None:
    """Write an error to a stream, ``sys.stderr`` when absent; without a style, as well as the stream can show it."""
    out = sys.stderr if stream is None else stream
    if out is None:
        # a process may be started without a stderr
        return
    text = terminal_text(error.problems, out) if style in (None, "terminal") else render(error.problems, style)
    out.write(f"{text}\n")
