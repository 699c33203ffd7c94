"""The plans of MySQL and MariaDB: one row per table that is read, with the indexes that could have been used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataflow.inspection.plans import Access, PlanStep, StatementPlan
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import written
from dataflow_sql.servers import Link

#: reads of a whole table, and of a whole index in its order
_SCANS = ("ALL", "index")
#: rows are found by a key, or a part of one
_FOUND = (
    "system", "const", "eq_ref", "ref", "ref_or_null", "range", "index_merge", "unique_subquery", "index_subquery",
    "fulltext",
)  # fmt: skip


async def plan_of(link: Link, sql: str, values: Sequence[Any], inside: bool) -> StatementPlan:
    """The plan of one statement, which is not run."""
    assert isinstance(link, MySQLLink)
    # from some version on MySQL's own choice of a form is another one
    form = "" if link.session.mariadb else "FORMAT=TRADITIONAL "
    answer = await link.answer(f"EXPLAIN {form}{written(sql, values) if values else sql}")
    names = [str(column[0]).lower() for column in answer.description]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows or ()]
    return StatementPlan(sql, tuple(map(_step, rows)))


def _step(row: Mapping[str, Any]) -> PlanStep:
    kind, table = row.get("type"), row.get("table")
    extra = str(row.get("extra") or "")
    access: Access = "scan" if kind in _SCANS else "index" if kind in _FOUND else "other"
    possible = [one for one in str(row.get("possible_keys") or "").split(",") if one]
    parts = (str(row["select_type"]), str(table or ""), f"type {kind}" if kind else "")
    guess = row.get("rows")
    return PlanStep(
        text="  ".join(filter(None, parts)),
        access=access,
        table=table,
        index=row.get("key"),
        rows=None if guess is None else float(guess),
        condition=extra,
        possible=tuple(possible) if access == "scan" else (),
    )
