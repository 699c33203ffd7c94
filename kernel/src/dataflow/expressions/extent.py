"""How large a filter may be: conditions in all, and one inside another."""

from __future__ import annotations

import attrs

from dataflow.expressions.filter_problems import FilterProblems, Path
from dataflow.expressions.limits import Limits


@attrs.define(eq=False)
class Extent:
    """Counts the conditions of one filter."""

    limits: Limits
    problems: FilterProblems
    _conditions: int = 0

    @property
    def is_exceeded(self) -> bool:
        return self._conditions > self.limits.max_filter_nodes

    def enter(self, path: Path, depth: int) -> bool:
        """Count one condition; False, and once a problem, when there are too many or this one is too deep."""
        self._conditions += 1
        if self.is_exceeded:
            most = self.limits.max_filter_nodes
            if self._conditions == most + 1:
                self.problems.beyond("max_filter_nodes", most, "has too many conditions", path)
            return False
        if depth > self.limits.max_filter_depth:
            self.problems.beyond("max_filter_depth", self.limits.max_filter_depth, "is nested too deep", path)
            return False
        return True
