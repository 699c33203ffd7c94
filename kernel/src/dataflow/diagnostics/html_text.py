"""An error as HTML for notebooks: one element that brings its own style and loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics.layout import Line, LineKind, laid_out
from dataflow.diagnostics.problem import Problem

_BOX = "padding:0.6em 1em;border-left:3px solid #c62828;overflow-x:auto;white-space:pre;line-height:1.4"
_STYLES: dict[LineKind, str] = {
    "count": "font-weight:bold",
    "group": "font-weight:bold;text-decoration:underline",
    "headline": "font-weight:bold;color:#c62828",
    "place": "opacity:0.7",
    "caret": "color:#c62828",
    "section": "font-weight:bold",
    "page": "opacity:0.7",
}


def html_text(problems: Sequence[Problem]) -> str:
    """The laid out error in one ``pre`` element; everything in it is escaped."""
    body = "\n".join(map(_marked, laid_out(problems)))
    return f'<pre class="dataflow-error" style="{_BOX}">{body}</pre>'


def _marked(line: Line) -> str:
    # seldom needed, and not by every import of the framework
    from html import escape

    style = _STYLES.get(line.kind)
    text = escape(line.text)
    return text if style is None or not text else f'<span style="{style}">{text}</span>'
