"""A picture as SVG that needs nothing else: no script, no font, no style sheet from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from dataflow_visualize.layout import Box, Layout, laid_out
from dataflow_visualize.layout.geometry import Point
from dataflow_visualize.measures import (
    HEAD,
    LABEL_LINE,
    LINE,
    MAX_SUBTITLE,
    SIDE,
    badge,
    badge_width,
    edge_of,
    label_lines,
    lines,
    shape_of,
    title,
)
from dataflow_visualize.picture import Arrow, Node, Picture
from dataflow_visualize.styles import picture_style
from dataflow_visualize.text import cut, escape

#: how long the head of an arrow is
TIP = 8
_style = functools.cache(picture_style)


def svg(picture: Picture) -> str:
    """The whole picture as one element; its classes and colours are its own."""
    layout = laid_out({node.id: shape_of(node) for node in picture.nodes}, [edge_of(one) for one in picture.arrows])
    size = f'width="{layout.width:.0f}" height="{layout.height:.0f}"'
    frames = [node for node in picture.nodes if node.is_frame]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dataflow-picture" role="img" {size} '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}">',
        f"<title>{escape(picture.name)}</title>",
        f"<style>{_style()}</style>",
        f'<rect class="sheet" {size}/>',
        *(_node(node, layout.boxes[node.id]) for node in _outer_first(frames)),
        *_ways(picture.arrows, layout),
        *(_node(node, layout.boxes[node.id]) for node in picture.nodes if not node.is_frame),
        *(_head(node, layout.boxes[node.id]) for node in frames),
        *_labels(picture.arrows, layout),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _outer_first(frames: list[Node]) -> list[Node]:
    parents = {node.id: node.parent for node in frames}

    def depth(name: str | None) -> int:
        return 0 if name is None else 1 + depth(parents.get(name))

    return sorted(frames, key=lambda node: depth(node.id))


def _node(node: Node, box: Box) -> str:
    """A node with all that it says; of a frame its card alone, for ways lead over it."""
    shown = lines(node)
    inside = "" if node.is_frame else _texts(node, shown) + _badge(node, box)
    told = [f"{node.id}: {node.subtitle}", *shown, *(f"{one.code} {one.message}" for one in node.problems)]
    return (
        f'<g class="{_classes(node)}" {_at(box)} data-node="{escape(node.id)}"><title>{_joined(told)}</title>'
        f"{_card(node, box)}{inside}</g>"
    )


def _head(node: Node, box: Box) -> str:
    """What a frame says: over the ways that lead into it, each letter with a rim of the frame's colour."""
    return f'<g class="{_classes(node)} head" {_at(box)}>{_texts(node, lines(node))}{_badge(node, box)}</g>'


def _at(box: Box) -> str:
    # whole pixels: lines are sharp, and what is inside needs no numbers of its own
    return f'transform="translate({int(box.x)} {int(box.y)})"'


def _classes(node: Node) -> str:
    marks = f"node {node.family}"
    if node.is_frame:
        marks += " frame"
    if node.problems:
        marks += " wrong"
    return marks if node.state is None else f"{marks} {node.state.status}"


def _texts(node: Node, shown: list[str]) -> str:
    x = int(SIDE * 2 if node.family == "branch" else SIDE)
    text = (
        f'<text class="name" x="{x}" y="20">{escape(title(node))}</text>'
        f'<text x="{x}" y="36">{escape(cut(node.subtitle, MAX_SUBTITLE))}</text>'
    )
    y = int(HEAD) + 7
    for line in shown:
        # the state is the last line
        kind = ' class="state"' if node.state is not None and line is shown[-1] else ""
        text += f'<text{kind} x="{x}" y="{y}">{escape(line)}</text>'
        y += int(LINE)
    return text


def _joined(texts: list[str]) -> str:
    """The lines of a tooltip, which keeps their ends."""
    return "&#10;".join(map(escape, texts))


