"""Works of one kind together: how long each part of a step takes, as the median of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

import attrs

from dataflow_profile.work import Work, covered_ms

#: under what the calls stand that no workflow makes
DIRECT = "direct calls"


@attrs.frozen
class Measure:
    """One step, or the calls of one node type, as medians of ``samples`` executions.

    ``queue_ms`` is from the inputs being there to the start, and no part of ``total_ms``; ``validation_ms``, ``sql_ms``,
    ``tables_ms`` and ``other_ms`` are. ``sql_ms`` is the time in which some statement was under way; together the
    ``statements`` may have taken longer, for they may run beside each other.
    """

    name: str
    node_type: str | None
    samples: int
    queue_ms: float
    validation_ms: float
    sql_ms: float
    statements: float
    tables_ms: float
    other_ms: float
    total_ms: float
    rows: float | None
    failed: int
    calls: tuple[Measure, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The measure as data that JSON can hold."""
        shown = {name: _rounded(value) for name, value in attrs.asdict(self, recurse=False).items() if name != "calls"}
        return {**shown, "calls": [one.to_dict() for one in self.calls]}


@attrs.frozen
class WorkflowMeasure:
    """The steps of one workflow, in the order in which they first began."""

    workflow: str
    runs: int
    total_ms: float
    failed: int
    steps: tuple[Measure, ...]

    def to_dict(self) -> dict[str, Any]:
        """The measures as data that JSON can hold."""
        return {
            "workflow": self.workflow,
            "runs": self.runs,
            "failed": self.failed,
            "total_ms": _rounded(self.total_ms),
            "steps": [one.to_dict() for one in self.steps],
        }


def measured(works: Iterable[Work]) -> tuple[WorkflowMeasure, ...]:
    """The measures of runs by workflow; of calls outside of any by node type."""
    runs: dict[str, list[Work]] = {}
    for one in works:
        runs.setdefault(one.name if one.kind == "run" else DIRECT, []).append(one)
    return tuple(_direct(found) if name == DIRECT else _workflow(name, found) for name, found in runs.items())


def _workflow(name: str, runs: Sequence[Work]) -> WorkflowMeasure:
    steps: dict[str, list[list[Work]]] = {}
    for run in runs:
        of_run: dict[str, list[Work]] = {}
        for step in run.parts:
            if step.kind == "step":
                of_run.setdefault(step.name, []).append(step)
        for step_id, works in of_run.items():
            steps.setdefault(step_id, []).append(works)
    return WorkflowMeasure(
        name,
        len(runs),
        median(run.total_ms for run in runs),
        sum(run.failed for run in runs),
        tuple(_measure(step_id, samples) for step_id, samples in steps.items()),
    )


def _direct(calls: Sequence[Work]) -> WorkflowMeasure:
    by_type = grouped(calls)
    steps = tuple(_measure(name, [[call] for call in found]) for name, found in by_type.items())
    return WorkflowMeasure(
        DIRECT, len(calls), sum(one.total_ms for one in calls), sum(one.failed for one in calls), steps
    )


def grouped(works: Iterable[Work]) -> dict[str, list[Work]]:
    """Works by what they are called."""
    found: dict[str, list[Work]] = {}
    for one in works:
        found.setdefault(one.name, []).append(one)
    return found


def _measure(name: str, samples: Sequence[Sequence[Work]]) -> Measure:
    """:param samples: of each run the executions of the step: a transaction that is done again has several."""
    calls: dict[str, list[list[Work]]] = {}
    for works in samples:
        for call_name, found in grouped(part for one in works for part in one.parts if part.kind == "call").items():
            calls.setdefault(call_name, []).append(found)
    numbers = [_Numbers.of(works) for works in samples]
    rows = [one.rows for one in numbers if one.rows is not None]
    return Measure(
        name=name,
        node_type=samples[0][0].node_type,
        samples=sum(len(works) for works in samples),
        queue_ms=median(one.queue_ms for one in numbers),
        validation_ms=median(one.validation_ms for one in numbers),
        sql_ms=median(one.sql_ms for one in numbers),
        statements=median(one.statements for one in numbers),
        tables_ms=median(one.tables_ms for one in numbers),
        other_ms=median(one.other_ms for one in numbers),
        total_ms=median(one.total_ms for one in numbers),
        rows=median(rows) if rows else None,
        failed=sum(work.failed for works in samples for work in works),
        calls=tuple(_measure(call_name, found) for call_name, found in calls.items()),
    )


@attrs.frozen
class _Numbers:
    """Of one run."""

    queue_ms: float
    validation_ms: float
    sql_ms: float
    statements: int
    tables_ms: float
    total_ms: float
    rows: int | None

    @property
    def other_ms(self) -> float:
        return max(0.0, self.total_ms - self.validation_ms - self.sql_ms - self.tables_ms)

    @classmethod
    def of(cls, works: Sequence[Work]) -> _Numbers:
        statements = [part for one in works for part in one.of("statement", "transaction")]
        rows = [one.rows for one in works if one.rows is not None]
        calls = [part for one in works for part in one.of("call")]
        return cls(
            sum(one.queued_ms for one in works),
            sum(one.validation_ms for one in (*works, *calls)),
            covered_ms(statements),
            sum(one.kind == "statement" for one in statements),
            covered_ms(part for one in works for part in one.of("tables")),
            sum(one.total_ms for one in works),
            sum(rows) if rows else None,
        )


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
