"""What SQLite is taught by this adapter: decimals in order, documents by value, regular expressions with a time limit."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

from dataflow.expressions.json_paths import pick
from dataflow.values.coercion import coerce_decimal
from dataflow.values.faults import ValueFault

#: how long one match may take; a caller that is cancelled waits for it
MATCH_LIMIT_S = 1.0
#: more than a sum of two decimals has
EXACT_DIGITS = 100
REFUSED = b""


class RegexTooSlow(Exception):
    """A regular expression took too long for one text."""


def teach(raw: sqlite3.Connection) -> None:
    """Register the collation and the functions on a connection."""
    raw.create_collation("dataflow_decimal", _compare_decimals)
    raw.create_function("dataflow_add", 2, _added, deterministic=True)
    raw.create_function("dataflow_document", 1, canonical, deterministic=True)
    raw.create_function("dataflow_inside", 2, _inside, deterministic=True)


def teach_regex(
    raw: sqlite3.Connection, remaining_s: Callable[[], float], give_up: Callable[[Exception], None]
) -> None:
    """Register the function behind ``REGEXP``.

    :param remaining_s: how long the statement that runs may still take.
    :param give_up: is told why a match was stopped: SQLite does not say what a function raised.
    """

    def matches(pattern: str, text: Any) -> bool | None:
        # inside documents there may be anything, and SQLite may ask before it knows that it is text
        if not isinstance(text, str):
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


def _added(value: Any, amount: Any) -> Any:
    """The sum of two floats, or of two decimals in their text form; a blob, which a STRICT column refuses, for one that no field holds."""
    if value is None:
        return None
    if isinstance(value, float):
        return value + amount if math.isfinite(value + amount) else REFUSED
    try:
        with localcontext(prec=EXACT_DIGITS):
            return format(coerce_decimal(Decimal(value) + Decimal(amount)), "f")
    except ValueFault:
        return REFUSED


def _inside(document: str | None, path: str) -> str | None:
    """What stands at a path, as JSON text; for the names that SQLite's own paths have no form for."""
    if document is None:
        return None
    found = pick(json.loads(document), tuple(json.loads(path)))
    return None if found is None else json.dumps(found, ensure_ascii=False)


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
