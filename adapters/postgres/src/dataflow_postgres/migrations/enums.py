"""Enumerations: values that come are added, other changes take a new type in the place of the old one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import attrs

from dataflow.migrations import Change, Column, Defined, Intents, Probe, SchemaObject
from dataflow_postgres.migrations.columns import altered
from dataflow_postgres.migrations.names import owner_of, qualified, quoted, text


def labels(one: Defined) -> list[str] | None:
    """The values of an enumeration in their order; None for another type."""
    return json.loads(one.options["labels"]) if "labels" in one.options else None


def extended(before: Defined, after: Defined) -> list[str] | None:
    """Statements that add values, or None where some go or change places."""
    if (before.definition, before.options) == (after.definition, after.options):
        return []
    old, new = labels(before), labels(after)
    if old is None or new is None or [one for one in new if one in old] != old:
        return None
    return list(_additions(qualified(after.ref), old, new))


def _additions(name: str, old: list[str], new: list[str]) -> Iterator[str]:
    following = [one for one in new if one in old]
    for place, label in enumerate(new):
        if label in old:
            continue
        later = next((one for one in new[place:] if one in following), None)
        yield f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {text(label)}" + (f" BEFORE {text(later)}" if later else "")


def added_labels(before: Defined, after: Defined) -> list[str]:
    had = labels(before) or []
    return [one for one in labels(after) or [] if one not in had]


def is_swapped(before: Defined, after: Defined) -> bool:
    """Whether an enumeration becomes one that values alone do not make of it."""
    return labels(before) is not None and labels(after) is not None and extended(before, after) is None


def is_used(before: SchemaObject, after: SchemaObject, changes: Sequence[Change], intents: Intents) -> bool:
    """Whether a label that comes is written anywhere in what else changes."""
    if not (isinstance(before, Defined) and isinstance(after, Defined)):
        return False
    new = [text(one) for one in added_labels(before, after)]
    objects = [one.after for one in changes if new and one.after is not None and one.after != after]
    written = [str(value) for one in objects for value in attrs.astuple(one, recurse=False)]
    written += [*intents.backfills.values(), *(one.value for one in intents.kept.values())]
    return any(label in where for label in new for where in written)


def in_use(before: Defined, after: Defined, columns: Sequence[Column]) -> tuple[Probe, ...]:
    """That no row has a label which is in ``before`` alone."""
    gone = ", ".join(map(text, added_labels(after, before)))
    return tuple(Probe("none", one.ref, sql=_having(one, gone)) for one in columns if gone)


def _having(column: Column, labels: str) -> str:
    name = quoted(column.ref.name)
    has = f"{name}::text[] && ARRAY[{labels}]" if column.type.endswith("[]") else f"{name}::text IN ({labels})"
    return f"SELECT count(*) FROM {owner_of(column.ref)} WHERE {has}"


def swapped(before: Defined, after: Defined, columns: Sequence[Column]) -> list[str]:
    """A new type of the same name for some columns, which keep their values by their labels."""
    name, away = qualified(after.ref), f"dataflow_old_{after.ref.name}"
    found = [f"ALTER TYPE {name} RENAME TO {quoted(away)}", after.definition]
    for column in columns:
        by_text = attrs.evolve(
            column, type="text[]" if column.type.endswith("[]") else "text", collation="", default=None
        )
        found += [*altered(column, by_text), *altered(by_text, column)]
    return [*found, f"DROP TYPE {quoted(away)}", *after.access]
