"""Tables in an order in which each can be made with the foreign keys that it has, and the foreign keys that have to wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dataflow.migrations import Constraint, ObjectRef, SchemaSnapshot, Table


@attrs.frozen
class Made:
    """``later`` are foreign keys of these tables that are made when all else is: of circles, and to tables that change."""

    tables: tuple[Table, ...]
    later: tuple[Constraint, ...]


def in_order(tables: Sequence[Table], schema: SchemaSnapshot, altered: Collection[ObjectRef]) -> Made:
    """Those first that others refer to; where all that are left refer to each other, the one that refers to the fewest.

    :param altered: tables that are not fit to be referred to until they are changed.
    """
    left = {one.ref: one for one in sorted(tables, key=lambda one: one.ref)}
    placed: list[Table] = []
    waiting = {ref: _referring(ref, schema, set(left)) for ref in left}
    later = [one for ref in left for one in _referring(ref, schema, set(altered))]
    while left:
        ref = min(left, key=lambda one: len([key for key in waiting[one] if key.referred_table in left]))
        later += [key for key in waiting[ref] if key.referred_table in left]
        placed.append(left.pop(ref))
    return Made(tuple(placed), tuple(later))


def _referring(table: ObjectRef, schema: SchemaSnapshot, among: set[ObjectRef]) -> list[Constraint]:
    return [
        one
        for one in schema.parts_of(table)
        if isinstance(one, Constraint) and one.type == "foreign" and one.referred_table in among - {table}
    ]
