"""The rows of a plan, one after the other; none is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from random import Random

import attrs

from dataflow.diagnostics import Problem, error_of
from dataflow_generate_data.domains import Exhausted
from dataflow_generate_data.filling import Row
from dataflow_generate_data.planning import ModelPlan
from dataflow_generate_data.problems import too_many

#: how often a row is made anew that shares what must be unique with another
TRIES = 1000


@attrs.define(eq=False)
class Rows:
    """Makes the rows of one model. ``number`` counts from 0."""

    plan: ModelPlan
    #: as the class declares them
    _names: tuple[str, ...] = attrs.field(init=False)
    _random: Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # rows that are added later are other ones
        self._random = self.plan.random(f"rows after {self.plan.held}")
        self._names = tuple(one.name for one in self.plan.model.writable)

    def __iter__(self) -> Iterator[Row]:
        for number in range(self.plan.count):
            yield self.row(number)

    def row(self, number: int, taken: Collection[str] = ()) -> Row:
        """A row that shares no unique values with those before it.

        :param taken: fields whose first values some row of the table has.
        :raises DataFlowError: GEN-103.
        """
        for _ in range(TRIES):
            filled = self._filled(number, taken)
            row = {name: filled[name] for name in self._names}
            keys = [(one, key) for one in self.plan.checked if (key := one.key(row)) is not None]
            shared = [one for one, key in keys if key in one.seen]
            if not shared:
                for one, key in keys:
                    one.seen.add(key)
                return row
            taken = {*taken, *(name for one in shared for name in one.names)}
        raise error_of(self._exhausted(self.plan.checked[0].names, number))

    def _filled(self, number: int, taken: Collection[str]) -> Row:
        row: Row = {}
        random, anchored = self._random, self.plan.anchored
        for filler in self.plan.fillers:
            again = bool(taken) and any(name in taken and name not in anchored for name in filler.names)
            try:
                filler.fill(row, number, random, again=again)
            except Exhausted as fault:
                raise error_of(self._exhausted(filler.names, fault.args[0])) from fault
        return row

    def _exhausted(self, names: Sequence[str], found: int) -> Problem:
        return too_many(self.plan.model, names, self.plan.count, found)


def waiting_values(plan: ModelPlan) -> Iterator[Row]:
    """What a second pass writes: of each row its key and the references that had to wait."""
    key, random = plan.anchored["id"], plan.random(f"references after {plan.held}")
    for number in range(plan.count):
        row: Row = {"id": key.value(number)}
        for filler in plan.waiting:
            filler.fill(row, number, random)
        yield row
