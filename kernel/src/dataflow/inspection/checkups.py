"""What a diagnosis is made of: checkups that kernel and plugins give, and what each of them found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Literal

import attrs

from dataflow.diagnostics import Problem, error_of
from dataflow.inspection.report import Grid, Report

Status = Literal["PASS", "WARN", "FAIL"]
Area = Literal["environment", "plugins", "configuration", "database", "server", "pool", "schema", "application"]
#: from harmless to bad
STATUSES: tuple[Status, ...] = ("PASS", "WARN", "FAIL")


@attrs.frozen
class Finding(Report):
    """One line of a diagnosis. ``problem`` has the code and the cures of what does not pass."""

    status: Status
    text: str
    problem: Problem | None = None
    area: Area = "application"

    @property
    def code(self) -> str:
        return "" if self.problem is None else self.problem.code

    @property
    def cures(self) -> tuple[str, ...]:
        """The ways out, each on one line."""
        ways = () if self.problem is None else self.problem.solutions
        return tuple(f"{one.text} {' '.join(one.code.split())}".strip() for one in ways)

    def to_dict(self) -> dict[str, Any]:
        """Status, area, text and code, and the whole problem of what does not pass."""
        problem = None if self.problem is None else self.problem.to_dict()
        return {"status": self.status, "area": self.area, "text": self.text, "code": self.code, "problem": problem}

    def lines(self) -> Iterator[str]:
        yield "  ".join(filter(None, (self.status, self.code, self.text)))
        if self.problem is not None:
            yield from (f"        {name}: {value}" for name, value in self.problem.context.items())
            yield f"        because {self.problem.cause}"
        yield from (f"        cure: {cure}" for cure in self.cures)

    def grids(self) -> Iterator[Grid]:
        yield Grid(self.area, COLUMNS, [self.row()])

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of its area."""
        context = () if self.problem is None else self.problem.context.items()
        text = "\n".join((self.text, *(f"{name}: {value}" for name, value in context)))
        return (self.status, self.code, text, "\n".join(self.cures))


COLUMNS = ("", "code", "finding", "cure")


def passes(text: str) -> Finding:
    """Something that is as it should be."""
    return Finding("PASS", text)


def warns(problem: Problem) -> Finding:
    """Something that works and is rarely meant, or soon does not work."""
    return Finding("WARN", problem.message, problem)


def fails(problem: Problem) -> Finding:
    """Something that prevents the application's work."""
    return Finding("FAIL", problem.message, problem)


Examine = Callable[[], Awaitable[Iterable[Finding]]]


@attrs.frozen
class Checkup:
    """One thing to look at; ``examine`` is awaited once per diagnosis, and what it raises is a finding too.

    One that needs the database is not run where the database cannot be reached.
    """

    area: Area
    examine: Examine
    needs_database: bool = False


@attrs.frozen
class Diagnosis(Report):
    """What all checkups of one instance found, area by area."""

    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """That of the worst finding."""
        return max((one.status for one in self.findings), key=STATUSES.index, default="PASS")

    def raise_for(self, status: Status = "FAIL") -> None:
        """Refuse to go on with what is as bad as a status, or worse: for the start of an application.

        :raises DataFlowError: with all those problems.
        """
        bad = STATUSES[STATUSES.index(status) :]
        problems = [one.problem for one in self.findings if one.status in bad and one.problem is not None]
        if problems:
            raise error_of(problems)

    def to_dict(self) -> dict[str, Any]:
        """The status, and every finding."""
        return {"status": self.status, "findings": [one.to_dict() for one in self.findings]}

    def areas(self) -> dict[Area, list[Finding]]:
        """The findings by area, in the order in which they were made."""
        found: dict[Area, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.area, []).append(one)
        return found

    def lines(self) -> Iterator[str]:
        for area, findings in self.areas().items():
            yield area
            yield from (f"  {line}" for one in findings for line in one.lines())

    def grids(self) -> Iterator[Grid]:
        for area, findings in self.areas().items():
            yield Grid(area, COLUMNS, [one.row() for one in findings])
