"""Tables for rich, which asks for them and is therefore there."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflow.inspection.report import Grid


#: cells that say how something stands, and the colour of each
MARKS = {"PASS": "bold green", "WARN": "bold yellow", "FAIL": "bold red"}


def rich_tables(grids: Sequence[Grid]) -> Any:
    """A renderable of all tables, one below the other."""
    # rich comes with the command line and not with the kernel: imported by name, so that it is no dependency
    text, group = importlib.import_module("rich.text").Text, importlib.import_module("rich.console").Group
    return group(*(part for grid in grids for part in (text(grid.title, style="bold"), _table(grid, text))))


def _table(grid: Grid, text: Any) -> Any:
    table = importlib.import_module("rich.table").Table(box=importlib.import_module("rich.box").SIMPLE)
    for column in grid.columns:
        table.add_column(column, overflow="fold")
    for row in grid.rows:
        # as text: a square bracket in a cell is no markup
        table.add_row(*(text(cell, style=MARKS.get(cell, "")) for cell in row))
    return table
