"""Renames that something in the database does not take part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataflow.diagnostics import Problem, Solution
from dataflow.migrations import Hindrance
from dataflow_migrations.stops import Stops, accepting

_FOLLOWS_NOT = "views and triggers are others' own, and this server does not write the new name into them"
_BROKEN = "SQLite looks at every view and trigger when something is renamed, and one of them cannot be read, before it or after it"


def hindered(hindrances: Sequence[Hindrance], stops: Stops) -> Iterator[Problem]:
    """A problem for each; what a person has accepted by its name is his to mend."""
    for one in hindrances:
        if one.ref is None:
            yield _refused(one, stops)
        elif str(one.ref) not in stops.run.accepted:
            yield _left_behind(one, stops)


def _called(one: Hindrance, stops: Stops) -> str:
    old = stops.intents.renames[one.renamed].name
    return f"{one.renamed.kind} '{old}' would be renamed to '{one.renamed.name}'"


def _left_behind(one: Hindrance, stops: Stops) -> Problem:
    assert one.ref is not None
    quoted = stops.run.dialect.quoted(one.ref.name)
    again = one.definition or f"-- the same CREATE {one.ref.kind.upper()}, with '{one.renamed.name}' in it"
    return stops.problem(
        "DF-G212",
        f"{_called(one, stops)}, and {one.ref} would be broken: {one.why}",
        stops.before.objects[one.renamed],
        None,
        _FOLLOWS_NOT,
        Solution("drop it before, and make it again after:", f"DROP {one.ref.kind.upper()} {quoted};\n{again};"),
        accepting("or, where it means something else, or you mend it yourself", stops.actual.objects[one.ref]),
        Solution("or keep the name"),
    )


def _refused(one: Hindrance, stops: Stops) -> Problem:
    return stops.problem(
        "DF-G212",
        f"{_called(one, stops)}, and the database refuses: {one.why}",
        stops.before.objects[one.renamed],
        None,
        _BROKEN,
        Solution("mend it, or drop it and make it again after"),
    )
