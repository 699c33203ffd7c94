"""Constraints and indexes, out of the catalogue's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dataflow.migrations import Constraint, Index, ObjectRef
from dataflow.migrations.objects import ConstraintType, ReferenceAction
from dataflow_postgres.migrations.definition_text import normal, top_level
from dataflow_postgres.migrations.names import listed, quoted
from dataflow_postgres.migrations.relations import options, settings

if TYPE_CHECKING:
    from dataflow_postgres.migrations.reading import Catalogue, Row

_ACTIONS: dict[str, ReferenceAction] = {
    "a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default",
}  # fmt: skip
_TYPES: dict[str, ConstraintType] = {"p": "primary", "u": "unique", "f": "foreign", "c": "check", "x": "exclude"}
#: of a partitioned table: those of its partitions are taken for it when it is made
_ONLY = re.compile(r"^(CREATE (?:UNIQUE )?INDEX .*?) ON ONLY ")


class IndexRow(NamedTuple):
    """What the catalogue says of an index. ``places`` are those of its columns, 0 for an expression, the included ones last."""

    oid: int
    table: int
    name: str
    unique: bool
    method: str
    valid: bool
    where: str | None
    definition: str
    settings: Sequence[str] | None
    clustered: bool
    nulls_not_distinct: bool
    comment: str | None
    keys: int
    places: Sequence[int]
    parent: str | None
    tablespace: str | None


def add_constraints(found: Catalogue, rows: Sequence[Row], indexes: Sequence[IndexRow], schema: str) -> None:
    backing = {row.oid: row for row in indexes}
    for row in rows:
        owner = found.relation(row[1])
        index = backing.get(row[21]) if row[3] in "pux" else None
        ref = ObjectRef("constraint", row[2], owner.name, owner.schema)
        found.add("pg_constraint", row[0], _constraint(found, ref, row, index, schema))
        if index is not None:
            found.refs["pg_class", index.oid] = ref


def _constraint(found: Catalogue, ref: ObjectRef, row: Row, index: IndexRow | None, schema: str) -> Constraint:
    (_, table, _, kind, definition, columns, expression, place, target, referred, on_delete, on_update, match, deferrable,
     deferred, validated, enforced, no_inherit, is_local, has_parent, deleted, _, comment) = row  # fmt: skip
    return Constraint(
        ref=ref,
        type=_TYPES[kind],
        # an expression of an exclusion has the place 0
        columns=tuple(found.names[table, one] for one in columns or () if one),
        expression=normal(expression or ""),
        referred_table=None if target is None else ObjectRef("table", target, schema="" if place == schema else place),
        referred_columns=tuple(referred or ()),
        on_delete=_ACTIONS.get(on_delete, "no action"),
        on_update=_ACTIONS.get(on_update, "no action"),
        match="full" if match == "f" else "",
        deferrable=deferrable,
        initially_deferred=deferred,
        validated=validated,
        enforced=enforced,
        options=options(
            no_inherit="yes" if no_inherit and kind == "c" else "",
            inherited="" if is_local and not has_parent else "yes",
            on_delete_columns=deleted,
            clustered="yes" if index is not None and index.clustered else "",
            exclude=normal(definition) if kind == "x" else "",
            without_overlaps="yes" if kind in "pu" and "WITHOUT OVERLAPS" in definition else "",
            **({} if index is None else _kept(found, index)),
        ),
        comment=comment or "",
        definition=definition,
    )


def _kept(found: Catalogue, index: IndexRow) -> dict[str, str]:
    """How an index is kept, whether a constraint has made it or not."""
    return options(
        include=listed(found.names[index.table, place] for place in index.places[index.keys :]),
        nulls_not_distinct="yes" if index.nulls_not_distinct else "",
        with_=settings(index.settings),
        tablespace=index.tablespace,
    )


def add_indexes(found: Catalogue, rows: Sequence[IndexRow]) -> None:
    for row in rows:
        if ("pg_class", row.oid) in found.refs:
            # a constraint has made it
            continue
        owner = found.relation(row.table)
        one = Index(
            ref=ObjectRef("index", row.name, owner.name, owner.schema),
            keys=tuple(_keys(found, row)),
            unique=row.unique,
            where=normal(row.where or ""),
            method=row.method,
            valid=row.valid,
            options=options(clustered="yes" if row.clustered else "", attached_to=row.parent, **_kept(found, row)),
            comment=row.comment or "",
            definition=_ONLY.sub(r"\1 ON ", row.definition),
        )
        found.add("pg_class", row.oid, one)


def _keys(found: Catalogue, row: IndexRow) -> Iterator[str]:
    """The keys as the definition has them, columns without the quotes of their names."""
    for key, place in zip(top_level(row.definition), row.places, strict=False):
        column = found.names[row.table, place] if place else ""
        written = column if key.startswith(column) else quoted(column)
        yield column + key[len(written) :] if column else normal(key)
