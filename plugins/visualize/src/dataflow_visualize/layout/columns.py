"""Where in its row each node stands: above and below its neighbours, as far as those beside it let it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import sub

#: how far a box is from one beside it, and a bend from what is beside it
GAP, BEND_GAP = 26.0, 14.0
#: a bend of a long edge holds its place harder than a box, so that the edge is straight
BEND_WEIGHT = 4.0
#: rows are moved to the row before them, from above, from below and again; at last to both. Of many nodes once each.
PASSES = ("above", "below", "above", "below", "both")
MANY, PASSES_OF_MANY = 600, ("above", "below", "both")

Links = Sequence[Sequence[int]]
#: by the node: how much further to the right its neighbours must stand on average so that the edges between are upright
Shifts = Sequence[float]


def columns(
    rows: Sequence[Sequence[int]],
    widths: Sequence[float],
    above: Links,
    below: Links,
    shifts: tuple[Shifts, Shifts] | None = None,
) -> list[float]:
    """The horizontal middle of every node.

    :param widths: 0 of a bend.
    :param shifts: to the neighbours above and to those below.
    """
    both = [[*up, *down] for up, down in zip(above, below, strict=True)]
    middles = [0.0] * len(widths)
    weights = [1.0 if width else BEND_WEIGHT for width in widths]
    offsets = [offsets_of([widths[node] for node in row]) for row in rows]
    holds = [[weights[node] for node in row] for row in rows]
    for row, places in zip(rows, offsets, strict=True):
        for node, place in zip(row, places, strict=True):
            middles[node] = place - places[-1] / 2
    for side in PASSES if len(widths) <= MANY else PASSES_OF_MANY:
        links = {"above": above, "below": below, "both": both}[side]
        shift = None if shifts is None else _shift(side, shifts, above, below)
        order = list(zip(rows, offsets, holds, strict=True))
        for row, places, hold in reversed(order) if side == "below" else order:
            wanted = _wanted(row, middles, links)
            if shift is not None:
                wanted = [place - shift[node] for place, node in zip(wanted, row, strict=True)]
            found = wanted if len(row) == 1 else settled(wanted, places, hold)
            for node, place in zip(row, found, strict=True):
                middles[node] = place
    return middles


def offsets_of(widths: Sequence[float]) -> list[float]:
    """How far each node of a row is from the first at least."""
    offsets: list[float] = []
    offset = before = 0.0
    for width in widths:
        half = width / 2
        if offsets:
            offset += before + (GAP if before and half else BEND_GAP) + half
        offsets.append(offset)
        before = half
    return offsets


def _shift(side: str, shifts: tuple[Shifts, Shifts], above: Links, below: Links) -> Shifts:
    if side != "both":
        return shifts[side == "below"]
    return [
        (up * len(above[node]) + down * len(below[node])) / max(1, len(above[node]) + len(below[node]))
        for node, (up, down) in enumerate(zip(*shifts, strict=True))
    ]


def _wanted(row: Sequence[int], middles: Sequence[float], links: Links) -> list[float]:
    wanted = []
    for node in row:
        others = links[node]
        if len(others) == 1:
            wanted.append(middles[others[0]])
        elif others:
            wanted.append(sum([middles[other] for other in others]) / len(others))
        else:
            wanted.append(middles[node])
    return wanted


def settled(wanted: list[float], offsets: Sequence[float], weights: Sequence[float]) -> list[float]:
    """A row as near to what is wanted as its order and its gaps allow: the least squares, exactly.

    Without its gaps this is isotonic regression: neighbours that would pass each other become a block at their mean.
    """
    begins = list(map(sub, wanted, offsets))
    # most rows have room for all that is wanted
    if begins == sorted(begins):
        return wanted
    starts: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for start, mass in zip(begins, weights, strict=True):
        size = 1
        while starts and starts[-1] >= start:
            before = masses.pop()
            start = (starts.pop() * before + start * mass) / (before + mass)
            mass += before
            size += sizes.pop()
        starts.append(start)
        masses.append(mass)
        sizes.append(size)
    blocks = [start for start, size in zip(starts, sizes, strict=True) for _ in range(size)]
    return [start + offset for start, offset in zip(blocks, offsets, strict=True)]
