"""One level of a drawing: boxes in rows, so that every edge leads down, and nothing lies on anything else.

The method is Sugiyama's (1981). An edge has a bend in every row that it passes, and rows of labels lie between those of
boxes, so that a label has a place of its own like a box.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dataflow_visualize.layout.columns import columns
from dataflow_visualize.layout.crossings import untangled
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


def layered(sizes: Sequence[Size], links: Sequence[Link], top: Collection[int], bottom: Collection[int]) -> Level:
    """Places for nodes of the given sizes.

    :param top: nodes that stand in the first row; nothing leads to them.
    :param bottom: nodes that stand in the last one; nothing leads from them.
    """
    drawing = _Drawing(list(sizes), links)
    drawing.draw_chains(top, bottom)
    drawing.place()
    return drawing.level()


@attrs.define(eq=False)
class _Drawing:
    """``sizes`` grow by the bends and labels; ``chains`` are the links as ways of single rows, None of a loop.

    With a ``step`` of 2 every second row is one of labels.
    """

    sizes: list[Size]
    links: Sequence[Link]
    count: int = attrs.field(init=False)
    step: int = attrs.field(default=1, init=False)
    chains: list[list[int] | None] = attrs.field(factory=list, init=False)
    labels: dict[int, int] = attrs.field(factory=dict, init=False)
    closes: list[bool] = attrs.field(init=False)
    rows: list[list[int]] = attrs.field(factory=list, init=False)
    row_of: list[int] = attrs.field(factory=list, init=False)
    middles: list[float] = attrs.field(factory=list, init=False)
    tops: list[float] = attrs.field(factory=list, init=False)
    heights: list[float] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.count = len(self.sizes)
        self.closes = cut_cycles(self.count, [(link.source, link.target) for link in self.links])

    def draw_chains(self, top: Collection[int], bottom: Collection[int]) -> None:
        """Find the rows, and give every edge its bends and its label in them."""
        pairs = [
            (link.target, link.source) if closes else (link.source, link.target)
            for link, closes in zip(self.links, self.closes, strict=True)
        ]
        ranks = ranked(self.count, [pair for pair in pairs if pair[0] != pair[1]], top, bottom)
        # without labels there are no rows for them
        self.step = 2 if any(link.label[1] for link in self.links) else 1
        self.row_of = [rank * self.step for rank in ranks]
        self.rows = [[] for _ in range(max(self.row_of, default=-1) + 1)]
        for node, row in enumerate(self.row_of):
            self.rows[row].append(node)
        for number, (source, target) in enumerate(pairs):
            self.chains.append(None if source == target else self._chain(number, source, target))

    def _chain(self, number: int, source: int, target: int) -> list[int]:
        chain = [source]
        last = self.row_of[target] - 1
        label = self.links[number].label
        for row in range(self.row_of[source] + 1, last + 1):
            bend = len(self.sizes)
            has_label = row == last and label[1] > 0
            self.sizes.append(label if has_label else (0.0, 0.0))
            self.rows[row].append(bend)
            self.row_of.append(row)
            chain.append(bend)
            if has_label:
                self.labels[number] = bend
        chain.append(target)
        return chain

    def place(self) -> None:
        """Order the rows, and find the places in them."""
        above: list[list[tuple[int, float]]] = [[] for _ in self.sizes]
        below: list[list[tuple[int, float]]] = [[] for _ in self.sizes]
        for number, chain in enumerate(self.chains):
            if chain is None:
                continue
            leaving, entering = self._shifts(number)
            upper, last = chain[0], len(chain) - 1
            shift = leaving
            for index in range(1, len(chain)):
                lower = chain[index]
                end = entering if index == last else 0.0
                below[upper].append((lower, shift - end))
                above[lower].append((upper, end - shift))
                upper, shift = lower, 0.0
        plain_above = [[one for one, _ in links] for links in above]
        plain_below = [[one for one, _ in links] for links in below]
        self.rows = untangled(self.rows, plain_above, plain_below)
        self.middles = columns(self.rows, [width for width, _ in self.sizes], above, below)
        left = min((self.middles[node] - size[0] / 2 for node, size in enumerate(self.sizes)), default=0.0)
        self.middles = [middle - left for middle in self.middles]
        self._stack(plain_below)

    def _shifts(self, number: int) -> tuple[float, float]:
        link = self.links[number]
        shifts = (link.source_shift, link.target_shift)
        return shifts[::-1] if self.closes[number] else shifts

    def _stack(self, below: Sequence[Sequence[int]]) -> None:
        """Rows as high as their highest box, further apart where edges lead far to the side."""
        top = 0.0
        for row in self.rows:
            height = max((self.sizes[node][1] for node in row), default=0.0)
            self.tops.append(top)
            self.heights.append(height)
            far = max((abs(self.middles[node] - self.middles[one]) for node in row for one in below[node]), default=0.0)
            top += height + ROW_GAP + min(far * SLANT, MAX_SLANT)

    def level(self) -> Level:
        """The places, once all are known."""
        boxes = [self._box(node) for node in range(self.count)]
        routes = [self._route(number, boxes) for number in range(len(self.links))]
        loops = [boxes[link.source].right + LOOP for link in self.links if link.source == link.target]
        right = max([*(m + size[0] / 2 for m, size in zip(self.middles, self.sizes, strict=True)), *loops], default=0.0)
        height = self.tops[-1] + self.heights[-1] if self.tops else 0.0
        return Level(boxes, routes, right, height)

    def _box(self, node: int) -> Box:
        width, height = self.sizes[node]
        return Box(self.middles[node] - width / 2, self.tops[self.row_of[node]], width, height)

    def _route(self, number: int, boxes: Sequence[Box]) -> Route:
        chain = self.chains[number]
        if chain is None:
            return _loop(boxes[self.links[number].source])
        leaving, entering = self._shifts(number)
        source, target = boxes[chain[0]], boxes[chain[-1]]
        row = self.row_of[chain[0]]
        points = [
            (source.middle + leaving, source.bottom),
            (source.middle + leaving, self.tops[row] + self.heights[row]),
        ]
        for bend in chain[1:-1]:
            row, x = self.row_of[bend], self.middles[bend]
            if self.step == 2 and row % 2:
                points.append((x, self.tops[row] + self.heights[row] / 2))
            else:
                # upright along the boxes of the row
                points += [(x, self.tops[row]), (x, self.tops[row] + self.heights[row])]
        points.append((target.middle + entering, target.y))
        distinct = tuple(dict.fromkeys(points))
        label = self._label(number)
        return Route(distinct[::-1], label, True) if self.closes[number] else Route(distinct, label)

    def _label(self, number: int) -> Box | None:
        node = self.labels.get(number)
        if node is None:
            return None
        box, row = self._box(node), self.row_of[node]
        return box.moved(0, (self.heights[row] - box.height) / 2)


def _loop(box: Box) -> Route:
    upper, lower = box.y + box.height * 0.35, box.y + box.height * 0.75
    points: tuple[Point, ...] = (
        (box.right, upper),
        (box.right + LOOP, upper),
        (box.right + LOOP, lower),
        (box.right, lower),
    )
    return Route(points, None, True)
