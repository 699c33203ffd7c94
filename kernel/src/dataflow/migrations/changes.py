"""How one schema differs from another, and what is declared about the way from one to the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import attrs

from dataflow.migrations.objects import ObjectRef, SchemaObject


def _read_only(given: Mapping[ObjectRef, ObjectRef]) -> Mapping[ObjectRef, ObjectRef]:
    return MappingProxyType(dict(given))


def _texts(given: Mapping[ObjectRef, str]) -> Mapping[ObjectRef, str]:
    return MappingProxyType(dict(given))


@attrs.frozen
class Change:
    """One object that comes (no ``before``), goes (no ``after``), or becomes another; of another name it is renamed.

    A table that comes or goes brings and takes its parts: they have no changes of their own.
    """

    before: SchemaObject | None
    after: SchemaObject | None

    @property
    def ref(self) -> ObjectRef:
        """The name after the change; of what goes, the one it had."""
        one = self.after or self.before
        assert one is not None
        return one.ref

    @property
    def is_rename(self) -> bool:
        return self.before is not None and self.after is not None and self.before.ref.name != self.after.ref.name

    def __str__(self) -> str:
        if self.before is None:
            return f"create {self.ref}"
        if self.after is None:
            return f"drop {self.ref}"
        return f"rename {self.before.ref} to {self.after.ref.name}" if self.is_rename else f"alter {self.ref}"


@attrs.frozen
class Conversion:
    """What becomes of a column's values when its type changes.

    ``loses`` is an SQL condition, true of the values that would be changed or refused; empty when there can be none.
    ``is_alike``: both types hold values of one kind, so that a value that fits is the same afterwards.
    """

    loses: str = ""
    is_alike: bool = False


@attrs.frozen
class KeptValue:
    """What gives a column its old value back, in an UPDATE or SELECT of its table.

    ``value`` is an expression; ``there`` a condition, true of the rows whose value was kept: others came later.
    """

    value: str
    there: str

    def instead_of(self, value: str) -> str:
        """The old value where it was kept, else another."""
        return f"CASE WHEN {self.there} THEN {self.value} ELSE {value} END"


@attrs.frozen
class KeyCopy:
    """A table in which rows of another are found again, by a column that has the name of that one's key.

    Its type has to be the key's at any time; ``old`` is a column that keeps what the key was, ``index`` is of the whole key.
    """

    table: str
    old: str
    index: str


def _kept(given: Mapping[ObjectRef, KeptValue]) -> Mapping[ObjectRef, KeptValue]:
    return MappingProxyType(dict(given))


def _copies(given: Mapping[ObjectRef, Iterable[KeyCopy]]) -> Mapping[ObjectRef, tuple[KeyCopy, ...]]:
    return MappingProxyType({ref: tuple(copies) for ref, copies in given.items()})


def _refs(given: Collection[ObjectRef]) -> frozenset[ObjectRef]:
    return frozenset(given)


@attrs.frozen
class Intents:
    """What is known beside the two shapes.

    ``renames``: new name to old one, of tables and columns, as models declare them. ``backfills``: a column to the SQL
    literal that rows get which are there already and have no value. ``kept``: a column that goes or loses values to what
    gives its old value back. ``copies``: a column of a key that changes its type to the tables that change with it: before
    it does, and before it does so back; once it is what it was, they are too. ``busy``: tables that others write to
    meanwhile: an index of theirs is built so that they may, where that is another way.
    """

    renames: Mapping[ObjectRef, ObjectRef] = attrs.field(factory=dict, converter=_read_only)
    backfills: Mapping[ObjectRef, str] = attrs.field(factory=dict, converter=_texts)
    kept: Mapping[ObjectRef, KeptValue] = attrs.field(factory=dict, converter=_kept)
    copies: Mapping[ObjectRef, tuple[KeyCopy, ...]] = attrs.field(factory=dict, converter=_copies)
    busy: frozenset[ObjectRef] = attrs.field(default=frozenset(), converter=_refs)


def name_now(ref: ObjectRef, renames: Mapping[ObjectRef, ObjectRef]) -> ObjectRef:
    """The name by which the database still knows a table or column: a column's table may be renamed too.

    :param renames: as of ``Intents``.
    """
    now = renames.get(ref, ref)
    table = ref.owner
    return now if table is None else attrs.evolve(now, table=renames.get(table, table).name)


@attrs.frozen
class Hindrance:
    """What a rename cannot be done under, or what would name something that is no more: a view, a trigger.

    :param renamed: what is renamed, by its new name.
    :param ref: what is in the way; None where the database only says that something is.
    :param definition: what it would have to be made anew as, where that can be said.
    """

    renamed: ObjectRef
    why: str
    ref: ObjectRef | None = None
    definition: str = ""


@attrs.frozen
class Followed:
    """``objects``: what the server says of some objects after renames, in its own words."""

    objects: tuple[SchemaObject, ...] = ()
    hindrances: tuple[Hindrance, ...] = ()
