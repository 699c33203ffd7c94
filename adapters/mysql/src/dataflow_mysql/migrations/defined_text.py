"""The definitions of views, triggers, routines and events, as they are kept and as they are made again."""

from __future__ import annotations

import re

_NAME = r"(?:`(?:[^`]|``)*`|'(?:[^']|'')*'|[^\s`'@]+)"
_DEFINER = re.compile(rf"^(CREATE\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?)DEFINER\s*=\s*{_NAME}(?:@{_NAME})?\s+", re.IGNORECASE)  # fmt: skip


def bare_definition(sql: str) -> str:
    """A definition without who made it: that is whoever makes it again, or an option of its own."""
    return _DEFINER.sub(r"\1", sql, count=1)
