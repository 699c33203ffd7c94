"""A layered drawing of a graph: ranks by longest path, fewer crossings by barycentres, boxes that do not touch.

The method is Sugiyama's (1981): long edges get a bend in every rank they pass, ranks are sorted by the mean
position of their neighbours, a few times down and up. Enough for workflows; not for thousands of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise

import attrs

Edge = tuple[str, str]
#: a box of the drawing by its id, or the bend of an edge by the edge's number and the rank
Dot = str | tuple[int, int]

GAP = 28.0
RANK_HEIGHT = 104.0
BOX_HEIGHT = 46.0
MARGIN = 20.0
SWEEPS = 6


@attrs.frozen
class Box:
    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@attrs.frozen(eq=False)
class Layout:
    """``routes`` holds the points of each edge, in the order in which the edges were given."""

    boxes: Mapping[str, Box]
    routes: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


def laid_out(widths: Mapping[str, float], edges: Sequence[Edge]) -> Layout:
    """Places for boxes of the given widths; the edges form no cycle."""
    ranks = _ranks(widths, edges)
    chains = [_chain(number, edge, ranks) for number, edge in enumerate(edges)]
    rows = _rows(ranks, chains)
    sizes: dict[Dot, float] = dict(widths.items())
    neighbours = _neighbours(chains)
    _untangle(rows, neighbours)
    middles = _middles(rows, sizes, neighbours)
    return _layout(widths, ranks, chains, middles)


def _ranks(nodes: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        before[target].append(source)
    ranks: dict[str, int] = {}
    for node in TopologicalSorter(before).static_order():
        ranks[node] = max((ranks[one] + 1 for one in before[node]), default=0)
    return {node: ranks[node] for node in before}


def _chain(number: int, edge: Edge, ranks: Mapping[str, int]) -> list[Dot]:
    """The edge as a way of single ranks."""
    source, target = edge
    bends: list[Dot] = [(number, rank) for rank in range(ranks[source] + 1, ranks[target])]
    return [source, *bends, target]


def _rows(ranks: Mapping[str, int], chains: Sequence[Sequence[Dot]]) -> list[list[Dot]]:
    rows: list[list[Dot]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node, rank in ranks.items():
        rows[rank].append(node)
    for chain in chains:
        for dot in chain[1:-1]:
            assert isinstance(dot, tuple)
            rows[dot[1]].append(dot)
    return rows


def _neighbours(chains: Sequence[Sequence[Dot]]) -> dict[Dot, tuple[list[Dot], list[Dot]]]:
    """For each dot those above and those below it."""
    found: dict[Dot, tuple[list[Dot], list[Dot]]] = {}
    for chain in chains:
        for upper, lower in pairwise(chain):
            found.setdefault(upper, ([], []))[1].append(lower)
            found.setdefault(lower, ([], []))[0].append(upper)
    return found


def _untangle(rows: list[list[Dot]], neighbours: Mapping[Dot, tuple[list[Dot], list[Dot]]]) -> None:
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for rank in order:
            fixed = {dot: place for place, dot in enumerate(rows[rank - 1 if down else rank + 1])}
            own = {dot: place for place, dot in enumerate(rows[rank])}
            rows[rank].sort(key=lambda dot: _barycentre(dot, fixed, own, neighbours, 0 if down else 1))


def _barycentre(
    dot: Dot,
    fixed: Mapping[Dot, int],
    own: Mapping[Dot, int],
    neighbours: Mapping[Dot, tuple[list[Dot], list[Dot]]],
    side: int,
) -> float:
    places = [fixed[other] for other in neighbours.get(dot, ([], []))[side]]
    return sum(places) / len(places) if places else own[dot]


def _middles(
    rows: Sequence[Sequence[Dot]], sizes: Mapping[Dot, float], neighbours: Mapping[Dot, tuple[list[Dot], list[Dot]]]
) -> dict[Dot, float]:
    """The horizontal middle of each dot: near its neighbours, and apart from those beside it."""
    middles: dict[Dot, float] = {}
    for row in rows:
        middles |= _apart(row, dict.fromkeys(row, 0.0), sizes)
    for side in (0, 1, 0):
        for row in rows if side == 0 else reversed(rows):
            wanted = {
                dot: _mean([middles[one] for one in neighbours.get(dot, ([], []))[side]], middles[dot]) for dot in row
            }
            middles |= _apart(row, wanted, sizes)
    return middles


def _apart(row: Sequence[Dot], wanted: Mapping[Dot, float], sizes: Mapping[Dot, float]) -> dict[Dot, float]:
    placed: dict[Dot, float] = {}
    edge = float("-inf")
    for dot in row:
        half = sizes.get(dot, 0.0) / 2
        placed[dot] = max(wanted[dot], edge + GAP + half) if placed else wanted[dot]
        edge = placed[dot] + half
    # pushing goes to the right only: shift the row back so that it stays over its neighbours
    shift = _mean([placed[dot] - wanted[dot] for dot in row], 0.0)
    return {dot: place - shift for dot, place in placed.items()}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _layout(
    widths: Mapping[str, float], ranks: Mapping[str, int], chains: Sequence[Sequence[Dot]], middles: Mapping[Dot, float]
) -> Layout:
    left = min((middles[node] - width / 2 for node, width in widths.items()), default=0.0)
    left = min([left, *(middles[dot] for chain in chains for dot in chain)])
    boxes = {
        node: Box(middles[node] - width / 2 - left + MARGIN, ranks[node] * RANK_HEIGHT + MARGIN, width)
        for node, width in widths.items()
    }
    right = max(
        [
            *(box.x + box.width for box in boxes.values()),
            *(middles[dot] - left + MARGIN for chain in chains for dot in chain),
        ],
        default=0.0,
    )
    routes = tuple(_route(chain, boxes, middles, left) for chain in chains)
    height = max((box.y + box.height for box in boxes.values()), default=0.0)
    return Layout(boxes, routes, right + MARGIN, height + MARGIN)


def _route(
    chain: Sequence[Dot], boxes: Mapping[str, Box], middles: Mapping[Dot, float], left: float
) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for dot in chain:
        if isinstance(dot, tuple):
            points.append((middles[dot] - left + MARGIN, dot[1] * RANK_HEIGHT + MARGIN + BOX_HEIGHT / 2))
        else:
            box = boxes[dot]
            points.append((box.middle, box.y if points else box.y + box.height))
    return tuple(points)
