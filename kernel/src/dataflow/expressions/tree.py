"""The neutral filter tree: what every filter form becomes and every adapter compiles.

Truth is two-valued. A comparison with a null field is false, except that ``ne`` and ``nin``
hold for null (null is not equal to 3), and ``not`` is the complement of what it wraps. An
adapter must compile to exactly that, whatever its database's three-valued logic says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

Operator = Literal[
    "eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "between",
    "like", "ilike", "contains", "startswith", "endswith", "regex", "null", "has",
]  # fmt: skip
"""``like``/``ilike`` use ``%`` and ``_``. ``contains``/``startswith``/``endswith`` are literal, case-sensitive
text; ``has`` is containment of one element in a JSON list; ``null`` takes a bool; ``between`` is
inclusive and takes a pair; ``in``/``nin`` take a tuple; ``regex`` is a Python ``re.search``."""


@attrs.frozen
class Compare:
    """One condition on a field, or on a place inside a JSON field (``path``).

    ``value`` is already of the field's type (for ``in`` a tuple of such values, for ``between`` a pair).
    """

    field: str
    operator: Operator
    value: object
    path: tuple[str, ...] = ()


@attrs.frozen
class And:
    """All of them; an empty one is always true."""

    items: tuple[Expression, ...]


@attrs.frozen
class Or:
    """Any of them; an empty one is always false."""

    items: tuple[Expression, ...]


@attrs.frozen
class Not:
    item: Expression


Expression = Compare | And | Or | Not

ALWAYS = And(())
NEVER = Or(())


def both(left: Expression | None, right: Expression | None) -> Expression | None:
    """The conjunction of two optional filters; ``right`` stays outside and last."""
    # not compared to ALWAYS: both sides would be asked whether they equal it
    if left is None or (type(left) is And and not left.items):
        return right
    if right is None or (type(right) is And and not right.items):
        return left
    return And((left, right))


def comparisons(expression: Expression) -> Iterator[Compare]:
    """Every comparison of the tree, left to right: the order in which its values are bound."""
    if isinstance(expression, Compare):
        yield expression
    elif isinstance(expression, Not):
        yield from comparisons(expression.item)
    else:
        for item in expression.items:
            yield from comparisons(item)


@attrs.frozen
class SortKey:
    """One key of an order; nulls come first in ascending order and last in descending, everywhere."""

    field: str
    descending: bool = False


Sort = tuple[SortKey, ...]


@attrs.frozen
class Page:
    """The window of a list: ``after`` holds the sort values of the last row seen (keyset paging)."""

    limit: int
    offset: int = 0
    after: tuple[object, ...] | None = None
