"""The operators of text, for columns and for text inside documents alike; all but ``ilike`` tell upper from lower case."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from dataflow_sql import Bind, Clause

TEXT_OPERATORS: Final = frozenset(("like", "ilike", "contains", "startswith", "endswith", "regex"))


def text_clause(column: Clause, operator: str, bind: Bind) -> Clause:
    """One of ``TEXT_OPERATORS`` on a column."""
    if operator == "like":
        return column.op("GLOB")(bind(glob_pattern))
    if operator == "ilike":
        # the tree's patterns know no escape, and neither does LIKE without one
        return column.op("LIKE")(bind(None))
    if operator == "regex":
        return column.op("REGEXP")(bind(None))
    part = bind(None)
    if operator == "contains":
        return sa.func.instr(column, part) > 0
    if operator == "startswith":
        return sa.func.substr(column, 1, sa.func.length(part)) == part
    assert operator == "endswith", operator
    # a negative start counts from the end, and there is no negative nought: every text ends with nothing, null does not
    ends = sa.or_(part == "", sa.func.substr(column, -sa.func.length(part)) == part)
    return sa.and_(column.is_not(None), ends)


def glob_pattern(pattern: str) -> str:
    """A pattern with ``%`` and ``_`` as one of GLOB, whose own signs are taken literally."""
    signs = {"%": "*", "_": "?"}
    return "".join(signs.get(one) or (f"[{one}]" if one in "*?[" else one) for one in pattern)
