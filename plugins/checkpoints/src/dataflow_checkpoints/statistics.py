"""Whether one of two ways of answering is slower: samples taken in turns, compared by their ranks.

Times of one machine are neither normal nor steady: a mean of before against a mean of after sees the machine's mood. Here the
two take turns, so that whatever slows the machine slows both, and the Mann-Whitney test asks how often a time of the one is
above one of the other.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence

import attrs

#: fewer samples of each tell nothing
LEAST = 20
#: how seldom equal ways may be called different
ALPHA = 0.01
#: how often a time of the slower way is above one of the other, at least: 0.5 is equal, 1 is always
LEAST_EFFECT = 0.75


@attrs.frozen
class Comparison:
    """``effect`` is the share of pairs in which the second is slower, ``p`` how likely equal ways would differ as much."""

    samples: int
    median_before_s: float
    median_after_s: float
    effect: float
    p: float

    @property
    def is_slower(self) -> bool:
        """Whether the second way is slower: seldom by chance, and by enough to matter."""
        return self.p < ALPHA and self.effect >= LEAST_EFFECT

    @property
    def ratio(self) -> float:
        return self.median_after_s / self.median_before_s if self.median_before_s else math.inf


def compared(before: Sequence[float], after: Sequence[float]) -> Comparison:
    """Two series of times, in seconds.

    :raises ValueError: for fewer than 20 of either.
    """
    if min(len(before), len(after)) < LEAST:
        raise ValueError(f"at least {LEAST} samples of each are needed, and there are {len(before)} and {len(after)}")
    ranks, ties = _ranks([*before, *after])
    small, large = len(before), len(after)
    # how many pairs have the second above the first; equal ones count half
    pairs = sum(ranks[small:]) - large * (large + 1) / 2
    total = small + large
    spread = math.sqrt(small * large / 12 * ((total + 1) - ties / (total * (total - 1))))
    z = 0.0 if spread == 0 else (pairs - small * large / 2 - math.copysign(0.5, pairs - small * large / 2)) / spread
    return Comparison(
        samples=min(small, large),
        median_before_s=_median(before),
        median_after_s=_median(after),
        effect=pairs / (small * large),
        # one side: only slower is told
        p=0.5 * math.erfc(z / math.sqrt(2)),
    )


def _ranks(values: Sequence[float]) -> tuple[list[float], float]:
    """The rank of each value from 1, equal ones sharing theirs; and the correction for ties."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, ties, start = [0.0] * len(values), 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        count = end - start
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        ties += count**3 - count
        start = end
    return ranks, ties


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


async def in_turns(
    before: Callable[[], Awaitable[object]],
    after: Callable[[], Awaitable[object]],
    samples: int = 60,
    seed: int | None = None,
) -> Comparison:
    """Time two ways of answering in turns, in a random order within each turn, after one turn that does not count."""
    order = random.Random(seed)  # noqa: S311  # no secret is made of it
    times: dict[int, list[float]] = {0: [], 1: []}
    for turn in range(samples + 1):
        ways = [(0, before), (1, after)]
        order.shuffle(ways)
        for which, way in ways:
            began = time.perf_counter()
            await way()
            took = time.perf_counter() - began
            if turn:
                times[which].append(took)
    return compared(times[0], times[1])
