"""SQLite's plans: one line per step, whose words tell what is read."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from dataflow.inspection.plans import PlanStep, StatementPlan

_STEP = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<table>\S+)(?: AS \S+)?"
    r"(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX (?P<index>\S+)|INTEGER PRIMARY KEY))?"
    r"(?: \((?P<condition>.*)\))?"
)


def plan_of(raw: sqlite3.Connection, sql: str, values: Any) -> StatementPlan:
    """On the thread: ask for a plan; the statement itself is not run."""
    # an EXPLAIN reads no table, so by itself it does not notice what others have changed of the schema: a query does, and
    # a statement of another text is not found among those that were prepared before
    raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (version,) = raw.execute("PRAGMA schema_version").fetchone()
    depths: dict[int, int] = {0: -1}
    steps = []
    for number, parent, _, text in raw.execute(f"EXPLAIN QUERY PLAN /* {version} */ {sql}", values):
        depths[number] = depths[parent] + 1
        steps.append(_step(text, depths[number]))
    return StatementPlan(sql, tuple(steps))


def _step(text: str, depth: int) -> PlanStep:
    found = _STEP.match(text)
    if found is None:
        return PlanStep(text=text, depth=depth)
    return PlanStep(
        text=text.removesuffix(f" ({found['condition']})"),
        depth=depth,
        # a scan in the order of an index reads every row too
        access="scan" if found["how"] == "SCAN" else "index",
        table=found["table"].strip('"'),
        index=found["index"],
        condition=found["condition"] or "",
    )
