"""The shape of a query's plan: which tables are scanned, which indexes serve. Costs and times are left out, for they vary by themselves."""

from __future__ import annotations

from typing import Any

import attrs

from dataflow.app import DataFlow


@attrs.frozen
class Question:
    """What ``db.explain`` is asked: a model, node or statement, and what it is given."""

    query: str
    given: Any = None
    options: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Shape:
    """The tables that are read from end to end, and the indexes that are used."""

    question: Question
    scanned: frozenset[str]
    indexes: frozenset[str]


async def shape_of(app: DataFlow, question: Question) -> Shape:
    found = await app.explain(question.query, question.given, **question.options)
    steps = [step for one in found.statements for step in one.steps]
    return Shape(
        question,
        # a small table is read as a whole although an index would serve it
        frozenset(step.table for step in steps if step.table and step.access == "scan" and not step.possible),
        frozenset(step.index for step in steps if step.index),
    )


def worse(before: Shape, now: Shape) -> list[str]:
    """In which ways a plan is worse: a table that is scanned now, an index that served it before."""
    scans = sorted(now.scanned - before.scanned)
    lost = sorted(before.indexes - now.indexes)
    return [f"'{table}' is read from end to end now" for table in scans] + (
        [f"index '{index}' serves it no more" for index in lost] if scans else []
    )
