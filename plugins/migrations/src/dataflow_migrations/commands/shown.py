"""Plans, revisions and steps as lines for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from dataflow.migrations import MigrationPlan, MigrationStep
from dataflow.migrations.history import MigrationStatus, Revision
from dataflow.migrations.serial import plan_data


def plan_lines(plan: MigrationPlan, *, with_sql: bool = False) -> Iterator[str]:
    """The steps as a table, what was found out about them, and what stops them."""
    rows = [_row(number, step) for number, step in enumerate(plan.steps, 1)]
    if rows:
        yield from table(("", "step", "phase", "transaction", "undone"), rows)
        yield ""
    if with_sql:
        for number, step in enumerate(plan.steps, 1):
            yield f"-- {number}. {step}"
            yield from (f"{statement.strip()};" for statement in step.sql)
            yield ""
    for finding in plan.findings:
        yield f"{finding.code}  {finding.target}: {finding.message}"
    for problem in plan.stops:
        yield f"STOP  {problem.code} {problem.message}"
        yield from (f"      {one.text} {one.code}".rstrip() for one in problem.solutions)


def _row(number: int, step: MigrationStep) -> tuple[str, ...]:
    undone = {"yes": "yes", "lossy": "with data kept aside", "no": "no"}[step.reversible]
    return (str(number), str(step), step.phase, step.transactional, undone)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; the last is as long as it is."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def shown_plan(plan: MigrationPlan) -> dict[str, Any]:
    data = plan_data(plan)
    return {
        "steps": [],
        **data,
        "checksum": plan.checksum,
        "phases": list(plan.phases),
        "stops": [problem.to_dict() for problem in plan.stops],
    }


def shown_revision(revision: Revision) -> dict[str, Any]:
    return attrs.asdict(revision)


def revision_lines(revisions: Iterable[Revision]) -> Iterator[str]:
    rows = [
        (
            one.revision,
            one.state,
            f"{one.created_at:%Y-%m-%d %H:%M:%S}",
            f"{sum(step.state == 'applied' for step in one.steps)}/{len(one.steps)}",
            one.applied_by,
        )
        for one in revisions
    ]
    yield from table(("revision", "state", "created (UTC)", "steps", "by"), rows) if rows else ("no revision",)


def status_lines(status: MigrationStatus) -> Iterator[str]:
    yield f"{status.state}  head {status.head or 'none'}"
    if status.unfinished is not None:
        yield f"unfinished: {status.unfinished.revision}, by {status.unfinished.applied_by}"
    if status.lock is not None:
        lock = status.lock
        yield f"locked by {lock.holder} ({lock.host}, process {lock.pid}) since {lock.since:%Y-%m-%d %H:%M:%S} UTC, token {lock.token}"
        yield f"  {lock.last_step or 'no step'}{', its lease has run out' if lock.is_expired else ''}"
    yield from (f"pending: {line}" for line in status.pending)
    yield from (f"kept aside until 'contract': {one}" for one in status.kept_aside)
    yield f"engines: {', '.join(status.capabilities)}"
