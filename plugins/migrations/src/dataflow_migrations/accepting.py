"""What a person accepts by its name: one that names nothing is told, as it would decide nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.diagnostics.closest import closest
from dataflow.diagnostics.own_codes import entry_of
from dataflow.migrations import AcceptingEngine, Change, MigrationRun
from dataflow_migrations.history import History
from dataflow_migrations.observing import Observation
from dataflow_migrations.stops import DECIDED


async def check_accepted(changes: Collection[Change], seen: Observation, run: MigrationRun) -> None:
    """See that each is a code, or names something that is there, is to come, or was there before an earlier migration.

    :raises MigrationError: DF-G121.
    """
    changing = dict.fromkeys(_names(changes))
    there = {*changing, *map(str, (*seen.actual.objects, *seen.wanted.objects, *seen.managed))}
    engines = [one for one in run.app.migrations.engines if isinstance(one, AcceptingEngine)]
    given = [word for word in run.accepted if not any(one.accepts(word) for one in engines)]
    unknown = _unknown(given, there, seen)
    if unknown:
        # a deployment that is done once more accepts what has gone already
        unknown = _unknown(unknown, await _past(History(run.session)), seen)
    if unknown:
        raise error_of([_problem(one, changing, there) for one in unknown])


def _unknown(accepted: Collection[str], names: Collection[str], seen: Observation) -> list[str]:
    folded = {one.lower() for one in names} if seen.actual.folds_tables else set[str]()
    return [one for one in sorted(accepted) if one not in names and one.lower() not in folded and entry_of(one) is None]


async def _past(history: History) -> list[str]:
    """The names of what earlier migrations were about, or knew."""
    if not await history.exists():
        return []
    plans = [await history.plan(one.revision) for one in await history.revisions()]
    known = ((*plan.managed_before, *(step.target for step in plan.steps)) for plan in plans)
    return [str(ref) for refs in known for ref in refs]


def _names(changes: Collection[Change]) -> Iterator[str]:
    for change in changes:
        yield from (str(one.ref) for one in (change.before, change.after) if one is not None)


def _problem(name: str, changing: Collection[str], there: Collection[str]) -> Problem:
    # what was meant is likely to be among what changes
    near = closest(name, changing) or closest(name, (*there, *sorted(DECIDED)))
    return Problem(
        code="DF-G121",
        message=f"'{name}' is accepted, and names nothing",
        where=Where(operation="migrate"),
        context={"accepted": name, **({"near": ", ".join(near)} if near else {})},
        cause="what may lose data is accepted by the name that a plan shows, such as 'column users.age', or by a code",
        solutions=(
            *(Solution("it is this one:", f"accept=[{one!r}]") for one in near[:1]),
            Solution("see what the plan asks for:", "dataflow migrate plan app.py"),
        ),
    )
