"""Views, triggers, routines, events and sequences: made, dropped, and made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dataflow.migrations import Defined, MigrationStep
from dataflow_mysql.migrations.catalogue import mentions
from dataflow_mysql.migrations.stepping import is_absent, is_as, step
from dataflow_mysql.migrations.writing import defined_definition, drop

#: a view may call a function, a trigger and an event whatever there is
_ORDER = ("sequence", "routine", "view", "trigger", "event")


def create_defined(one: Defined) -> MigrationStep:
    return step(
        kind="create",
        target=one.ref,
        sql=defined_definition(one),
        inverse=drop(one.ref),
        after=one,
        holds=[is_as(one)],
    )


def drop_defined(one: Defined) -> MigrationStep:
    return step(
        kind="drop",
        target=one.ref,
        reversible="lossy" if one.ref.kind == "sequence" else "yes",
        sql=drop(one.ref),
        inverse=defined_definition(one),
        before=one,
        holds=[is_absent(one)],
    )


def replace_defined(old: Defined, new: Defined) -> Iterator[MigrationStep]:
    """A view is never away; anything else is for a moment, as MySQL has no other way."""
    if new.ref.kind != "view":
        yield drop_defined(old)
        yield create_defined(new)
        return
    yield step(
        kind="alter",
        target=new.ref,
        sql=_replacing(defined_definition(new)),
        inverse=_replacing(defined_definition(old)),
        before=old,
        after=new,
        holds=[is_as(new)],
    )


def _replacing(statements: Sequence[str]) -> list[str]:
    return [one.replace("CREATE ALGORITHM", "CREATE OR REPLACE ALGORITHM", 1) for one in statements]


def ordered(found: Iterable[Defined]) -> list[Defined]:
    """Those first that others name; triggers of one table in the order in which they were."""
    left = sorted(found, key=lambda one: _ORDER.index(one.ref.kind))
    placed: list[Defined] = []
    while left:
        free = [
            one
            for one in left
            if not any(
                other is not one and other.ref.kind in ("view", "routine", "sequence") and mentions(one.definition, other.ref.name)
                for other in left
            )
        ]  # fmt: skip
        # two that name each other can only be routines, which are made without a look at what they name
        for one in free or left[:1]:
            placed.append(one)
            left.remove(one)
    return placed
