"""The operators of text, for columns and for text inside documents alike; all but ``ilike`` tell upper from lower case."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from dataflow_sql import Bind, Clause

TEXT_OPERATORS: Final = frozenset(("like", "ilike", "contains", "startswith", "endswith", "regex"))


def text_clause(column: Any, operator: str, bind: Bind) -> Any:
    """One of ``TEXT_OPERATORS`` on a column."""
    given: Any = sa.cast(bind(None), sa.Text())
    if operator == "like":
        # the tree's patterns know no escape
        return column.like(given, escape="")
    if operator == "ilike":
        return _folded(column).like(_folded(given), escape="")
    if operator == "regex":
        return column.op("~")(given)
    if operator == "contains":
        return sa.func.strpos(column, given) > 0
    if operator == "startswith":
        return sa.func.starts_with(column, given)
    assert operator == "endswith", operator
    return sa.func.right(column, sa.func.length(given)) == given


def _folded(text: Clause) -> Any:
    """In lower case as far as A to Z goes: the collation C knows no other letters."""
    return sa.func.lower(sa.collate(text, "C"))
