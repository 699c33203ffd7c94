"""The operators of text, for columns and for text inside documents alike; all but ``ilike`` tell upper from lower case.

The column's collation tells all characters apart, trailing spaces included.
"""

from __future__ import annotations

import re
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from dataflow_sql import Bind

TEXT_OPERATORS: Final = frozenset(("like", "ilike", "contains", "startswith", "endswith", "regex"))
_ESCAPE = "|"
#: of all characters
_LAST = "\U0010ffff"
_SPECIAL = re.compile(r"[|%_]")


def text_clause(column: Any, operator: str, bind: Bind) -> Any:
    """One of ``TEXT_OPERATORS`` on a column."""
    keyed = isinstance(column.type, mysql.VARCHAR)
    if operator == "startswith" and keyed:
        return _begins(column, bind(None))
    if operator == "like":
        # the tree's patterns know no escape; an empty one would be the backslash
        return (sa.func.concat(column) if keyed else column).like(
            bind(lambda value: value.replace(_ESCAPE, _ESCAPE * 2)), escape=_ESCAPE
        )
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


def _begins(column: Any, given: Any) -> Any:
    """In a form that finds its part of an index by itself.

    What MariaDB makes of LIKE there ends at U+FFFF: texts that go on with a later character, such as an emoji, are missed.
    """
    last = sa.func.concat(
        given, sa.func.repeat(sa.literal_column(f"_utf8mb4 X'{_LAST.encode().hex()}'"), column.type.length)
    )
    return sa.and_(column >= given, column <= last, sa.func.left(column, sa.func.char_length(given)) == given)


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
