"""Tables for notebooks: elements that bring their own style and load nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow.inspection.report import Grid


_CELL = "text-align:left;vertical-align:top;padding:0.2em 0.8em 0.2em 0;white-space:pre-wrap"
_MARKS = {"PASS": "#2e7d32", "WARN": "#b26a00", "FAIL": "#c62828"}


def html_tables(grids: Sequence[Grid]) -> str:
    """All tables in one ``div``; everything in them is escaped."""
    return f'<div class="dataflow-report">{"".join(map(_table, grids))}</div>'


def _table(grid: Grid) -> str:
    # seldom needed, and not by every import of the framework
    from html import escape

    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in grid.columns)
    rows = "".join(f"<tr>{''.join(_cell(escape(cell), cell) for cell in row)}</tr>" for row in grid.rows)
    caption = f'<caption style="text-align:left;font-weight:bold;white-space:pre-wrap">{escape(grid.title)}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(escaped: str, cell: str) -> str:
    colour = _MARKS.get(cell)
    return f'<td style="{_CELL}{f";color:{colour};font-weight:bold" if colour else ""}">{escaped}</td>'
