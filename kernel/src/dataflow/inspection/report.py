"""Inspections as text, as data, as tables in a terminal and as HTML in a notebook.

How tables look is imported when somebody looks: an instance is made without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from dataflow.diagnostics.problem import plain_data


def _texts(rows: Iterable[Sequence[object]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(str, row)) for row in rows)


@attrs.frozen
class Grid:
    """A title, the names of the columns, and rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_texts)


@attrs.frozen
class Report:
    """What every inspection has: ``to_dict()`` for programs, ``str()`` for people, tables for rich and for notebooks."""

    def to_dict(self) -> dict[str, Any]:
        """The inspection as data that JSON can hold."""
        names = [one.name for one in attrs.fields(type(self)) if not one.name.startswith("_")]
        found: dict[str, Any] = plain_data({name: getattr(self, name) for name in names})
        return found

    def lines(self) -> Iterable[str]:
        """The text, line by line."""
        return [line for grid in self.grids() for line in (grid.title, *table(grid.rows))]

    def grids(self) -> Iterable[Grid]:
        """The same as tables: by default one, of names and values."""
        shown = [one.name for one in attrs.fields(type(self)) if one.repr]
        return [Grid(type(self).__name__, ("", ""), [(name, str(getattr(self, name))) for name in shown])]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __rich__(self) -> Any:
        """What ``rich.print(report)`` shows."""
        from dataflow.inspection.rich_tables import rich_tables

        return rich_tables(tuple(self.grids()))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from dataflow.inspection.html_tables import html_tables

        return html_tables(tuple(self.grids()))


def table(rows: Iterable[Sequence[object]], indent: str = "  ") -> list[str]:
    """Rows as lines, their columns aligned; the last column is as wide as it likes."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)] if texts else []
    return [
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in texts
    ]
