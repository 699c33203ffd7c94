"""How large the box of a node and the label of an arrow are."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow_visualize.layout import Edge, Shape
from dataflow_visualize.picture import Arrow, Node
from dataflow_visualize.text import TITLE, TYPE, cut, text_width

MAX_TITLE, MAX_SUBTITLE, MAX_LABELS = 44, 60, 4
#: the left and right of a box, its first two lines, every further line
SIDE, HEAD, LINE = 14.0, 46.0, 15.0
LABEL_LINE = 14.0
BADGE_SIDE = 7.0


def title(node: Node) -> str:
    return cut(node.id, MAX_TITLE)


def lines(node: Node) -> list[str]:
    """The lines under a node's title and type."""
    return [*node.parameters, *([str(node.state)] if node.state is not None else [])]


def badge(node: Node) -> str:
    """What the red badge says: the first code, and how many more there are."""
    if not node.problems:
        return ""
    rest = len({one.code for one in node.problems}) - 1
    return node.problems[0].code + (f" +{rest}" if rest else "")


def badge_width(node: Node) -> float:
    text = badge(node)
    return text_width(text, TYPE) + 2 * BADGE_SIDE if text else 0.0


def shape_of(node: Node) -> Shape:
    """The size of a node's box; of a frame, what it needs at least."""
    side = SIDE * 2 if node.family == "branch" else SIDE
    head = text_width(title(node), TITLE) + (badge_width(node) + 10 if node.problems else 0)
    shown = lines(node)
    under = [text_width(one, TYPE) for one in [cut(node.subtitle, MAX_SUBTITLE), *shown]]
    height = HEAD + LINE * len(shown) + (4.0 if node.is_frame else 0.0)
    return Shape(max(head, *under) + 2 * side, height, node.parent)


def edge_of(arrow: Arrow) -> Edge:
    """An arrow with the room that its label needs."""
    if arrow.is_order:
        return Edge(arrow.source, arrow.target)
    shown = label_lines(arrow.labels)
    return Edge(
        arrow.source, arrow.target, max([text_width(one, TYPE) for one in shown]) + 8, LABEL_LINE * len(shown) + 3
    )


def label_lines(labels: Sequence[str]) -> list[str]:
    """The lines of a label: not more than there is room for."""
    if len(labels) <= MAX_LABELS:
        return list(labels)
    return [*labels[: MAX_LABELS - 1], f"… {len(labels) - MAX_LABELS + 1} more"]
