"""What is to be placed, and the places."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

Point = tuple[float, float]


@attrs.frozen
class Shape:
    """A box to place. ``parent`` is the frame that it lies in.

    A frame is a shape too: of at least this width, and with this height left free above what it holds.
    """

    width: float
    height: float
    parent: str | None = None


@attrs.frozen
class Edge:
    """A way to draw; the label is given room of this size."""

    source: str
    target: str
    label_width: float = 0.0
    label_height: float = 0.0


@attrs.frozen
class Box:
    """``x`` and ``y`` are those of the upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def moved(self, x: float, y: float) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)


@attrs.frozen
class Route:
    """The points that a way passes, straight down between those above one another, bent between the others.

    ``label`` is None where there is none. ``is_back`` marks a way that closes a cycle and leads up.
    """

    points: tuple[Point, ...]
    label: Box | None = None
    is_back: bool = False


@attrs.frozen(eq=False)
class Layout:
    """``routes`` are in the order of the edges; one whose ends lie in one another without a way between has no points."""

    boxes: Mapping[str, Box]
    routes: tuple[Route, ...]
    width: float
    height: float
