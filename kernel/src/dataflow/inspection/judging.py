"""What is to be said of a plan: which scans no index serves, and which index would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from dataflow.diagnostics import is_secret_name
from dataflow.expressions.tree import ALWAYS, Expression, comparisons
from dataflow.inspection.plans import PlanStep, StatementPlan
from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import Model
from dataflow.operations.operation import Operation, Statement

#: comparisons that an index on the field can serve
SERVED = ("eq", "in", "gt", "gte", "lt", "lte", "between")


@attrs.frozen
class Judgement:
    """Of the plans of one operation. ``fields`` are those whose conditions an index could serve."""

    model: Model | None
    is_filtered: bool
    fields: tuple[str, ...]
    hides_values: bool

    @classmethod
    def of(cls, operation: Operation) -> Judgement:
        where: Expression | None = getattr(operation, "where", None)
        is_filtered = isinstance(operation, Statement) or where not in (None, ALWAYS)
        return cls(operation.model, is_filtered, tuple(_served(where)), _has_secrets(operation, where))

    def judged(self, plan: StatementPlan) -> StatementPlan:
        """The plan with a remark on each step that reads rows; values of secret fields are left out."""
        steps = (
            attrs.evolve(step, condition="***") if step.condition and self.hides_values else step for step in plan.steps
        )
        return attrs.evolve(plan, steps=tuple(map(self._remarked, steps)))

    def advice(self, plans: Iterable[StatementPlan]) -> Iterator[str]:
        """The index that the model lacks, where its table is read as a whole for a condition."""
        model = self.model
        if model is None or not self.fields or self._serving():
            return
        if any(step.is_unaided and step.table == model.table for plan in plans for step in plan.steps):
            fields = ", ".join(f'"{one}"' for one in self.fields)
            yield f"__indexes__ = [Index({fields})]  # of {model.name}"

    def _remarked(self, step: PlanStep) -> PlanStep:
        if step.access == "index":
            return attrs.evolve(step, remark=f"by index {step.index}" if step.index else "by the key")
        if step.access != "scan":
            return step
        if not self.is_filtered:
            return attrs.evolve(step, remark="reads every row: there is no condition")
        if step.possible:
            names = ", ".join(step.possible)
            return attrs.evolve(step, remark=f"reads every row of a small table; {names} serves a large one")
        serving = self._serving() if step.index else ()
        if serving:
            remark = f"reads in the order of {step.index} until enough rows match; {', '.join(serving)} would find them unsorted"
            return attrs.evolve(step, remark=remark)
        return attrs.evolve(step, remark="reads every row: no index serves the condition", is_unaided=True)

    def _serving(self) -> Sequence[str]:
        """The model's indexes that begin with one of the fields."""
        if self.model is None:
            return ()
        return [index_name(one, self.model) for one in indexes_of(self.model) if one.fields[0] in self.fields]


def _served(where: Expression | None) -> dict[str, None]:
    found = () if where is None else comparisons(where)
    return dict.fromkeys(one.field for one in found if one.operator in SERVED and not one.path and one.field != "id")


def _has_secrets(operation: Operation, where: Expression | None) -> bool:
    """Whether a database that quotes values in its plan would quote one that is for nobody's eyes."""
    if isinstance(operation, Statement):
        return isinstance(operation.parameters, Mapping) and any(map(is_secret_name, operation.parameters))
    names = [*(one.field for one in comparisons(where or ALWAYS)), *getattr(operation, "values", ())]
    return any(operation.model.fields[name].is_secret for name in names)
