"""After the application is deployed: whether its queries are still answered as well as before."""

from __future__ import annotations

import attrs

from dataflow_checkpoints.check import Check, Surroundings, Timed, Verdict, failed, passed, skipped
from dataflow_checkpoints.shapes import Shape, shape_of, worse


async def plans_are_as_good(about: Surroundings) -> Verdict:
    """The plans of the watched queries, against those from before the migration."""
    before: dict[str, Shape] | None = about.notes.get("shapes")
    if not before:
        return skipped("no query is watched: db.migrations.checkpoints.watch(...)")
    found = []
    for name, shape in before.items():
        now = await shape_of(about.app, shape.question)
        found += [f"{name}: {text}" for text in worse(shape, now)]
    return failed("; ".join(found), queries=found) if found else passed(queries=len(before))


async def answers_are_as_fast(about: Surroundings) -> Verdict:
    """The ways of answering that are timed, each against what it stands for, in turns."""
    timed: dict[str, Timed] = about.notes.get("timed", {})
    if not timed:
        return skipped("nothing is timed: db.migrations.checkpoints.watch_time(...)")
    # no other check compares times
    from dataflow_checkpoints.statistics import in_turns

    found, measured = [], {}
    for name, one in timed.items():
        compared = await in_turns(one.before, one.after, one.samples)
        measured[name] = attrs.asdict(compared)
        if compared.is_slower:
            found.append(
                f"{name} takes {compared.ratio:.1f} times as long, and is slower in {compared.effect:.0%} of all pairs"
            )
    return failed("; ".join(found), **measured) if found else passed(**measured)


DEPLOYED = (
    Check("VC401", "post-deploy", "watched queries are planned as well as before", plans_are_as_good),
    Check("VC402", "post-deploy", "timed answers are not slower", answers_are_as_fast),
)
