"""How a database would carry out a statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs

from dataflow.inspection.report import Grid, Report, table

#: ``scan`` reads a whole table, or a whole index in its order; ``index`` reads the rows that an index leads to
Access = Literal["scan", "index", "other"]


@attrs.frozen(kw_only=True)
class PlanStep:
    """One step of a plan, ``depth`` below the step that uses it; ``text`` is the database's own wording.

    ``rows`` is the database's guess. ``possible`` are indexes that would serve a scan if the table were larger: a small
    table is read faster as a whole. ``remark`` and ``is_unaided``, a scan that no index serves, are the kernel's.
    """

    text: str
    condition: str = ""
    depth: int = 0
    access: Access = "other"
    table: str | None = None
    index: str | None = None
    rows: float | None = None
    possible: tuple[str, ...] = ()
    remark: str = ""
    is_unaided: bool = False

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of its statement."""
        text = "  " * self.depth + "  ".join(filter(None, (self.text, self.condition)))
        rows = "" if self.rows is None else f"~{self.rows:.0f} rows"
        return ("!" if self.is_unaided else " ", text, rows, self.remark)


@attrs.frozen
class StatementPlan:
    """One statement, with the step that gives its answer first."""

    statement: str
    steps: tuple[PlanStep, ...]


@attrs.frozen
class Explanation(Report):
    """What ``db.explain(...)`` gives. ``advice`` are lines for a model that would spare the scans."""

    query: str
    database: str
    statements: tuple[StatementPlan, ...]
    advice: tuple[str, ...] = ()

    @property
    def scans(self) -> tuple[PlanStep, ...]:
        """The steps that read a whole table because no index serves their condition."""
        return tuple(step for one in self.statements for step in one.steps if step.is_unaided)

    @property
    def verdict(self) -> str:
        if not self.statements:
            return "the database is not asked"
        tables = dict.fromkeys(step.table or "a table" for step in self.scans)
        return f"reads every row of {', '.join(tables)}" if tables else "no scan without an index"

    def to_dict(self) -> dict[str, Any]:
        """Everything, and the verdict."""
        return {**super().to_dict(), "verdict": self.verdict}

    def lines(self) -> Iterator[str]:
        yield self._headline
        for one in self.statements:
            yield f"  {_on_one_line(one.statement)}"
            yield from table([step.row() for step in one.steps])
        yield from (f"  advice: {line}" for line in self.advice)

    def grids(self) -> Iterator[Grid]:
        yield Grid(self._headline, (), ())
        for one in self.statements:
            yield Grid(_on_one_line(one.statement), ("", "step", "rows", "remark"), [step.row() for step in one.steps])
        if self.advice:
            yield Grid("advice", ("line",), [(line,) for line in self.advice])

    @property
    def _headline(self) -> str:
        return f"{self.query} on {self.database}: {self.verdict}"


def _on_one_line(statement: str) -> str:
    return " ".join(statement.split())
