"""Foreign keys that would not fit any more: of columns that stay as they are when the key that they refer to does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from dataflow.migrations import Column, Constraint, SchemaDialect, SchemaSnapshot


def left_behind(
    key: Column, before: SchemaSnapshot, after: SchemaSnapshot, dialect: SchemaDialect
) -> Iterator[Constraint]:
    """The foreign keys that refer to a column, and were of its type, and will not be.

    :param key: as it is before.
    """
    for one in after.objects.values():
        if not isinstance(one, Constraint) or one.type != "foreign" or one.referred_table != key.ref.owner:
            continue
        if one.ref not in before.objects:
            continue
        pairs = zip(one.columns, one.referred_columns, strict=False)
        for own in (attrs.evolve(one.ref, kind="column", name=name) for name, far in pairs if far == key.ref.name):
            had, has, aim = before.objects.get(own), after.objects.get(own), after.objects.get(key.ref)
            assert isinstance(had, Column)
            assert isinstance(has, Column)
            assert isinstance(aim, Column)
            if had.type == key.type and not _go_together(has.type, aim.type, before.dialect, dialect):
                yield one


def _go_together(own: str, far: str, server: str, dialect: SchemaDialect) -> bool:
    if re.sub(r"\(.*?\)", "", own) == re.sub(r"\(.*?\)", "", far):
        return True
    if server in ("mysql", "mariadb"):
        # there whole numbers have to be of one size
        return False
    found = dialect.conversion(own, far, "value")
    return found is not None and found.is_alike
