"""``python -m benchmarks.pictures``: how long the SVG of a large workflow takes, the median of several."""

from __future__ import annotations

import random
import statistics
import time

from dataflow_visualize.picture import Arrow, Node, Picture
from dataflow_visualize.svg import svg

SIZE, ROUNDS = 1_000, 15
#: how far back a step's inputs may come from, and from how many steps; 1 is a chain
SHAPES = {"chain": (1, [1]), "narrow": (5, [1, 2]), "usual": (30, [1, 1, 2]), "wide": (100, [1, 1, 2])}


def picture(reach: int, counts: list[int]) -> Picture:
    """The same one every time."""
    choose = random.Random(1)
    nodes = tuple(
        Node(id=f"step{number}", type="UserCreateNode", family="write", parameters=("name: 'Alice'",))
        for number in range(SIZE)
    )
    arrows = []
    for number in range(1, SIZE):
        sources = {choose.randrange(max(0, number - reach), number) for _ in range(choose.choice(counts))}
        arrows += [
            Arrow(source=f"step{one}", target=f"step{number}", labels=("id → data.id",)) for one in sorted(sources)
        ]
    return Picture(name="large", nodes=nodes, arrows=tuple(arrows))


def main() -> None:
    for name, (reach, counts) in SHAPES.items():
        drawn = picture(reach, counts)
        walls, cpus = [], []
        for _ in range(ROUNDS):
            wall, cpu = time.perf_counter(), time.process_time()
            svg(drawn)
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
        print(
            f"{name:8} {SIZE} steps, {len(drawn.arrows)} connections: median {statistics.median(walls):.0f} ms, "
            f"least {min(walls):.0f} ms, of the processor {statistics.median(cpus):.0f} ms"
        )


if __name__ == "__main__":
    main()
