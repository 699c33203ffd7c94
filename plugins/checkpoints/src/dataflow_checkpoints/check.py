"""What a check is, what it is given, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from dataflow.app import DataFlow
from dataflow.diagnostics import DataFlowError
from dataflow.migrations import MigrationPlan, MigrationRun, MigrationStep, SchemaDialect, Session
from dataflow_checkpoints.limits import Limits

Stage = Literal["pre", "during", "post", "post-deploy"]
Severity = Literal["error", "warning"]
Status = Literal["passed", "failed", "skipped"]


#: when the last backup was made
LastBackup = Callable[[], Awaitable[datetime | None] | datetime | None]


@attrs.frozen
class Timed:
    """Two ways of answering, of which the second may not be slower; ``samples`` are taken of each."""

    before: Callable[[], Awaitable[object]]
    after: Callable[[], Awaitable[object]]
    samples: int


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a check may ask. ``notes`` keeps what one stage of a migration learns for a later one."""

    app: DataFlow
    session: Session
    dialect: SchemaDialect
    limits: Limits
    plan: MigrationPlan
    #: None outside of a migration
    run: MigrationRun | None = None
    step: MigrationStep | None = None
    notes: dict[str, Any] = attrs.field(factory=dict)
    asked_backup: LastBackup | None = None


@attrs.frozen
class Verdict:
    """``failed`` with what is wrong, ``skipped`` with why nothing can be said; ``measured`` are plain values."""

    status: Status
    message: str = ""
    measured: Mapping[str, Any] = attrs.field(factory=dict)


def passed(**measured: Any) -> Verdict:
    return Verdict("passed", "", measured)


def failed(message: str, **measured: Any) -> Verdict:
    return Verdict("failed", message, measured)


def skipped(why: str) -> Verdict:
    return Verdict("skipped", why)


@attrs.frozen
class Check:
    """A question at one stage. A failed one of severity ``error`` ends the migration, or has it undone when it is applied."""

    code: str
    stage: Stage
    summary: str
    ask: Callable[[Surroundings], Awaitable[Verdict]]
    severity: Severity = "error"


@attrs.frozen(kw_only=True)
class CheckResult:
    """A verdict as it is kept."""

    revision: str
    code: str
    stage: Stage
    severity: Severity
    status: Status
    message: str = ""
    measured: Mapping[str, Any] = attrs.field(factory=dict)
    took_s: float = 0.0
    #: why no verdict could be had: it is kept as a failed check, and raised once all are kept
    error: DataFlowError | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def stops(self) -> bool:
        return self.status == "failed" and self.severity == "error"

    def __str__(self) -> str:
        return f"{self.status}  {self.code}" + (f": {self.message}" if self.message else "")
