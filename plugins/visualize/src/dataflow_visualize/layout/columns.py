"""Where in its row each node stands: above and below its neighbours, as far as those beside it let it."""

from __future__ import annotations

from collections.abc import Sequence

#: how far a box is from one beside it, and a bend from what is beside it
GAP, BEND_GAP = 26.0, 14.0
#: a bend of a long edge holds its place harder than a box, so that the edge is straight
BEND_WEIGHT = 4.0
#: rows are moved to the row before them, from above, from below and again; at last to both. Of many nodes once each.
PASSES = ("above", "below", "above", "below", "both")
MANY, PASSES_OF_MANY = 2_000, ("above", "below", "both")

#: a neighbour, and how much further to the right it must stand so that the edge between is upright
Link = tuple[int, float]
Links = Sequence[Sequence[Link]]


def columns(rows: Sequence[Sequence[int]], widths: Sequence[float], above: Links, below: Links) -> list[float]:
    """The horizontal middle of every node.

    :param widths: 0 of a bend.
    """
    both = [[*up, *down] for up, down in zip(above, below, strict=True)]
    middles = [0.0] * len(widths)
    offsets = [_offsets(row, widths) for row in rows]
    for row, places in zip(rows, offsets, strict=True):
        for node, place in zip(row, places, strict=True):
            middles[node] = place - places[-1] / 2
    for side in PASSES if len(widths) <= MANY else PASSES_OF_MANY:
        links = {"above": above, "below": below, "both": both}[side]
        pairs = list(zip(rows, offsets, strict=True))
        for row, places in reversed(pairs) if side == "below" else pairs:
            wanted = _wanted(row, middles, links)
            if len(row) == 1:
                middles[row[0]] = wanted[0]
            else:
                _place(row, places, widths, middles, wanted)
    return middles


def _offsets(row: Sequence[int], widths: Sequence[float]) -> list[float]:
    """How far each node is from the first at least."""
    offsets: list[float] = []
    offset = before = 0.0
    for node in row:
        half = widths[node] / 2
        if offsets:
            offset += before + (GAP if before and half else BEND_GAP) + half
        offsets.append(offset)
        before = half
    return offsets


def _wanted(row: Sequence[int], middles: Sequence[float], links: Links) -> list[float]:
    wanted = []
    for node in row:
        others = links[node]
        if len(others) == 1:
            other, shift = others[0]
            wanted.append(middles[other] - shift)
        elif others:
            wanted.append(sum([middles[other] - shift for other, shift in others]) / len(others))
        else:
            wanted.append(middles[node])
    return wanted


def _place(
    row: Sequence[int],
    offsets: Sequence[float],
    widths: Sequence[float],
    middles: list[float],
    wanted: Sequence[float],
) -> None:
    """Move a row as near to what is wanted as its order and its gaps allow: the least squares, exactly.

    Without its gaps this is isotonic regression: neighbours that would pass each other become a block at their mean.
    """
    starts: list[float] = []
    weights: list[float] = []
    ends: list[int] = []
    for index, node in enumerate(row):
        weight = 1.0 if widths[node] else BEND_WEIGHT
        start = wanted[index] - offsets[index]
        while starts and starts[-1] >= start:
            before = weights.pop()
            start = (starts.pop() * before + start * weight) / (before + weight)
            weight += before
            ends.pop()
        starts.append(start)
        weights.append(weight)
        ends.append(index + 1)
    index = 0
    for start, end in zip(starts, ends, strict=True):
        while index < end:
            middles[row[index]] = start + offsets[index]
            index += 1
