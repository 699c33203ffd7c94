"""What SQLite is taught by this adapter: decimals in order, documents by value, regular expressions with a time limit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

#: how long one match may take; a caller that is cancelled waits for it
MATCH_LIMIT_S = 1.0


class RegexTooSlow(Exception):
    """A regular expression took too long for one text."""


def teach(raw: sqlite3.Connection) -> None:
    """Register the collation and the functions on a connection."""
    raw.create_collation("dataflow_decimal", _compare_decimals)
    raw.create_function("dataflow_add", 2, _add_decimals, deterministic=True)
    raw.create_function("dataflow_document", 1, canonical, deterministic=True)


def teach_regex(
    raw: sqlite3.Connection, remaining_s: Callable[[], float], give_up: Callable[[Exception], None]
) -> None:
    """Register the function behind ``REGEXP``.

    :param remaining_s: how long the statement that runs may still take.
    :param give_up: is told why a match was stopped: SQLite does not say what a function raised.
    """

    def matches(pattern: str, text: Any) -> bool | None:
        if text is None:
            return None
        try:
            limit_s = max(min(remaining_s(), MATCH_LIMIT_S), 0.001)
            # this module releases the interpreter while it matches, and gives up in time
            return _compiled(pattern).search(text, timeout=limit_s, concurrent=True) is not None
        except TimeoutError:
            give_up(RegexTooSlow(pattern))
            raise

    raw.create_function("regexp", 2, matches, deterministic=True)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    # only an application with such a filter pays for its import
    import regex

    return regex.compile(pattern)


def _compare_decimals(left: str, right: str) -> int:
    first, second = Decimal(left), Decimal(right)
    return (first > second) - (first < second)


def _add_decimals(value: str | None, amount: str) -> str | None:
    if value is None:
        return None
    return format((Decimal(value) + Decimal(amount)).normalize(), "f")


def canonical(text: str | None) -> str | None:
    """JSON text by which equal documents are equal texts: keys in order, 1.0 as 1."""
    return None if text is None else json.dumps(_plain(json.loads(text)), sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
