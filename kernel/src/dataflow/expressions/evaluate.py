"""The meaning of a tree in plain Python: what every adapter's answer is compared with.

Truth is two-valued, as ``tree`` says. What it leaves to say:

- Text compares by code point, ``bytes`` by byte; an enum's member by its value. There is no collation.
- ``like`` and ``ilike`` match the whole text, newlines included; nothing escapes ``%`` and ``_``. ``ilike`` ignores the
  case of the letters A to Z and of no others.
- ``regex`` finds its pattern anywhere (``re.search``).
- ``in ()`` and an empty ``Or`` are false; ``nin ()`` and an empty ``And`` are true.
- A place inside JSON that is not there is null. ``null`` cannot tell it from a null that is.
- Inside JSON there are text, numbers, bools, lists and dicts. Two kinds are never equal, and never ordered: only
  ``ne``, ``nin`` and ``not`` are true of them. A bool is no number; 1 and 1.0 are one number.
- Text operators are false for what is not text, ``has`` for what is not a list.
- Nulls come first in ascending order and last in descending.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from dataflow.expressions.json_paths import pick
from dataflow.expressions.tree import And, Compare, Expression, Not, Or, Sort
from dataflow.values.documents import converter

Record = Mapping[str, Any]


def matches(expression: Expression, record: Record) -> bool:
    """Whether a record, its values as the framework gives them, meets a condition."""
    if isinstance(expression, And):
        return all(matches(item, record) for item in expression.items)
    if isinstance(expression, Or):
        return any(matches(item, record) for item in expression.items)
    if isinstance(expression, Not):
        return not matches(expression.item, record)
    return _holds(expression, record)


def _holds(compare: Compare, record: Record) -> bool:
    value = record[compare.field]
    if compare.path and value is not None:
        value = pick(converter().unstructure(value), compare.path)
    if compare.operator == "null":
        return (value is None) is compare.value
    if value is None:
        return compare.operator in ("ne", "nin")
    return _TESTS[compare.operator](value, compare.value)


def _kind(value: Any) -> object:
    """What a value can be compared with: bools, numbers and text are apart."""
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def same(left: Any, right: Any) -> bool:
    """Equality in which True is not 1, down to the last value of a document."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return _kind(left) is _kind(right) and bool(left == right)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(left: Any, right: Any) -> bool:
        left, right = _plain(left), _plain(right)
        return _kind(left) is _kind(right) and test(left, right)

    return holds


def _between(value: Any, ends: Any) -> bool:
    return _TESTS["gte"](value, ends[0]) and _TESTS["lte"](value, ends[1])


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, operand: isinstance(value, str) and test(value, operand)


def _contained(value: Any, element: Any) -> bool:
    return isinstance(value, list) and any(same(one, element) for one in value)


@lru_cache(256)
def like_pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A ``like`` pattern as a regular expression for the whole text."""
    parts = (".*" if one == "%" else "." if one == "_" else _letter(one, ignore_case) for one in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _letter(one: str, ignore_case: bool) -> str:
    # re.IGNORECASE would also fold letters beyond ASCII
    if ignore_case and one.isascii() and one.isalpha():
        return f"[{one.lower()}{one.upper()}]"
    return re.escape(one)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "ne": lambda value, operand: not same(value, operand),
    "gt": _ordered(operator.gt),
    "gte": _ordered(operator.ge),
    "lt": _ordered(operator.lt),
    "lte": _ordered(operator.le),
    "in": lambda value, operands: any(same(value, one) for one in operands),
    "nin": lambda value, operands: not any(same(value, one) for one in operands),
    "between": _between,
    "like": _text(lambda value, pattern: like_pattern(pattern, False).fullmatch(value) is not None),
    "ilike": _text(lambda value, pattern: like_pattern(pattern, True).fullmatch(value) is not None),
    "contains": _text(lambda value, part: part in value),
    "startswith": _text(str.startswith),
    "endswith": _text(str.endswith),
    "regex": _text(lambda value, pattern: re.search(pattern, value) is not None),
    "has": _contained,
}


def ordered(records: Iterable[Record], sort: Sort) -> list[Record]:
    """The records in order; those that no key tells apart stay as they were."""
    found = list(records)
    for key in reversed(sort):
        found.sort(key=lambda record: _rank(record[key.field]), reverse=key.descending)  # called at once
    return found


def _rank(value: Any) -> tuple[Any, ...]:
    return (False,) if value is None else (True, _plain(value))
