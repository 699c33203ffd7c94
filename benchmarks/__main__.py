"""``make bench``: prints a table of ratios to plain aiosqlite, medians of interleaved rounds in one process."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.contender import Contender, Row, rows
from benchmarks.core import SQLAlchemyCore
from benchmarks.framework import Framework
from benchmarks.plain import PlainAiosqlite
from benchmarks.workflows import measured

TARGETS = {
    "create": 0.65,
    "read": 0.45,
    "update": 0.60,
    "list 100 of 100,000": 0.90,
    "50 writers": 0.40,
    "bulk 100,000": 1.2,
}
Work = Callable[[Contender, list[Row], int], Awaitable[object]]
Times = dict[str, dict[str, list[float]]]


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


async def writers(contender: Contender, given: list[Row], turn: int) -> None:
    for part in range(0, 250, 50):
        await contender.write_together(given[part : part + 50])


async def bulks(contender: Contender, given: list[Row], turn: int) -> None:
    await contender.bulk_create(given)


#: the work, how many new rows it takes, and how many rounds are measured
WORK: dict[str, tuple[Work, int, int]] = {
    "create": (creates, 500, 15),
    "read": (reads, 0, 15),
    "update": (updates, 0, 15),
    "list 100 of 100,000": (pages, 0, 15),
    "the same with total": (totals, 0, 9),
    "50 writers": (writers, 250, 15),
    "bulk 100,000": (bulks, 100_000, 5),
}


async def measure(contenders: list[Contender], names: list[str]) -> Times:
    times: Times = {name: {one.name: [] for one in contenders} for name in names}
    for name in names:
        work, size, rounds = WORK[name]
        for turn in range(-1, rounds):
            for contender in contenders:
                given = rows(f"{name}-{turn}", size)
                gc.collect()
                started = time.perf_counter()
                await work(contender, given, turn)
                # the first turn warms caches up
                if turn >= 0:
                    times[name][contender.name].append(time.perf_counter() - started)
    return times


async def run(names: list[str], place: Path) -> Times:
    contenders: list[Contender] = [PlainAiosqlite(), SQLAlchemyCore(), Framework()]
    for number, contender in enumerate(contenders):
        await contender.open(str(place / f"{number}.db"))
        await contender.bulk_create(rows("base", 100_000))
    try:
        return await measure(contenders, names)
    finally:
        for contender in contenders:
            await contender.close()


def report(times: Times) -> None:
    print(f"{'work':22} {'aiosqlite':>10}   {'SQLAlchemy Core':>16}   {'DataFlow':>9}   target")
    for name, by_contender in times.items():
        medians = {contender: statistics.median(values) for contender, values in by_contender.items()}
        plain = medians["aiosqlite"]
        target = f"{TARGETS[name]:6.2f}" if name in TARGETS else "     -"
        print(
            f"{name:22} {plain * 1e3:8.1f}ms   {medians['SQLAlchemy Core'] / plain:16.2f}   "
            f"{medians['DataFlow'] / plain:9.2f}   {target}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[*WORK, "workflow", []], help="what to measure; everything by default"
    )
    names = parser.parse_args().names or [*WORK, "workflow"]
    if hasattr(os, "sched_setaffinity"):
        # across cores, a hop between two threads swings between 37 and 118 microseconds
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wanted = [name for name in names if name in WORK]
    if wanted:
        with tempfile.TemporaryDirectory() as place:
            report(asyncio.run(run(wanted, Path(place))))
    if "workflow" in names:
        for name, cost in measured().items():
            print(f"workflow, {name:14} {cost:6.1f} us per node above its operation   target 10")


if __name__ == "__main__":
    main()
