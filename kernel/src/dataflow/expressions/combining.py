"""Conjunction, disjunction and complement in one canonical shape, so that equal filters become equal trees."""

from __future__ import annotations

from collections.abc import Iterable

from dataflow.expressions.tree import ALWAYS, NEVER, And, Expression, Not, Or


def all_of(items: Iterable[Expression]) -> Expression:
    """All of them: flat, without what is always true."""
    flat: list[Expression] = []
    for item in items:
        flat += item.items if isinstance(item, And) else (item,)
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else ALWAYS


def any_of(items: Iterable[Expression]) -> Expression:
    """Any of them: flat, and always true as soon as one is."""
    flat: list[Expression] = []
    for item in items:
        if item == ALWAYS:
            return ALWAYS
        flat += item.items if isinstance(item, Or) else (item,)
    return flat[0] if len(flat) == 1 else Or(tuple(flat)) if flat else NEVER


def negated(item: Expression) -> Expression:
    """The complement."""
    if item == ALWAYS:
        return NEVER
    return ALWAYS if item == NEVER else Not(item)