def _card(node: Node, box: Box) -> str:
    width, height = int(box.width), int(box.height)
    if node.family == "branch":
        half, right = height // 2, width - 16
        return f'<path class="card" d="M0 {half}L16 0H{right}L{width} {half}L{right} {height}H16Z"/>'
    size = f'width="{width}" height="{height}"'
    if node.is_frame:
        return f'<rect class="card" {size} rx="10"/>'
    # one card behind another: the step runs for each of many
    behind = f'<rect class="card" x="5" y="5" {size} rx="7"/>' if node.is_repeated else ""
    accent = f'<rect class="accent" x="5" y="9" width="3.5" height="{height - 18}" rx="1.7"/>'
    return f'{behind}<rect class="card" {size} rx="7"/>{accent}'


def _badge(node: Node, box: Box) -> str:
    if not node.problems:
        return ""
    width = int(badge_width(node))
    x = int(box.width) - width - (20 if node.family == "branch" else 8)
    return (
        f'<rect class="badge" x="{x}" y="7" width="{width}" height="18" rx="9"/>'
        f'<text class="mark" x="{x + width // 2}" y="20">{badge(node)}</text>'
    )


def _ways(arrows: tuple[Arrow, ...], layout: Layout) -> Iterator[str]:
    for arrow, route in zip(arrows, layout.routes, strict=True):
        if not route.points:
            continue
        mark = " broken" if arrow.is_broken or route.is_back else " order" if arrow.is_order else ""
        told = _joined([f"{arrow.source} → {arrow.target}", *arrow.labels])
        end, tip = _tip(route.points)
        yield (
            f'<g><title>{told}</title><path class="way{mark}" d="{_curve((*route.points[:-1], end))}"/>'
            f'<path class="tip{mark}" d="{tip}"/></g>'
        )


def _tip(points: tuple[Point, ...]) -> tuple[Point, str]:
    """Where the line of an arrow ends, and its head from there: along a row, else down or up."""
    (from_x, from_y), (x, y) = points[-2:]
    start = f"M{int(x)} {int(y)}"
    if from_y == y:
        back = TIP if from_x > x else -TIP
        return (x + back, y), f"{start}l{back} -4v8Z"
    back = TIP if from_y > y else -TIP
    return (x, y + back), f"{start}l-4 {back}h8Z"


def _curve(points: tuple[Point, ...]) -> str:
    """Straight where two points are above or beside each other, else a cubic; upright at the ends and where it turns."""
    x, y = points[0]
    text = f"M{int(x)} {int(y)}"
    slope, last = 0.0, len(points) - 1
    for place in range(1, last + 1):
        to_x, to_y = points[place]
        if abs(x - to_x) < 0.5 or y == to_y:
            text += f"L{int(to_x)} {int(to_y)}"
            next_slope = 0.0
        else:
            next_slope = 0.0 if place == last else _slope(x, y, to_x, to_y, points[place + 1])
            reach = (to_y - y) * 0.45
            near, far = x + slope * reach, to_x - next_slope * reach
            text += f"C{int(near)} {int(y + reach)} {int(far)} {int(to_y - reach)} {int(to_x)} {int(to_y)}"
        x, y, slope = to_x, to_y, next_slope
    return text


def _slope(before_x: float, before_y: float, x: float, y: float, after: Point) -> float:
    """How far a curve leads sideways at a point; none where it turns, so that it never leaves the way between."""
    first, second = x - before_x, after[0] - x
    if first * second <= 0 or y == after[1]:
        return 0.0
    # the harmonic mean, after Fritsch and Butland (1984)
    first, second = first / (y - before_y), second / (after[1] - y)
    return 2 * first * second / (first + second) if first * second > 0 else 0.0


def _labels(arrows: tuple[Arrow, ...], layout: Layout) -> Iterator[str]:
    for arrow, route in zip(arrows, layout.routes, strict=True):
        if route.label is not None:
            yield _label(label_lines(arrow.labels), route.label)


def _label(texts: list[str], box: Box) -> str:
    x, y = int(box.middle), int(box.y)
    text = f'<rect class="tag" x="{int(box.x)}" y="{y}" width="{int(box.width)}" height="{int(box.height)}" rx="4"/>'
    for line in texts:
        y += int(LABEL_LINE)
        # a letter's middle is above the line that it stands on
        text += f'<text class="label" x="{x}" y="{y - 2}">{escape(line)}</text>'
    return text
