"""The tree of a flame graph: where the time of all runs went, added up by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from dataflow_profile.measures import DIRECT
from dataflow_profile.work import Work

FrameKind = Literal["all", "run", "step", "call", "statement", "tables", "transaction", "validation"]


@attrs.define(eq=False)
class Frame:
    """A name with the time spent in it, what is in it included; ``count`` is how often it was entered.

    Steps that run beside each other are added up, so that a run may have more than passed on the clock. Statements and
    calls that a step has under way together share the step's time out among them; ``together_ms`` is what they take one by one.
    """

    name: str
    kind: FrameKind
    own_ms: float = 0.0
    together_ms: float = 0.0
    count: int = 0
    parts: dict[tuple[str, str], Frame] = attrs.field(factory=dict)

    @property
    def total_ms(self) -> float:
        return max(self.own_ms, sum(one.total_ms for one in self.parts.values()))

    @property
    def self_ms(self) -> float:
        """What is spent in none of its parts."""
        return self.total_ms - sum(one.total_ms for one in self.parts.values())

    def enter(self, name: str, kind: FrameKind, took_ms: float, share: float = 1.0) -> Frame:
        """The part of a name, with a time more."""
        found = self.parts.setdefault((kind, name), Frame(name, kind))
        found.own_ms += took_ms * share
        found.together_ms += took_ms
        found.count += 1
        return found

    def walk(self, *above: str) -> Iterator[tuple[tuple[str, ...], Frame]]:
        """Every frame with the names from the outermost to its own."""
        path = (*above, self.name)
        yield path, self
        for one in self.parts.values():
            yield from one.walk(*path)


def frame_tree(works: Sequence[Work]) -> Frame:
    """One root with a frame for each workflow, and one for what was called outside of any."""
    root = Frame("profile", "all")
    for one in works:
        _add(root if one.kind == "run" else root.enter(DIRECT, "run", one.total_ms), one)
    root.count = 1
    return root


def _add(around: Frame, work: Work, share: float = 1.0) -> None:
    name = f"{work.name} ({work.node_type})" if work.kind == "step" and work.node_type else work.name
    # a run is as wide as its steps
    is_sum = work.kind == "run" and any(part.kind == "step" for part in work.parts)
    frame = around.enter(name, work.kind, 0.0 if is_sum else work.total_ms, share)
    inside = work.validation_ms + sum(part.total_ms for part in work.parts)
    if not is_sum and inside > work.total_ms:
        share *= work.total_ms / inside
    if work.validation_ms:
        frame.enter("validation", "validation", work.validation_ms, share)
    for part in work.parts:
        _add(frame, part, share)
