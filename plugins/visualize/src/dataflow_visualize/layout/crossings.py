"""The order within rows: fewer crossings by sweeps, after Sugiyama (1981) and Gansner et al. (1993)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Rows = list[list[int]]
Links = Sequence[Sequence[int]]
#: sweeps at most, and sweeps that make it no better after which no more are tried; fewer where each of them takes long
SWEEPS, PATIENCE = 12, 3
MANY, SWEEPS_OF_MANY, PATIENCE_OF_MANY = 600, 5, 1
#: up to this many nodes neighbours are tried in each other's place as well, which costs more than all sweeps
MAX_EXCHANGED = 400


def crossings(rows: Rows, below: Links) -> int:
    """How many pairs of edges between neighbouring rows cross."""
    places = _places(rows, len(below))
    count = 0
    for row in rows:
        ends: list[int] = []
        for node in row:
            others = below[node]
            if len(others) == 1:
                ends.append(places[others[0]])
            elif others:
                # edges of one node do not cross each other
                ends += sorted([places[one] for one in others])
        count += _inversions(ends)
    return count


def untangled(rows: Rows, above: Links, below: Links) -> Rows:
    """The rows in the best order found, with at most as many crossings as they have as given.

    :param above: for each node those that it is linked to in the row above; ``below`` likewise.
    """
    size = sum(map(len, rows))
    sweeps, patience = (SWEEPS_OF_MANY, PATIENCE_OF_MANY) if size > MANY else (SWEEPS, PATIENCE)
    best, fewest, idle = rows, crossings(rows, below), 0
    rows = [list(row) for row in rows]
    for sweep in range(sweeps):
        if not fewest or idle == patience:
            break
        down = sweep % 2 == 0
        _sweep(rows, above, below, down=down)
        if size > MANY and not down:
            # a sweep up alone makes many nodes hardly ever better, and counting takes as long as sweeping
            continue
        if size <= MAX_EXCHANGED:
            _exchange(rows, above, below)
        found = crossings(rows, below)
        idle += 1
        if found < fewest:
            best, fewest, idle = [list(row) for row in rows], found, 0
    return best


def _places(rows: Rows, count: int) -> list[int]:
    places = [0] * count
    for row in rows:
        for place, node in enumerate(row):
            places[node] = place
    return places


def _inversions(ends: list[int]) -> int:
    """How many pairs of numbers stand in the wrong order: each is inserted into those before it, which stay sorted."""
    if ends == sorted(ends):
        return 0
    seen: list[int] = []
    count = 0
    for end in ends:
        place = bisect_right(seen, end)
        count += len(seen) - place
        seen.insert(place, end)
    return count


def _sweep(rows: Rows, above: Links, below: Links, *, down: bool) -> None:
    """Sort each row by the mean place of its neighbours in the row before; who has none keeps its place."""
    links = above if down else below
    places = _places(rows, len(links))
    wanted: list[float] = [0.0] * len(links)
    for row in rows[1:] if down else rows[-2::-1]:
        if len(row) < 2:
            continue
        for place, node in enumerate(row):
            others = links[node]
            if len(others) == 1:
                wanted[node] = places[others[0]]
            elif others:
                wanted[node] = sum([places[one] for one in others]) / len(others)
            else:
                wanted[node] = place
        row.sort(key=wanted.__getitem__)
        for place, node in enumerate(row):
            places[node] = place


def _exchange(rows: Rows, above: Links, below: Links) -> None:
    """Exchange neighbours within a row for as long as that saves crossings."""
    places = _places(rows, len(above))
    for row in rows:
        better = True
        while better:
            better = False
            for place in range(len(row) - 1):
                left, right = row[place], row[place + 1]
                if _saved(left, right, above, places) + _saved(left, right, below, places) > 0:
                    row[place], row[place + 1] = right, left
                    places[left], places[right] = place + 1, place
                    better = True


def _saved(left: int, right: int, links: Links, places: list[int]) -> int:
    """Crossings between the edges of two neighbours to one side, less those that they would have exchanged."""
    return sum(
        (places[one] > places[other]) - (places[one] < places[other]) for one in links[left] for other in links[right]
    )
