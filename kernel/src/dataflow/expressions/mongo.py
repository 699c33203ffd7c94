"""Filters in every form they are given in, as one tree: the Mongo form, Q, lambdas, and trees themselves.

Everything is checked against the model: names, operators, operands. All problems of a filter are found at once.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataflow.diagnostics import Problem, Where
from dataflow.expressions.connected import marked
from dataflow.expressions.filter_fields import Places, places_of
from dataflow.expressions.filter_problems import Path
from dataflow.expressions.limits import Limits
from dataflow.expressions.tree import ALWAYS, NEVER, And, Compare, Expression
from dataflow.models.model import MISSING, Model
from dataflow.values.faults import ValueFault

_PLAIN_TYPES = frozenset((str, int, float, bool, bytes, datetime, date, UUID, Decimal))


def parse_filter(
    value: Any, model: Model, limits: Limits, where: Where, path: Path, connected: frozenset[tuple[str, ...]]
) -> tuple[Expression | None, list[Problem]]:
    """The tree of a filter and its problems.

    None when there is no filter or it is true of every record; NEVER when there are problems, so that a tree which
    escapes its problems matches nothing. ``path`` leads to the filter; ``connected`` are the paths that
    connections will fill: what stands there counts as given, and the tree is only good for checking.
    """
    if value is None or value is MISSING:
        return None, []
    places = places_of(model)
    if type(value) is dict and not connected:
        tree = _plain(value, places, limits)
        if tree is not None:
            return tree, []
    # nine modules that neither an operation by id nor a filter of plain comparisons needs
    from dataflow.expressions.reading import FilterReader

    reader = FilterReader.of(model, limits, where)
    tree = reader.read(marked(value, connected, path) if connected else value, path)
    if reader.problems.found:
        return NEVER, reader.problems.found
    return (None if tree == ALWAYS else tree), []


def _plain(value: dict[Any, Any], places: Places, limits: Limits) -> Expression | None:
    """The tree of a filter that is nothing but plain comparisons, or None: the short way for nearly all of them."""
    if not 0 < len(value) <= limits.max_filter_nodes:
        return None
    found: list[Expression] = []
    for name, operand in value.items():
        place = places.get(name)
        if place is None or place.field.encrypted:
            return None
        operator = "eq"
        if type(operand) is dict:
            if len(operand) != 1:
                return None
            ((spelling, operand),) = operand.items()
            operator = place.plain.get(spelling, "")
        if not operator or type(operand) not in _PLAIN_TYPES:
            return None
        try:
            found.append(Compare(name, operator, place.convert(operand)))  # type: ignore[arg-type]  # one of place.plain
        except ValueFault:
            return None
    return found[0] if len(found) == 1 else And(tuple(found))
