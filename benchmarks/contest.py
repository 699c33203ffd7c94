"""One run: every contender does the same work in the same process, in turns."""

from __future__ import annotations

import gc
import importlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import attrs

from benchmarks.contenders.contender import Contender
from benchmarks.places import Database, Place
from benchmarks.work import Work, base

#: the first is what the others are compared to
CONTENDERS: Mapping[Database, Sequence[str]] = {
    "sqlite": ("plain_sqlite.PlainAiosqlite", "core.SQLAlchemyCore", "orm.SQLAlchemyORM", "framework.Framework"),
    "postgres": (
        "plain_postgres.PlainAsyncpg",
        "core.SQLAlchemyCore",
        "orm.SQLAlchemyORM",
        "tortoise_orm.TortoiseORM",
        "piccolo_orm.Piccolo",
        "django_orm.Django",
        "framework.Framework",
    ),
    "mysql": (
        "plain_mysql.PlainAiomysql",
        "core.SQLAlchemyCore",
        "orm.SQLAlchemyORM",
        "tortoise_orm.TortoiseORM",
        "django_orm.Django",
        "framework.Framework",
    ),
}
Tell = Callable[[str], None]


@attrs.define(eq=False)
class Contest:
    """``times`` has the seconds of each round, by work and contender."""

    place: Place
    clock: Callable[[], float] = time.perf_counter
    contenders: list[Contender] = attrs.field(factory=list)
    urls: dict[Contender, str] = attrs.field(factory=dict)
    times: dict[str, dict[str, list[float]]] = attrs.field(factory=dict)

    async def open(self, names: Sequence[str], tell: Tell) -> None:
        """Open the contenders; one that cannot is told of and left out, but the first."""
        for number, name in enumerate(names):
            try:
                await self._enter(name, number)
            except Exception as error:
                if not number:
                    raise
                tell(f"without {name.rpartition('.')[2]}: {type(error).__name__}: {str(error).strip().splitlines()[0]}")

    async def _enter(self, name: str, number: int) -> None:
        module, _, kind = name.partition(".")
        contender: Contender = getattr(importlib.import_module(f"benchmarks.contenders.{module}"), kind)()
        url = self.place.url(number)
        await contender.open(url)
        await contender.bulk_create(base())
        await self.place.settle(url)
        self.contenders.append(contender)
        self.urls[contender] = url

    async def close(self) -> None:
        for contender in self.contenders:
            with suppress(Exception):
                await contender.close()

    async def measure(self, name: str, work: Work, rounds: int) -> None:
        """Rounds in which everybody has a turn, each time another one first."""
        self.times[name] = {one.name: [] for one in self.contenders}
        for number in range(-1, rounds):
            first = number % len(self.contenders)
            for contender in self.contenders[first:] + self.contenders[:first]:
                given = work.given(f"{name}-{number}")
                gc.collect()
                started = self.clock()
                await work.run(contender, given, number)
                elapsed_s = self.clock() - started
                # the first round warms caches up
                if number >= 0:
                    self.times[name][contender.name].append(elapsed_s)
                if work.adds:
                    await self.place.sweep(self.urls[contender])

    def ratios(self, name: str) -> dict[str, float]:
        """Per contender the median of its times over the first one's in the same round."""
        by_contender = self.times[name]
        plain = by_contender[self.contenders[0].name]
        return {
            contender: statistics.median(own / yardstick for own, yardstick in zip(values, plain, strict=True))
            for contender, values in by_contender.items()
        }

    def plain_ms(self, name: str) -> float:
        return statistics.median(self.times[name][self.contenders[0].name]) * 1000
