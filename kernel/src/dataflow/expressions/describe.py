"""A tree as text for people: errors, traces, debug output."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dataflow.diagnostics.secret import MASK
from dataflow.expressions.tree import And, Compare, Expression, Not
from dataflow.values.problems import shown_value

_WORDS = {
    "eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "in", "nin": "not in", "like": "like",
    "ilike": "ilike", "contains": "contains", "startswith": "starts with", "endswith": "ends with", "regex": "matches",
    "has": "has",
}  # fmt: skip


def describe(expression: Expression, masked: Collection[str] = ()) -> str:
    """``age >= 18 and (name starts with "A" or email is null)``; the values of ``masked`` fields are not shown."""
    return _described(expression, masked, outermost=True)


def _described(expression: Expression, masked: Collection[str], outermost: bool = False) -> str:
    if isinstance(expression, Compare):
        return _comparison(expression, masked)
    if isinstance(expression, Not):
        return f"not ({_described(expression.item, masked, outermost=True)})"
    if not expression.items:
        return "always" if isinstance(expression, And) else "never"
    word = " and " if isinstance(expression, And) else " or "
    text = word.join(_described(item, masked) for item in expression.items)
    return text if outermost or len(expression.items) == 1 else f"({text})"


def _comparison(compare: Compare, masked: Collection[str]) -> str:
    place = ".".join((compare.field, *compare.path))
    if compare.operator == "null":
        return f"{place} is null" if compare.value is True else f"{place} is not null"
    hidden = compare.field in masked
    if compare.operator == "between":
        low, high = (MASK, MASK) if hidden else map(shown_value, _pair(compare.value))
        return f"{place} between {low} and {high}"
    return f"{place} {_WORDS[compare.operator]} {MASK if hidden else _value(compare.value)}"


def _pair(value: Any) -> tuple[Any, Any]:
    low, high = value
    return low, high


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown_value, value[:5]))}{', ...' if len(value) > 5 else ''}]"
    return shown_value(value)
