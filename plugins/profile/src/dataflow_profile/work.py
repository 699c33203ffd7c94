"""What was under way, and what of it: a run, its steps, the calls of a step's function, their statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

Kind = Literal["run", "step", "call", "statement", "tables", "transaction"]


@attrs.define(eq=False)
class Work:
    """One thing that took time. ``question`` tells calls with equal parameters from others, and holds no value of them."""

    kind: Kind
    name: str
    start_s: float
    end_s: float | None = None
    node_type: str | None = None
    model: str | None = None
    queued_ms: float = 0.0
    validation_ms: float = 0.0
    rows: int | None = None
    failed: bool = False
    question: int = 0
    parts: list[Work] = attrs.field(factory=list)

    @property
    def total_ms(self) -> float:
        return 0.0 if self.end_s is None else (self.end_s - self.start_s) * 1000

    def of(self, *kinds: Kind) -> Iterator[Work]:
        """The parts of some kinds, those of the parts too."""
        for part in self.parts:
            if part.kind in kinds:
                yield part
            yield from part.of(*kinds)


def covered_ms(works: Iterable[Work]) -> float:
    """The time in which at least one of them was under way: statements of a fan-out run beside each other."""
    spans = sorted((one.start_s, one.end_s) for one in works if one.end_s is not None)
    total = reached = 0.0
    for start, end in spans:
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total * 1000


def rows_of(result: object) -> int | None:
    """How many records a result is about; None where that cannot be said, as of a function's."""
    if result is None:
        return 0
    if not isinstance(result, Mapping):
        return None
    for name in ("records", "rows"):
        if isinstance(result.get(name), list):
            return len(result[name])
    counted = [_number(result.get(name)) for name in ("created", "updated", "deleted", "restored", "skipped")]
    found = [number for number in counted if number is not None]
    return sum(found) if found else 1


def _number(value: Any) -> int | None:
    # an upsert says by a bool whether it created
    return value if isinstance(value, int) and not isinstance(value, bool) else None
