"""``make bench``: tables of ratios to the plain driver, medians of interleaved rounds in one process per database."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks import processes, streams, targets, workflows
from benchmarks.contest import CONTENDERS, Contest
from benchmarks.places import DATABASES, Database, pin, place
from benchmarks.work import Work, works

NAMES = (*works("sqlite"), "workflow", "process", "stream")


async def contest(database: Database, work: Mapping[str, Work], given: argparse.Namespace) -> None:
    wanted = [name for name in CONTENDERS[database] if _is_wanted(name, given.contenders)]
    with place(database, given.url) as where:
        run = Contest(where, clock_of(given))
        try:
            await run.open([CONTENDERS[database][0], *wanted], print)
            head(run)
            for name, one in work.items():
                await run.measure(name, one, given.rounds or one.rounds)
                line(run, database, name, one)
        finally:
            await run.close()


def clock_of(given: argparse.Namespace) -> Callable[[], float]:
    return time.process_time if given.cpu else time.perf_counter


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    """Any but the yardstick, which always runs."""
    kind = name.rpartition(".")[2].lower()
    return not kind.startswith("plain") and (not only or any(one.lower() in kind for one in (*only, "framework")))


def head(run: Contest) -> None:
    print(f"{'':30}" + "".join(f"{one.name:>16}" for one in run.contenders) + "  target", flush=True)


def line(run: Contest, database: Database, name: str, work: Work) -> None:
    others = list(run.ratios(name).items())[1:]
    cells = "".join(f"{ratio:16.2f}" for _, ratio in others)
    target = targets.TARGETS[database].get(name)
    told = "       -" if target is None else f"{target:8.2f}"
    cause = targets.CAUSES[database].get(name, "")
    missed = target is not None and others[-1][0] == "DataFlow" and others[-1][1] > target
    noted = f"  missed{cause and ': '}{cause}" if missed else ""
    print(f"{work.title:30}{run.plain_ms(name):14.1f}ms{cells}{told}{noted}", flush=True)


def tell_workflows(clock: Callable[[], float]) -> None:
    costs, one_node = workflows.measured(clock)
    for name, cost in costs.items():
        print(f"workflow, {name:20} {cost:7.1f} us per node above its operation   target {targets.NODE_US[name]:.0f}")
    for name, ratio in one_node.items():
        print(f"workflow of one {name:14} {ratio:7.2f} of the direct call                target {targets.ONE_NODE}")


def tell_processes(clock: Callable[[], float]) -> None:
    print(
        f"import dataflow                {processes.import_ms(clock):7.0f} ms                    target {targets.IMPORT_MS:.0f}"
    )
    core_ms, ratio = processes.first_row(clock)
    print(
        f"process with its first row     {ratio:7.2f} of SQLAlchemy Core's {core_ms:.0f} ms   target {targets.FIRST_ROW}"
    )
    for name, plugins in processes.MAKERS.items():
        first, later = processes.first_use(plugins, clock)
        print(
            f"first create, {name:15} {first:7.0f} ms, in a process that knows others {later:.0f} ms   target {targets.FIRST_USE_MS:.0f}"
        )


def tell_streams(database: Database, url: str | None) -> None:
    taken = streams.measured(database, url)
    core = taken["SQLAlchemy Core"]
    print(f"\n{database}: {streams.ROWS:,} records")
    for name, one in taken.items():
        print(f"{name:30}{one.seconds:14.1f} s {one.megabytes:10.0f} MB resident   target {streams.MEGABYTES}")
    print(
        f"{'out, times faster than Core':30}{core.seconds / taken['out'].seconds:14.2f}   target {streams.TIMES_FASTER}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="what to measure; everything by default")
    parser.add_argument("--database", action="append", choices=DATABASES, help="where; everywhere by default")
    parser.add_argument("--url", help="a server that is there, for one --database; a new one is started by default")
    parser.add_argument("--contenders", action="append", default=[], help="who besides the driver and DataFlow")
    parser.add_argument("--rounds", type=int, help="how many, in place of what is usual for the work")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="compare the client's processor time alone, which a busy machine disturbs less",
    )
    given = parser.parse_args()
    names = given.names or NAMES
    # whoever ends the run leaves no server behind
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    pin()
    for database in given.database or DATABASES:
        work = {name: one for name, one in works(database).items() if name in names}
        if work:
            print(f"\n{database}: times the plain driver's time")
            asyncio.run(contest(database, work, given))
    for database in given.database or DATABASES:
        if "stream" in names and database != "sqlite":
            tell_streams(database, given.url)
    if "workflow" in names:
        tell_workflows(clock_of(given))
    if "process" in names:
        tell_processes(clock_of(given))


if __name__ == "__main__":
    main()
