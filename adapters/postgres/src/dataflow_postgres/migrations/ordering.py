"""An order in which each thing comes after what it needs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")


def ordered(needs: Mapping[Key, set[Key]], rank: Callable[[Key], tuple[object, ...]]) -> Iterator[Key]:
    """What is free and first by its rank comes next; in a circle, the first by rank.

    :param needs: what each one needs, all of them keys too.
    """
    left = {key: set(found) for key, found in needs.items()}
    needed_by: dict[Key, list[Key]] = {key: [] for key in needs}
    for key, found in left.items():
        for other in found:
            needed_by[other].append(key)
    places = {key: number for number, key in enumerate(sorted(left, key=rank))}
    free = [(places[key], key) for key, found in left.items() if not found]
    heapq.heapify(free)
    while left:
        key = heapq.heappop(free)[1] if free else min(left, key=places.__getitem__)
        if key not in left:
            continue
        del left[key]
        yield key
        for other in needed_by[key]:
            if other in left:
                left[other].discard(key)
                if not left[other]:
                    heapq.heappush(free, (places[other], other))
