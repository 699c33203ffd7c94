"""``generate`` writes test data, ``records`` only makes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

import attrs

from dataflow import DataFlow
from dataflow.diagnostics import error_of
from dataflow_generate_data.filling import Row
from dataflow_generate_data.looking import existing_values, tables_of, taken_rows
from dataflow_generate_data.order import ordered
from dataflow_generate_data.planning import ModelPlan, Planner, Request, Table, UniqueRows, Values
from dataflow_generate_data.problems import not_permitted, taken
from dataflow_generate_data.requests import checked_request
from dataflow_generate_data.rows import Rows, waiting_values

BATCH_SIZE = 5_000
#: a model's name or its class
M = TypeVar("M", bound=str | type)
#: told of a model, how many of its records are done, and how many there will be
Progress = Callable[[str, int, int], None]


@attrs.frozen
class Generated:
    """What was written: the number of records by model, in the order in which their tables were filled."""

    created: Mapping[str, int]
    seed: int

    @property
    def total(self) -> int:
        return sum(self.created.values())


async def generate(
    db: DataFlow,
    counts: Mapping[M, int],
    *,
    seed: int = 0,
    locale: str = "en",
    null_share: float = 0.1,
    values: Values | None = None,
    batch_size: int = BATCH_SIZE,
    permit: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Write records of some models, in one transaction: all or none.

    They are added to what is there. The same seed gives the same records in the same state of the database, but for
    ``created_at`` and ``updated_at``. One batch is held at a time.

    :param counts: how many records of which model, ``{"User": 1000, "Order": 5000}``; their order does not matter.
    :param locale: of names, cities and texts, such as ``"de"``.
    :param null_share: the share of None in fields that may be None.
    :param values: of single fields, ``{"User.country": ["DE", "FR"]}``, or a function of a ``random.Random``.
    :param permit: write under a profile for real data too.
    :raises DataFlowError: GEN-101 to GEN-108.
    """
    request = checked_request(db, counts, seed, locale, null_share, values)
    if db.config.persistent and not permit:
        raise error_of(not_permitted(db.config.profile, db.adapter.display_url))
    async with db.transaction():
        models = [db.models[name] for name in request.counts]
        tables = await tables_of(db, models)
        plans = Planner(request, ordered(models), tables, await existing_values(db, models)).planned()
        for plan in plans.values():
            await _write(db, plan, tables[plan.model.name], batch_size, progress)
        for plan in plans.values():
            if plan.waiting:
                for batch in _batches(waiting_values(plan), batch_size):
                    await getattr(db, plan.model.name).bulk_update(batch)
    return Generated({name: plan.count for name, plan in plans.items()}, seed)


async def records(
    db: DataFlow,
    counts: Mapping[M, int],
    *,
    seed: int = 0,
    locale: str = "en",
    null_share: float = 0.1,
    values: Values | None = None,
) -> AsyncIterator[tuple[str, Row]]:
    """The records that ``generate`` would write into empty tables, each with its model's name; nothing is written.

    The database is only asked for records of models that are referred to and not among ``counts``.

    :raises DataFlowError: GEN-101 to GEN-106.
    """
    request = checked_request(db, counts, seed, locale, null_share, values)
    for plan in (await plans_of(db, request)).values():
        waiting = waiting_values(plan) if plan.waiting else iter(())
        for row in Rows(plan):
            yield plan.model.name, row | next(waiting, {})


async def plans_of(db: DataFlow, request: Request) -> Mapping[str, ModelPlan]:
    """The plans of a request as if its tables were empty."""
    models = [db.models[name] for name in request.counts]
    return Planner(request, ordered(models), {}, await existing_values(db, models)).planned()


async def _write(db: DataFlow, plan: ModelPlan, table: Table, batch_size: int, progress: Progress | None) -> None:
    async def batches() -> AsyncIterator[Row]:
        rows, number = Rows(plan), 0
        for batch in _batches(iter(rows), batch_size):
            if table.rows:
                await _replace_taken(db, plan, rows, batch, number)
            for row in batch:
                yield row
            number += len(batch)
            if progress is not None:
                progress(plan.model.name, number, plan.count)

    await getattr(db, plan.model.name).bulk_create(batches(), batch_size=batch_size)


async def _replace_taken(db: DataFlow, plan: ModelPlan, rows: Rows, batch: list[Row], number: int) -> None:
    """Make rows anew whose unique values are those of records that were there.

    :raises DataFlowError: GEN-108 when that is the key, which other rows refer to.
    """
    unique = (UniqueRows(("id",)), *plan.promised, *plan.checked)
    while left := await taken_rows(db, plan.model, batch, unique):
        for place, names in left.items():
            for name in names:
                if name in plan.anchored:
                    raise error_of(taken(plan.model, plan.model.fields[name], batch[place][name]))
            batch[place] = rows.row(number + place, names)


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch
