"""What stands between two rows: the labels of edges that lead from the one to the next, and the ways past them.

Ways are put in the order of their middles, so that none cross there that do not cross before or behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

import attrs

from dataflow_visualize.layout.columns import BEND_WEIGHT, offsets_of, settled

#: how far a way is pushed aside before it gets a bend for that
STRAIGHT = 0.5

#: the number of an edge, and the columns where a part of it begins and ends
Way = tuple[int, float, float]


@attrs.frozen
class Gap:
    """``places`` are the columns, by the edge, of labels and of ways that are pushed aside.

    ``above`` and ``below`` say how far the ways lead sideways at most, before the middle and behind it.
    """

    height: float = 0.0
    above: float = 0.0
    below: float = 0.0
    places: Mapping[int, float] = attrs.field(factory=dict)


def gap_of(ways: Sequence[Way], labels: Mapping[int, tuple[float, float]]) -> Gap:
    """The gap between two rows.

    :param labels: the sizes of those that stand there, by the edge.
    """
    if not labels:
        return Gap(above=max([abs(upper - lower) for _, upper, lower in ways], default=0.0))
    middles = sorted([((upper + lower) / 2, edge, upper, lower) for edge, upper, lower in ways], key=itemgetter(0))
    widths = [labels[edge][0] if edge in labels else 0.0 for _, edge, _, _ in middles]
    weights = [1.0 if width else BEND_WEIGHT for width in widths]
    columns = settled([one[0] for one in middles], offsets_of(widths), weights)
    places: dict[int, float] = {}
    above = below = 0.0
    for column, (middle, edge, upper, lower) in zip(columns, middles, strict=True):
        if abs(column - middle) > STRAIGHT or edge in labels:
            places[edge] = column
        above, below = max(above, abs(column - upper)), max(below, abs(column - lower))
    return Gap(max([height for _, height in labels.values()]), above, below, places)
