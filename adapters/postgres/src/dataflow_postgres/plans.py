"""PostgreSQL's plans: a tree of nodes, asked for twice, once as if reading a whole table cost more than anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow.inspection.plans import PlanStep, StatementPlan
from dataflow_sql.servers import Link

_UNDO = "ROLLBACK TO SAVEPOINT explaining; RELEASE SAVEPOINT explaining"
_SCANS = ("Seq Scan", "Parallel Seq Scan")
_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter")


async def plan_of(link: Link, sql: str, values: Sequence[Any], inside: bool) -> StatementPlan:
    """The plan of one statement, which is not run.

    A small table is read as a whole even where an index would serve: what is left of those scans once they are made
    expensive, no index can spare.

    :param inside: whether the connection is that of an open transaction, which stays as it is.
    """
    plan = await _asked(link, sql, values)
    steps = list(_steps(plan, 0))
    if not any(step.access == "scan" for step in steps):
        return StatementPlan(sql, tuple(steps))
    await link.control("SAVEPOINT explaining" if inside else "BEGIN")
    try:
        await link.control("SET LOCAL enable_seqscan = off")
        aided = list(_steps(await _asked(link, sql, values), 0))
    finally:
        await link.control(_UNDO if inside else "ROLLBACK")
    return StatementPlan(sql, tuple(_with_possible(step, aided) for step in steps))


async def _asked(link: Link, sql: str, values: Sequence[Any]) -> Mapping[str, Any]:
    ((text,),) = await link.rows(f"EXPLAIN (FORMAT JSON) {sql}", values)
    plan: Mapping[str, Any] = json.loads(text)[0]["Plan"]
    return plan


def _with_possible(step: PlanStep, aided: Sequence[PlanStep]) -> PlanStep:
    if step.access != "scan":
        return step
    if any(one.access == "scan" and one.table == step.table for one in aided):
        return step
    indexes = dict.fromkeys(one.index for one in aided if one.table == step.table and one.index)
    return attrs.evolve(step, possible=tuple(indexes))


def _steps(node: Mapping[str, Any], depth: int, table: str | None = None) -> Iterator[PlanStep]:
    kind = node["Node Type"]
    table = node.get("Relation Name", table)
    conditions = [f"{name}: {node[name]}" for name in _CONDITIONS if name in node]
    scans = kind in _SCANS
    yield PlanStep(
        text=_headline(node, kind),
        depth=depth,
        # an index that no condition narrows is read as a whole, in its order
        access="scan" if scans or _is_whole_index(node, kind) else "index" if "Index Name" in node else "other",
        table=node.get("Relation Name") or (table if "Index Name" in node else None),
        index=node.get("Index Name"),
        rows=node.get("Plan Rows"),
        condition="; ".join(conditions),
    )
    for part in node.get("Plans", ()):
        yield from _steps(part, depth + 1, table)


def _is_whole_index(node: Mapping[str, Any], kind: str) -> bool:
    return kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node


def _headline(node: Mapping[str, Any], kind: str) -> str:
    kind = f"{node.get('Operation', '')} on" if kind == "ModifyTable" else kind
    place = f" on {node['Relation Name']}" if "Relation Name" in node and kind.endswith("Scan") else ""
    if kind.endswith(" on"):
        place = f" {node.get('Relation Name', '')}"
    using = f" using {node['Index Name']}" if "Index Name" in node else ""
    return f"{kind}{using}{place}"
