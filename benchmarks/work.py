"""The work that is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

from benchmarks import targets
from benchmarks.contenders.contender import Contender, Row, notes, users
from benchmarks.places import Database

BASE = 100_000


def base() -> list[Row]:
    """The rows that are there before."""
    return users("base", BASE)


@attrs.frozen(kw_only=True)
class Work:
    """``given`` makes a turn's rows, outside of the measured time; ``adds`` tells that many rows are to be taken away."""

    title: str
    run: Callable[[Contender, list[Row], int], Awaitable[object]]
    given: Callable[[str], list[Row]] = lambda turn: []
    rounds: int = 15
    adds: bool = False


async def creates(contender: Contender, given: list[Row], turn: int) -> None:
    for row in given:
        await contender.create(row)


async def reads(contender: Contender, given: list[Row], turn: int) -> None:
    for index in range(500):
        await contender.read(f"base-{index * 100}")


async def updates(contender: Contender, given: list[Row], turn: int) -> None:
    for index in range(500):
        await contender.update(f"base-{index * 100}", turn % 90)


async def pages(contender: Contender, given: list[Row], turn: int) -> None:
    for index in range(100):
        await contender.page(index % 10)


async def totals(contender: Contender, given: list[Row], turn: int) -> None:
    for index in range(5):
        await contender.page_with_total(index)


async def _each(contender: Contender, part: Sequence[Row]) -> None:
    for row in part:
        await contender.create_among(row)


async def tasks(contender: Contender, given: list[Row], turn: int) -> None:
    await asyncio.gather(*(_each(contender, given[start::50]) for start in range(50)))


async def bulk_creates(contender: Contender, given: list[Row], turn: int) -> None:
    await contender.bulk_create(given)


async def bulk_notes(contender: Contender, given: list[Row], turn: int) -> None:
    await contender.bulk_notes(given)


async def bulk_updates(contender: Contender, given: list[Row], turn: int) -> None:
    await contender.bulk_update(given)


async def bulk_upserts(contender: Contender, given: list[Row], turn: int) -> None:
    await contender.bulk_upsert(given)


def changes(turn: str) -> list[Row]:
    """New ages for 10,000 rows that are there."""
    return [{"id": f"base-{index * 7}", "age": hash((turn, index)) % 90} for index in range(10_000)]


def half_new(turn: str) -> list[Row]:
    """10,000 rows, of which every second one is there."""
    return [{**row, "id": f"base-{index * 7}"} if index % 2 else row for index, row in enumerate(users(turn, 10_000))]


def several(count: int) -> Callable[[str], list[Row]]:
    return lambda turn: users(turn, count)


def works(database: Database) -> Mapping[str, Work]:
    """The work by its name on the command line."""
    alike = 5 if database == "sqlite" else 100
    return {
        targets.CREATE: Work(title="create", run=creates, given=several(500)),
        targets.READ: Work(title="read by id", run=reads),
        targets.UPDATE: Work(title="update by id", run=updates),
        targets.LIST: Work(title="list 100 of 100,000", run=pages),
        targets.TOTAL: Work(title="the same with its total", run=totals, rounds=9),
        targets.TASKS: Work(title=f"50 tasks x {alike} creates", run=tasks, given=several(50 * alike), rounds=9),
        targets.BULK_10: Work(
            title="bulk create 10,000", run=bulk_creates, given=several(10_000), rounds=11, adds=True
        ),
        targets.BULK: Work(title="bulk create 100,000", run=bulk_creates, given=several(100_000), rounds=5, adds=True),
        targets.RETURNING: Work(
            title="bulk create 10,000, with ids", run=bulk_notes, given=lambda turn: notes(10_000), rounds=11, adds=True
        ),
        targets.BULK_UPDATE: Work(title="bulk update 10,000", run=bulk_updates, given=changes, rounds=9, adds=True),
        targets.BULK_UPSERT: Work(title="bulk upsert 10,000", run=bulk_upserts, given=half_new, rounds=9, adds=True),
    }
