"""Where boxes, frames and ways are placed."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_visualize.layout import Box, Edge, Layout, Route, Shape, laid_out
from dataflow_visualize.layout.crossings import crossings, untangled
from dataflow_visualize.layout.gaps import gap_of

Graph = tuple[dict[str, Shape], list[Edge]]


@st.composite
def graphs(draw: st.DrawFn, cyclic: bool = False) -> Graph:
    """Boxes of any size, some in frames that lie in frames, and edges that lead forward unless they may not."""
    count = draw(st.integers(1, 12))
    frames = {f"f{number}": draw(st.sampled_from([None, *(f"f{one}" for one in range(number))])) for number in range(3)}
    sizes = st.floats(10, 300)
    boxes = {
        f"n{number}": Shape(draw(sizes), draw(st.floats(10, 90)), draw(st.sampled_from([None, None, *frames])))
        for number in range(count)
    }
    used = {name for shape in boxes.values() for name in _around(shape.parent, frames)}
    shapes = {name: Shape(draw(sizes), 30, parent) for name, parent in frames.items() if name in used} | boxes
    pairs = [(f"n{one}", f"n{other}") for one, other in combinations(range(count), 2)]
    if cyclic:
        pairs += [(other, one) for one, other in pairs] + [(name, name) for name in boxes]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    return shapes, [Edge(*pair, *draw(st.sampled_from([(0.0, 0.0), (60.0, 17.0), (90.0, 31.0)]))) for pair in chosen]


def _around(name: str | None, frames: dict[str, str | None]) -> list[str]:
    return [] if name is None else [name, *_around(frames[name], frames)]


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _holds(outer: Box, inner: Box) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom


def _inside(name: str, frame: str, shapes: dict[str, Shape]) -> bool:
    parent = shapes[name].parent
    return parent is not None and (parent == frame or _inside(parent, frame, shapes))


@given(graphs(cyclic=True))
def test_every_shape_is_placed_once_inside_the_drawing_and_its_frame(graph: Graph) -> None:
    shapes, edges = graph
    layout = laid_out(shapes, edges)
    assert list(layout.boxes) == list(shapes)
    sheet = Box(0, 0, layout.width, layout.height)
    for name, shape in shapes.items():
        assert _holds(sheet, layout.boxes[name])
        assert layout.boxes[name].width >= shape.width
        if shape.parent is not None:
            assert _holds(layout.boxes[shape.parent], layout.boxes[name])


@given(graphs(cyclic=True))
def test_no_two_boxes_overlap_but_a_frame_and_what_it_holds(graph: Graph) -> None:
    shapes, edges = graph
    layout = laid_out(shapes, edges)
    for one, other in combinations(shapes, 2):
        nested = _inside(one, other, shapes) or _inside(other, one, shapes)
        assert nested or not _overlap(layout.boxes[one], layout.boxes[other])


@given(graphs(cyclic=True))
def test_labels_lie_on_no_box_and_not_on_each_other(graph: Graph) -> None:
    shapes, edges = graph
    layout = laid_out(shapes, edges)
    frames = {shape.parent for shape in shapes.values()}
    labels = [route.label for route in layout.routes if route.label is not None]
    assert len(labels) == sum(edge.label_height > 0 and edge.source != edge.target for edge in edges)
    assert not any(_overlap(one, layout.boxes[name]) for one in labels for name in shapes if name not in frames)
    assert not any(_overlap(one, other) for one, other in combinations(labels, 2))


def _has_cycle_of_frames(layout: Layout) -> bool:
    return any(route.is_back for route in layout.routes)


@given(graphs())
def test_ways_lead_down_from_one_box_to_the_other(graph: Graph) -> None:
    shapes, edges = graph
    layout = laid_out(shapes, edges)
    # frames may need each other though their boxes do not: then something has to lead up
    if _has_cycle_of_frames(layout):
        return
    for edge, route in zip(edges, layout.routes, strict=True):
        source, target = layout.boxes[edge.source], layout.boxes[edge.target]
        assert route.points[0] == pytest.approx((source.middle, source.bottom))
        assert route.points[-1] == pytest.approx((target.middle, target.y))
        assert all(upper[1] <= lower[1] + 1e-6 for upper, lower in pairwise(route.points))


@given(graphs())
def test_without_frames_and_cycles_no_way_leads_up(graph: Graph) -> None:
    shapes, edges = graph
    flat = {name: Shape(shape.width, shape.height) for name, shape in shapes.items()}
    layout = laid_out(flat, edges)
    assert not _has_cycle_of_frames(layout)
    for edge in edges:
        assert layout.boxes[edge.source].bottom < layout.boxes[edge.target].y


@given(graphs())
def test_ways_go_round_the_boxes_between(graph: Graph) -> None:
    shapes, edges = graph
    flat = {name: Shape(shape.width, shape.height) for name, shape in shapes.items()}
    layout = laid_out(flat, edges)
    for edge, route in zip(edges, layout.routes, strict=True):
        others = [box for name, box in layout.boxes.items() if name not in (edge.source, edge.target)]
        assert not any(_crosses(route, box) for box in others)


def _crosses(route: Route, box: Box) -> bool:
    """Whether a straight part stands on a box; the bent ones are between rows, where no box is."""
    upright = [(one, other) for one, other in pairwise(route.points) if abs(one[0] - other[0]) < 1e-6]
    return any(box.x < one[0] < box.right and one[1] < box.bottom and other[1] > box.y for one, other in upright)


@given(graphs(cyclic=True))
def test_the_same_graph_has_the_same_places(graph: Graph) -> None:
    shapes, edges = graph
    one, other = laid_out(shapes, edges), laid_out(dict(shapes), list(edges))
    assert (dict(one.boxes), one.routes, one.width, one.height) == (
        dict(other.boxes), other.routes, other.width, other.height,
    )  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    sizes = draw(st.lists(st.integers(1, 8), min_size=1, max_size=5))
    numbers = iter(range(sum(sizes)))
    made = [[next(numbers) for _ in range(size)] for size in sizes]
    above: list[list[int]] = [[] for _ in range(sum(sizes))]
    below: list[list[int]] = [[] for _ in range(sum(sizes))]
    for upper, lower in pairwise(made):
        pairs = draw(st.lists(st.tuples(st.sampled_from(upper), st.sampled_from(lower)), max_size=14))
        for one, other in pairs:
            below[one].append(other)
            above[other].append(one)
    return made, above, below


@given(rows())
def test_crossings_are_counted_as_the_eye_does(given: tuple[list[list[int]], list[list[int]], list[list[int]]]) -> None:
    made, _, below = given
    place = {node: number for row in made for number, node in enumerate(row)}
    seen = 0
    for row in made:
        edges = [(place[node], place[end]) for node in row for end in below[node]]
        seen += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(edges, 2))
    assert crossings(made, below) == seen


@given(rows())
def test_untangled_rows_hold_the_same_and_cross_no_more(
    given: tuple[list[list[int]], list[list[int]], list[list[int]]],
) -> None:
    made, above, below = given
    better = untangled(made, above, below)
    assert [sorted(row) for row in better] == [sorted(row) for row in made]
    assert crossings(better, below) <= crossings(made, below)


def test_two_crossed_ways_are_untangled() -> None:
    assert crossings(untangled([[0, 1], [2, 3]], [[], [], [1], [0]], [[3], [2], [], []]), [[3], [2], [], []]) == 0


def test_a_long_way_is_straight() -> None:
    names = ["a", "b", "c", "d"]
    shapes = {name: Shape(80, 40) for name in names}
    layout = laid_out(shapes, [*(Edge(*pair) for pair in pairwise(names)), Edge("a", "d")])
    columns = {x for x, _ in layout.routes[-1].points[1:-1]}
    assert len(columns) <= 3


def test_many_boxes_without_ways_fill_a_square() -> None:
    layout = laid_out({f"n{number}": Shape(100, 100) for number in range(100)}, [])
    assert 0.5 < layout.width / layout.height < 2


@given(graphs(cyclic=True))
def test_no_point_of_a_way_is_one_too_many(graph: Graph) -> None:
    shapes, edges = graph
    flat = {name: Shape(shape.width, shape.height) for name, shape in shapes.items()}
    for route in laid_out(flat, edges).routes:
        assert all(one != other for one, other in pairwise(route.points))
        for before, point, after in zip(route.points, route.points[1:], route.points[2:], strict=False):
            assert not before[0] == point[0] == after[0]


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.booleans()), min_size=1, max_size=12))
def test_ways_between_two_rows_keep_apart_from_the_labels_there(given: list[tuple[float, float, bool]]) -> None:
    ways = [(number, upper, lower) for number, (upper, lower, _) in enumerate(given)]
    labels = {number: (90.0, 17.0) for number, (_, _, labelled) in enumerate(given) if labelled}
    gap = gap_of(ways, labels)
    columns = {number: gap.places.get(number, (upper + lower) / 2) for number, upper, lower in ways}
    assert gap.places.keys() >= labels.keys()
    for number in labels:
        for other, column in columns.items():
            room = 45.0 + (45.0 if other in labels else 0.0)
            assert other == number or abs(column - columns[number]) >= room
