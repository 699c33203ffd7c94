"""One level of a drawing: boxes in rows, so that every edge leads down, and nothing lies on anything else.

The method is Sugiyama's (1981). An edge has a bend in every row that it passes. Its label has a place of its own: of a long
edge that of the last bend, of one from a row to the next between the two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import attrs

from dataflow_visualize.layout.columns import columns
from dataflow_visualize.layout.crossings import untangled
from dataflow_visualize.layout.gaps import Gap, Way, gap_of
from dataflow_visualize.layout.geometry import Box, Point, Route
from dataflow_visualize.layout.ranks import cut_cycles, ranked

#: between two rows, and how much more for each pixel that an edge between them leads sideways, up to a limit
ROW_GAP, SLANT, MAX_SLANT = 16.0, 0.05, 44.0
#: how far a way from a box to itself leads out
LOOP = 16.0

Size = tuple[float, float]


@attrs.frozen
class Link:
    """An edge between the nodes of one level; the shifts say how far from a box's middle it leaves and enters."""

    source: int
    target: int
    label: Size = (0.0, 0.0)
    source_shift: float = 0.0
    target_shift: float = 0.0


@attrs.frozen(eq=False)
class Level:
    """The places, by the numbers of nodes and links."""

    boxes: Sequence[Box]
    routes: Sequence[Route]
    width: float
    height: float


def layered(
    sizes: Sequence[Size],
    links: Sequence[Link],
    top: Collection[int],
    bottom: Collection[int],
    origin: Point = (0.0, 0.0),
) -> Level:
    """Places for nodes of the given sizes.

    :param top: nodes that stand in the first row; nothing leads to them.
    :param bottom: nodes that stand in the last one; nothing leads from them.
    :param origin: the upper left corner; ``width`` and ``height`` of the level begin at 0.
    """
    drawing = _Drawing(list(sizes), links, origin)
    drawing.draw_chains(top, bottom)
    drawing.place()
    return drawing.level()


