"""Inspections as text and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from dataflow.diagnostics.problem import plain_data


@attrs.frozen
class Report:
    """What every inspection has: ``to_dict()`` for programs, ``str()`` for people."""

    def to_dict(self) -> dict[str, Any]:
        """The inspection as data that JSON can hold."""
        names = [one.name for one in attrs.fields(type(self)) if not one.name.startswith("_")]
        found: dict[str, Any] = plain_data({name: getattr(self, name) for name in names})
        return found

    def lines(self) -> Iterable[str]:
        """The text, line by line."""
        return [repr(self)]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def table(rows: Sequence[Sequence[object]], indent: str = "  ") -> list[str]:
    """Rows as lines, their columns aligned; the last column is as wide as it likes."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)] if texts else []
    return [
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in texts
    ]
