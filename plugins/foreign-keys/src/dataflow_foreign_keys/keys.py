"""``ForeignKey``: one reference between two tables, with what the catalogue says of it and the index that serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from dataflow.inspection.report import Report
from dataflow.migrations import Column, Constraint, Index, ObjectRef, SchemaSnapshot
from dataflow.migrations.objects import ReferenceAction

Match = Literal["simple", "full", "partial"]


@attrs.frozen(kw_only=True, cache_hash=True)
class ForeignKey(Report):
    """Terms of information_schema. ``supporting_index`` begins with the referencing columns; empty when there is none.

    ``set_columns`` are those that SET NULL and SET DEFAULT write; all of them unless the constraint names some.
    """

    constraint_name: str
    constrained_schema: str = ""
    constrained_table: str
    constrained_columns: tuple[str, ...]
    referred_schema: str = ""
    referred_table: str
    referred_columns: tuple[str, ...]
    ondelete: ReferenceAction = "no action"
    onupdate: ReferenceAction = "no action"
    match: Match = "simple"
    deferrable: bool = False
    initially: Literal["immediate", "deferred"] = "immediate"
    validated: bool = True
    enforced: bool = True
    supporting_index: str = ""
    set_columns: tuple[str, ...] = ()

    @property
    def constrained(self) -> ObjectRef:
        """The table whose rows refer."""
        return ObjectRef("table", self.constrained_table, schema=self.constrained_schema)

    @property
    def referred(self) -> ObjectRef:
        """The table whose rows are referred to."""
        return ObjectRef("table", self.referred_table, schema=self.referred_schema)

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef("constraint", self.constraint_name, self.constrained_table, self.constrained_schema)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each referencing column with the referred one; none where SQLite was told of a table that is not there, or has no such key."""
        return tuple(zip(self.constrained_columns, self.referred_columns, strict=bool(self.referred_columns)))

    @property
    def is_self_reference(self) -> bool:
        return self.constrained == self.referred

    @property
    def is_deferred(self) -> bool:
        """Whether it is only checked when a transaction commits."""
        return self.deferrable and self.initially == "deferred"

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that SET NULL and SET DEFAULT change."""
        return self.set_columns or self.constrained_columns

    def __str__(self) -> str:
        child, parent = self.constrained.dotted, self.referred.dotted
        return f"{child} ({', '.join(self.constrained_columns)}) -> {parent} ({', '.join(self.referred_columns)})"


def keys_of(snapshot: SchemaSnapshot) -> tuple[ForeignKey, ...]:
    """The foreign keys of a schema in the order of their tables and names; of tables that are not there too."""
    return tuple(
        _key(one, snapshot)
        for one in snapshot.of_kind("constraint")
        if isinstance(one, Constraint) and one.type == "foreign"
    )


def _key(one: Constraint, snapshot: SchemaSnapshot) -> ForeignKey:
    referred = one.referred_table
    assert referred is not None
    # SQLite keeps a name as it was written, and finds the table whatever the case of its letters
    target = ObjectRef("table", _spelled(referred, snapshot), schema=referred.schema)
    listed = one.options.get("on_delete_columns", "")
    columns = _columns(one.columns, one.ref.owner, snapshot)
    referred_columns = _columns(one.referred_columns, target, snapshot) or snapshot.key_of(target)
    return ForeignKey(
        constraint_name=one.ref.name,
        constrained_schema=one.ref.schema,
        constrained_table=one.ref.table,
        constrained_columns=columns,
        referred_schema=target.schema,
        referred_table=target.name,
        referred_columns=referred_columns if len(referred_columns) == len(columns) else (),
        ondelete=one.on_delete,
        onupdate=one.on_update,
        match=one.match or "simple",  # type: ignore[arg-type]  # the catalogue's own words
        deferrable=one.deferrable,
        initially="deferred" if one.initially_deferred else "immediate",
        validated=one.validated,
        enforced=one.enforced,
        supporting_index=next(supporting_indexes(one.ref.owner, columns, snapshot), ""),
        set_columns=tuple(name.strip() for name in listed.split(",")) if listed else (),
    )


def _spelled(table: ObjectRef, snapshot: SchemaSnapshot) -> str:
    if table in snapshot.objects or snapshot.dialect != "sqlite":
        return table.name
    names = (ref.name for ref in snapshot.objects if ref.kind == "table")
    return next((name for name in names if name.lower() == table.name.lower()), table.name)


def _columns(names: Sequence[str], table: ObjectRef | None, snapshot: SchemaSnapshot) -> tuple[str, ...]:
    if table is None or snapshot.dialect != "sqlite":
        return tuple(names)
    there = {one.ref.name.lower(): one.ref.name for one in snapshot.columns_of(table)}
    return tuple(there.get(name.lower(), name) for name in names)


def supporting_indexes(table: ObjectRef | None, columns: Sequence[str], snapshot: SchemaSnapshot) -> Iterator[str]:
    """The names of what finds rows by these columns: indexes and unique constraints that begin with them, in any order."""
    if table is None:
        return
    for one in snapshot.parts_of(table):
        if isinstance(one, Constraint) and one.type in ("primary", "unique"):
            if _begins(one.columns, columns):
                yield one.ref.name
        elif isinstance(one, Index) and one.valid and _begins(index_columns(one), columns):
            # a partial one serves when it leaves out nothing but rows that refer to none
            left_out = one.where.replace('"', "").replace("`", "").strip("() ").lower()
            if not one.where or left_out in {f"{name.lower()} is not null" for name in columns}:
                yield one.ref.name


def _begins(keys: Sequence[str], columns: Sequence[str]) -> bool:
    return bool(columns) and set(keys[: len(columns)]) == set(columns)


def index_columns(index: Index) -> tuple[str, ...]:
    """The columns of an index in its order; an expression stands as it is written."""
    return tuple(_column(key) for key in index.keys)


def _column(key: str) -> str:
    if key[:1] in ('"', "`"):
        end = key.find(key[0], 1)
        return key[1:end]
    # what follows a column's name: its order, its collation, the length of a prefix
    return key if "(" in key else key.partition(" ")[0]


def columns_by_name(table: ObjectRef, snapshot: SchemaSnapshot) -> dict[str, Column]:
    return {one.ref.name: one for one in snapshot.columns_of(table)}