@attrs.define(eq=False)
class _Drawing:
    """``sizes`` grow by the bends; ``chains`` are the links as ways of single rows, None of a loop.

    ``labels`` are the bends that have one, by the link; ``between`` are the labels below each row, likewise. The ``gaps``
    begin where their rows end.
    """

    sizes: list[Size]
    links: Sequence[Link]
    origin: Point
    count: int = attrs.field(init=False)
    closes: list[bool] = attrs.field(init=False)
    #: how far from the middles of the boxes an edge begins above and ends below
    shifts: list[tuple[float, float]] = attrs.field(init=False)
    chains: list[list[int] | None] = attrs.field(factory=list, init=False)
    labels: dict[int, int] = attrs.field(factory=dict, init=False)
    between: list[dict[int, Size]] = attrs.field(factory=list, init=False)
    rows: list[list[int]] = attrs.field(factory=list, init=False)
    row_of: list[int] = attrs.field(factory=list, init=False)
    middles: list[float] = attrs.field(factory=list, init=False)
    tops: list[float] = attrs.field(factory=list, init=False)
    heights: list[float] = attrs.field(factory=list, init=False)
    gaps: list[Gap] = attrs.field(factory=list, init=False)
    bottoms: list[float] = attrs.field(factory=list, init=False)
    #: the middle of each gap
    centres: list[float] = attrs.field(factory=list, init=False)
    left: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.count = len(self.sizes)
        self.closes = cut_cycles(self.count, [(link.source, link.target) for link in self.links])
        self.shifts = [
            (link.target_shift, link.source_shift) if closes else (link.source_shift, link.target_shift)
            for link, closes in zip(self.links, self.closes, strict=True)
        ]

    def draw_chains(self, top: Collection[int], bottom: Collection[int]) -> None:
        """Find the rows, and give every edge its bends and its label in them."""
        pairs = [
            (link.target, link.source) if closes else (link.source, link.target)
            for link, closes in zip(self.links, self.closes, strict=True)
        ]
        self.row_of = ranked(self.count, [pair for pair in pairs if pair[0] != pair[1]], top, bottom)
        self.rows = [[] for _ in range(max(self.row_of, default=-1) + 1)]
        self.between = [{} for _ in self.rows]
        for node, row in enumerate(self.row_of):
            self.rows[row].append(node)
        for number, (source, target) in enumerate(pairs):
            self.chains.append(None if source == target else self._chain(number, source, target))

    def _chain(self, number: int, source: int, target: int) -> list[int]:
        first, last = self.row_of[source] + 1, self.row_of[target]
        label = self.links[number].label
        bends = range(len(self.sizes), len(self.sizes) + last - first)
        for row, bend in zip(range(first, last), bends, strict=True):
            self.rows[row].append(bend)
        self.row_of += range(first, last)
        self.sizes += [(0.0, 0.0)] * len(bends)
        if label[1] and bends:
            self.labels[number] = bends[-1]
            self.sizes[-1] = label
        elif label[1]:
            self.between[last - 1][number] = label
        return [source, *bends, target]

    def place(self) -> None:
        """Order the rows, and find the places in them and between them."""
        above: list[list[int]] = [[] for _ in self.sizes]
        below: list[list[int]] = [[] for _ in self.sizes]
        for chain in self.chains:
            for upper, lower in pairwise(chain or ()):
                below[upper].append(lower)
                above[lower].append(upper)
        self.rows = untangled(self.rows, above, below)
        widths = [width for width, _ in self.sizes]
        self.middles = columns(self.rows, widths, above, below, self._shifts_of_nodes(above, below))
        self.heights = [max([self.sizes[node][1] for node in row], default=0.0) for row in self.rows]
        self.gaps = [gap_of(ways, labels) for ways, labels in zip(self._ways(), self.between, strict=True)]
        self._stack()

    def _stack(self) -> None:
        """Rows as high as their highest box, further apart where edges lead far to the side."""
        top = self.origin[1]
        for height, gap in zip(self.heights, self.gaps, strict=True):
            bottom = top + height
            self.tops.append(top)
            self.bottoms.append(bottom)
            top = bottom + ROW_GAP + min(gap.above * SLANT, MAX_SLANT) + gap.height
            self.centres.append(top - gap.height / 2)
            if gap.height:
                top += ROW_GAP + min(gap.below * SLANT, MAX_SLANT)

    def _shifts_of_nodes(
        self, above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]
    ) -> tuple[list[float], list[float]] | None:
        """How much further to the right what a node is linked to must stand, on average; None where nothing is shifted."""
        if not any(map(any, self.shifts)):
            return None
        up, down = [0.0] * len(self.sizes), [0.0] * len(self.sizes)
        for number, chain in enumerate(self.chains):
            if chain is not None:
                leaving, entering = self.shifts[number]
                for node, shift in ((chain[0], leaving), (chain[-2], -entering)):
                    down[node] += shift
                for node, shift in ((chain[1], -leaving), (chain[-1], entering)):
                    up[node] += shift
        return (
            [total / max(1, len(others)) for total, others in zip(up, above, strict=True)],
            [total / max(1, len(others)) for total, others in zip(down, below, strict=True)],
        )

    def _ways(self) -> list[list[Way]]:
        """The parts of the edges between each row and the next."""
        found: list[list[Way]] = [[] for _ in self.rows]
        middles = self.middles
        for number, chain in enumerate(self.chains):
            if chain is None:
                continue
            row = self.row_of[chain[0]]
            xs = [middles[node] for node in chain]
            leaving, entering = self.shifts[number]
            xs[0] += leaving
            xs[-1] += entering
            for upper, lower in pairwise(xs):
                found[row].append((number, upper, lower))
                row += 1
        return found

    def level(self) -> Level:
        """The places, once all are known."""
        ends = [(middle, size[0] / 2) for middle, size in zip(self.middles, self.sizes, strict=True)]
        for gap, labels in zip(self.gaps, self.between, strict=True):
            ends += [(x, labels[edge][0] / 2 if edge in labels else 0.0) for edge, x in gap.places.items()]
        self.left = min([middle - half for middle, half in ends], default=0.0) - self.origin[0]
        self.middles = [middle - self.left for middle in self.middles]
        boxes = [
            Box(middle - width / 2, self.tops[row], width, height)
            for middle, row, (width, height) in zip(self.middles, self.row_of, self.sizes[: self.count], strict=False)
        ]
        routes = [self._route(number, boxes) for number in range(len(self.links))]
        loops = [boxes[link.source].right + LOOP for link in self.links if link.source == link.target]
        right = max([*(middle + half - self.left for middle, half in ends), *loops], default=0.0)
        height = self.tops[-1] + self.heights[-1] if self.tops else self.origin[1]
        return Level(boxes, routes, right, height)

    def _route(self, number: int, boxes: Sequence[Box]) -> Route:
        chain = self.chains[number]
        if chain is None:
            return _loop(boxes[self.links[number].source])
        points, label = self._points(number, chain, boxes), self._label(number, chain)
        return Route(tuple(points[::-1]), label, True) if self.closes[number] else Route(tuple(points), label)

    def _points(self, number: int, chain: Sequence[int], boxes: Sequence[Box]) -> list[Point]:
        """Upright along the boxes of each row; bent between the rows where something stands in the way."""
        tops, bottoms, last = self.tops, self.bottoms, chain[-1]
        leaving, entering = self.shifts[number]
        source, target = boxes[chain[0]], boxes[last]
        row = self.row_of[chain[0]]
        x, start = source.middle + leaving, source.bottom
        points = [(x, start)]
        if bottoms[row] > start:
            points.append((x, bottoms[row]))
        for bend in chain[1:]:
            aside = self.gaps[row].places.get(number)
            if aside is not None:
                x = aside - self.left
                if len(points) > 1 and points[-1][0] == points[-2][0] == x:
                    points.pop()
                points.append((x, self.centres[row]))
            row += 1
            if bend == last:
                next_x, top, bottom = target.middle + entering, target.y, target.y
            else:
                next_x, top, bottom = self.middles[bend], tops[row], bottoms[row]
            if x == next_x and len(points) > 1 and points[-2][0] == x:
                # straight on
                points[-1] = (x, bottom)
                continue
            x = next_x
            points.append((x, top))
            if bottom > top:
                points.append((x, bottom))
        return points

    def _label(self, number: int, chain: Sequence[int]) -> Box | None:
        width, height = self.links[number].label
        if not height:
            return None
        row = self.row_of[chain[-1]] - 1
        if number in self.labels:
            # beside boxes, at their lower edge: nearer to where it leads
            return Box(self.middles[self.labels[number]] - width / 2, self.bottoms[row] - height, width, height)
        x = self.gaps[row].places[number] - self.left
        return Box(x - width / 2, self.centres[row] - height / 2, width, height)


def _loop(box: Box) -> Route:
    upper, lower = box.y + box.height * 0.35, box.y + box.height * 0.75
    points: tuple[Point, ...] = (
        (box.right, upper),
        (box.right + LOOP, upper),
        (box.right + LOOP, lower),
        (box.right, lower),
    )
    return Route(points, None, True)
