"""Frames that hold boxes and frames: each is laid out by itself, and is then one box of the level around it.

An edge that leads into a frame, or out of it, has a port on the frame's border: inside, a point in the first or the last row, so
that its way among the boxes there is kept free like any other; outside, the place where the edge meets the frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from dataflow_visualize.layout.geometry import Box, Edge, Layout, Point, Route, Shape
from dataflow_visualize.layout.layered import Level, Link, Size, layered

#: between a frame's border and what it holds
PADDING = 18.0
#: around everything
MARGIN = 20.0


def laid_out(shapes: Mapping[str, Shape], edges: Sequence[Edge]) -> Layout:
    """Places for all shapes; one that is the parent of others is a frame around them.

    The same input gives the same places. Edges lead down, but for those that close a cycle.
    """
    if all(shape.parent is None for shape in shapes.values()):
        return _flat(shapes, edges)
    nesting = _Nesting(shapes, edges)
    nesting.split_edges()
    # the places of the outermost level are final at once
    nesting.lay_out(None, (MARGIN, MARGIN))
    nesting.put(None, 0.0, 0.0)
    root = nesting.levels[None].result
    assert root is not None
    routes = tuple(nesting.route(number) for number in range(len(edges)))
    return Layout({name: nesting.boxes[name] for name in shapes}, routes, root.width + MARGIN, root.height + MARGIN)


def _flat(shapes: Mapping[str, Shape], edges: Sequence[Edge]) -> Layout:
    """A drawing without frames: one level."""
    places = {name: number for number, name in enumerate(shapes)}
    links = [Link(places[one.source], places[one.target], (one.label_width, one.label_height)) for one in edges]
    level = layered([(one.width, one.height) for one in shapes.values()], links, (), (), (MARGIN, MARGIN))
    boxes = dict(zip(shapes, level.boxes, strict=True))
    return Layout(boxes, tuple(level.routes), level.width + MARGIN, level.height + MARGIN)


@attrs.define(eq=False)
class _Piece:
    """The part of an edge inside one level: from an item or the upper border, to an item or the lower one."""

    number: int
    source: str | None
    target: str | None
    label: Size = (0.0, 0.0)


@attrs.define(eq=False)
class _InLevel:
    """One frame, or the whole drawing. ``x`` is where its inner part begins; ports are columns inside."""

    items: list[str] = attrs.field(factory=list)
    pieces: list[_Piece] = attrs.field(factory=list)
    result: Level | None = None
    x: float = 0.0
    ports: dict[int, float] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Nesting:
    shapes: Mapping[str, Shape]
    edges: Sequence[Edge]
    levels: dict[str | None, _InLevel] = attrs.field(init=False)
    #: per edge its pieces in order, each with its level
    ways: list[list[tuple[str | None, int]]] = attrs.field(init=False)
    boxes: dict[str, Box] = attrs.field(factory=dict, init=False)
    starts: dict[str | None, Point] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.levels = {None: _InLevel()}
        self.ways = [[] for _ in self.edges]
        for name, shape in self.shapes.items():
            self.levels.setdefault(shape.parent, _InLevel()).items.append(name)

    def split_edges(self) -> None:
        for number, edge in enumerate(self.edges):
            label = (edge.label_width, edge.label_height)
            for frame, source, target in _pieces(self._chain(edge.source), self._chain(edge.target)):
                piece = _Piece(number, source, target, label if source and target else (0.0, 0.0))
                self.ways[number].append((frame, len(self.levels[frame].pieces)))
                self.levels[frame].pieces.append(piece)

    def _chain(self, name: str) -> list[str | None]:
        """The shape, and the frames around it, the outermost of which is None: the drawing."""
        chain: list[str | None] = [name]
        while (parent := self.shapes[name].parent) is not None:
            chain.append(parent)
            name = parent
        return [*chain, None]

    def lay_out(self, frame: str | None, origin: Point = (0.0, 0.0)) -> Size:
        """Lay out a frame from a point on, inner ones first; gives the size that it needs."""
        level = self.levels[frame]
        sizes = [self._size(name) for name in level.items]
        places = {name: number for number, name in enumerate(level.items)}
        top: dict[int, int] = {}
        bottom: dict[int, int] = {}
        links = []
        for piece in level.pieces:
            ends = []
            for name, ports in ((piece.source, top), (piece.target, bottom)):
                if name is None:
                    ports[piece.number] = len(sizes)
                    sizes.append((0.0, 0.0))
                ends.append(len(sizes) - 1 if name is None else places[name])
            shifts = (self._shift(piece.source, piece.number), self._shift(piece.target, piece.number))
            links.append(Link(ends[0], ends[1], piece.label, *shifts))
        level.result = layered(sizes, links, top.values(), bottom.values(), origin)
        level.ports = {number: level.result.boxes[node].middle for number, node in (top | bottom).items()}
        return level.result.width, level.result.height

    def _size(self, name: str) -> Size:
        shape = self.shapes[name]
        if name not in self.levels:
            return shape.width, shape.height
        inner_width, inner_height = self.lay_out(name)
        width = max(shape.width, inner_width + 2 * PADDING)
        self.levels[name].x = (width - inner_width) / 2
        return width, shape.height + inner_height + PADDING

    def _shift(self, name: str | None, number: int) -> float:
        """How far from the middle of a frame an edge meets its border."""
        level = None if name is None else self.levels.get(name)
        if level is None or number not in level.ports or level.result is None:
            return 0.0
        return level.ports[number] - level.result.width / 2

    def put(self, frame: str | None, x: float, y: float) -> None:
        """Move everything inside a frame to where it is in the drawing."""
        level = self.levels[frame]
        assert level.result is not None
        self.starts[frame] = (x, y)
        for name, box in zip(level.items, level.result.boxes, strict=False):
            placed = self.boxes[name] = box.moved(x, y) if x or y else box
            if name in self.levels:
                self.put(name, placed.x + self.levels[name].x, placed.y + self.shapes[name].height)

    def route(self, number: int) -> Route:
        """The whole way of an edge."""
        parts = [self._part(frame, index) for frame, index in self.ways[number]]
        if len(parts) == 1:
            return parts[0]
        points = dict.fromkeys(point for part in parts for point in part.points)
        label = next((part.label for part in parts if part.label is not None), None)
        return Route(tuple(points), label, any(part.is_back for part in parts))

    def _part(self, frame: str | None, index: int) -> Route:
        """The way inside one level, from border to border where it leads through."""
        level = self.levels[frame]
        assert level.result is not None
        route, piece = level.result.routes[index], level.pieces[index]
        if frame is None:
            return route
        x, y = self.starts[frame]
        points = [(one + x, other + y) for one, other in route.points]
        if piece.source is None:
            points.insert(0, (points[0][0], self.boxes[frame].y))
        if piece.target is None:
            points.append((points[-1][0], self.boxes[frame].bottom))
        label = None if route.label is None else route.label.moved(x, y)
        return Route(tuple(points), label, route.is_back)


def _pieces(
    source: Sequence[str | None], target: Sequence[str | None]
) -> list[tuple[str | None, str | None, str | None]]:
    """The parts of an edge in order: the level of each, and the items that it joins; None is the level's border."""
    if len(source) == len(target) == 2:
        # neither stands in a frame, as most do
        return [(None, source[0], target[0])]
    if source[0] in target[1:]:
        around = target.index(source[0]) + 1
        return [(target[place], None, target[place - 1]) for place in range(around - 1, 0, -1)]
    if target[0] in source[1:]:
        around = source.index(target[0]) + 1
        return [(source[place], source[place - 1], None) for place in range(1, around)]
    common = next(one for one in source[1:] if one in target[1:])
    leaving, entering = source.index(common), target.index(common)
    up = [(source[place], source[place - 1], None) for place in range(1, leaving)]
    down = [(target[place], None, target[place - 1]) for place in range(entering - 1, 0, -1)]
    return [*up, (common, source[leaving - 1], target[entering - 1]), *down]
