"""Which row each node stands in: every edge leads down, cycles are cut, and edges are short."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

Pair = tuple[int, int]


def cut_cycles(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Per edge, whether it closes a cycle, found in depth from the nodes that nothing leads to, then in their order."""
    after: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    has_before = [False] * count
    for number, (source, target) in enumerate(edges):
        after[source].append((target, number))
        has_before[target] = True
    closes = [False] * len(edges)
    # 0 is unseen, 1 on the way from the root, 2 done
    state = [0] * count
    for root in sorted(range(count), key=has_before.__getitem__):
        if state[root]:
            continue
        state[root] = 1
        trail = [(root, iter(after[root]))]
        while trail:
            node, rest = trail[-1]
            for target, number in rest:
                if state[target] == 1:
                    closes[number] = True
                elif state[target] == 0:
                    state[target] = 1
                    trail.append((target, iter(after[target])))
                    break
            else:
                state[node] = 2
                trail.pop()
    return closes


def ranked(count: int, edges: Sequence[Pair], top: Collection[int] = (), bottom: Collection[int] = ()) -> list[int]:
    """The row of each node, by the longest path to it; then nodes with more edges below than above go down to those.

    :param edges: without cycles.
    :param top: nodes that stay in the first row; nothing leads to them.
    :param bottom: nodes that stand in the last row; nothing leads from them.
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        above[target].append(source)
        below[source].append(target)
    order = _order(above, below)
    ranks = [0] * count
    for node in order:
        ranks[node] = max((ranks[one] + 1 for one in above[node]), default=0)
    last = max(ranks, default=0)
    for node in bottom:
        ranks[node] = last
    for node in reversed(order):
        if node not in top and len(below[node]) > len(above[node]):
            ranks[node] = min(ranks[one] for one in below[node]) - 1
    _spread_lonely(ranks, [node for node in order if not above[node] and not below[node]])
    return ranks


def _order(above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> list[int]:
    waits = [len(one) for one in above]
    order = [node for node, number in enumerate(waits) if not number]
    for node in order:
        for other in below[node]:
            waits[other] -= 1
            if not waits[other]:
                order.append(other)
    return order


def _spread_lonely(ranks: list[int], lonely: Sequence[int]) -> None:
    """Nodes without any edge fill rows of their number's square root, for a single row of them would be very wide."""
    wide = max(4, math.isqrt(len(lonely)))
    for number, node in enumerate(lonely):
        ranks[node] = number // wide
