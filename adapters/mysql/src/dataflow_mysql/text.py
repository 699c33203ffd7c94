"""The operators of text, for columns and for text inside documents alike; all but ``ilike`` tell upper from lower case.

The column's collation tells all characters apart, trailing spaces included.
"""

from __future__ import annotations

import re
from typing import Any, Final

import sqlalchemy as sa

from dataflow_sql import Bind

TEXT_OPERATORS: Final = frozenset(("like", "ilike", "contains", "startswith", "endswith", "regex"))
_ESCAPE = "|"
_SPECIAL = re.compile(r"[|%_]")


def text_clause(column: Any, operator: str, bind: Bind) -> Any:
    """One of ``TEXT_OPERATORS`` on a column."""
    if operator == "like":
        # the tree's patterns know no escape; an empty one would be the backslash
        return column.like(bind(lambda value: value.replace(_ESCAPE, _ESCAPE * 2)), escape=_ESCAPE)
    if operator == "startswith":
        return column.like(bind(lambda value: f"{_literally(value)}%"), escape=_ESCAPE)
    if operator == "endswith":
        return column.like(bind(lambda value: f"%{_literally(value)}"), escape=_ESCAPE)
    if operator == "contains":
        return sa.func.locate(bind(None), column) > 0
    if operator == "ilike":
        return column.op("REGEXP")(bind(folding_pattern))
    assert operator == "regex", operator
    return column.op("REGEXP")(bind(None))


def _literally(value: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPE + found[0], value)


def folding_pattern(pattern: str) -> str:
    """A ``like`` pattern as a regular expression that ignores the case of A to Z alone.

    The lower-case functions of the server fold every letter that Unicode knows. Each part between two ``%`` is taken
    where it comes first, and for good: the time is that of one pass.
    """
    first, *parts = ("".join(map(_letter, part)) for part in pattern.split("%"))
    if not parts:
        return rf"(?s)\A{first}\z"
    *middle, last = parts
    return rf"(?s)\A{first}" + "".join(f"(?>.*?{part})" for part in middle if part) + (rf".*{last}\z" if last else "")


def _letter(one: str) -> str:
    if one == "_":
        return "."
    if one.isascii() and one.isalpha():
        return f"[{one.lower()}{one.upper()}]"
    return re.escape(one)
