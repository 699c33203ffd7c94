"""What there is to do: which objects come, which go, which change where they stand, and what has to be made anew with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    Defined,
    Index,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_postgres.migrations import defined, enums, parts, tables
from dataflow_postgres.migrations.columns import is_retyped
from dataflow_postgres.migrations.needs import is_share
from dataflow_postgres.migrations.problems import refuse
from dataflow_postgres.migrations.sequences import Owned

#: what stands in the way of a column's other type, and of an object's going
_IN_THE_WAY = ("view", "materialized_view", "rule", "trigger", "policy", "routine")


@attrs.define(eq=False)
class Work:
    """``comes`` and ``goes`` have an object each time that it is made or dropped, also when it is only made anew."""

    before: SchemaSnapshot
    after: SchemaSnapshot
    comes: dict[ObjectRef, SchemaObject] = attrs.field(factory=dict)
    goes: dict[ObjectRef, SchemaObject] = attrs.field(factory=dict)
    alters: dict[ObjectRef, tuple[SchemaObject, SchemaObject]] = attrs.field(factory=dict)
    #: enumerations that get a new type in their place
    swaps: dict[ObjectRef, tuple[Defined, Defined]] = attrs.field(factory=dict)
    #: parts of tables that go, and that go before these
    apart: set[ObjectRef] = attrs.field(factory=set)
    _dependents: Mapping[ObjectRef, list[ObjectRef]] = attrs.field(factory=dict)
    _retyped: set[ObjectRef] = attrs.field(factory=set)

    @classmethod
    def of(cls, changes: Sequence[Change], before: SchemaSnapshot, after: SchemaSnapshot) -> Work:
        """:raises MigrationError: DF-G112 for a table that would have to be made anew: its rows would go."""
        dependents: dict[ObjectRef, list[ObjectRef]] = defaultdict(list)
        for one in before.dependencies:
            dependents[one.referenced].append(one.dependent)
        work = cls(before, after, dependents=dependents)
        anew = [ref for change in changes if not change.is_rename for ref in work._sorted_in(change)]
        work._make_anew([*anew, *work._keys_retyped()])
        for change in changes:
            if change.after is not None and work.is_made_anew(change):
                work.comes[change.ref] = change.after
        work._set_apart()
        work._prune()
        return work

    def is_made_anew(self, change: Change) -> bool:
        """Whether a constraint or an index that gets another name has to go for a moment: it comes with its new name."""
        return change.is_rename and change.before is not None and change.before.ref in self.goes

    def _sorted_in(self, change: Change) -> list[ObjectRef]:
        """What has to be made anew because of one change."""
        old, new = change.before, change.after
        if new is None:
            assert old is not None
            self.goes[old.ref] = old
            return self._references(old.ref)
        if old is None:
            self._comes(new)
            return []
        if own(old) == own(new):
            # a partition's share of what its table has: that comes and goes with it
            return []
        if isinstance(old, Defined) and isinstance(new, Defined) and enums.is_swapped(old, new):
            return self._swapped(old, new)
        if not stays(old, new):
            if isinstance(old, Table):
                refuse(old)
            return [new.ref]
        self.alters[new.ref] = old, new
        if isinstance(old, Column) and isinstance(new, Column) and is_retyped(old, new):
            self._retyped.add(new.ref)
            return self._in_the_way(new.ref)
        return []

    def _swapped(self, old: Defined, new: Defined) -> list[ObjectRef]:
        self.swaps[new.ref] = old, new
        columns = [one.ref for one in columns_of_type(new.ref, self.before)]
        self._retyped.update(columns)
        # conditions hold the old type
        bound = [one for one in self._dependents.get(new.ref, ()) if one.kind in ("index", "constraint")]
        return [*bound, *(one for ref in (*columns, new.ref) for one in self._in_the_way(ref))]

    def _comes(self, one: SchemaObject) -> None:
        self.comes[one.ref] = one
        if isinstance(one, Table):
            self.comes.update({part.ref: part for part in self.after.parts_of(one.ref) if not isinstance(part, Column)})

    def _in_the_way(self, column: ObjectRef) -> list[ObjectRef]:
        found = []
        for one in self._dependents.get(column, ()):
            there = self.before.objects.get(one)
            if one.kind in _IN_THE_WAY or (isinstance(there, Column) and there.generated is not None):
                found.append(one)
        return found

    def _make_anew(self, refs: Sequence[ObjectRef]) -> None:
        left = [*refs]
        while left:
            ref = left.pop()
            one = self.before.objects.get(ref)
            if ref in self.goes or one is None or ref.owner in self.goes:
                continue
            self.goes[ref] = one
            self.alters.pop(ref, None)
            if ref in self.after.objects:
                again = self.after.objects[ref]
                # whose it is, and who may what with it, is as it was
                if isinstance(one, Defined) and isinstance(again, Defined):
                    again = attrs.evolve(again, access=one.access)
                self.comes[ref] = again
            left += self._above(one)

    def _above(self, one: SchemaObject) -> Iterator[ObjectRef]:
        """What cannot stay while an object is away."""
        ref = one.ref
        if isinstance(one, Constraint | Index):
            yield from self._references(ref)
        elif isinstance(one, Column):
            yield from self._in_the_way(ref)
            yield from (part.ref for part in self.before.parts_of(ref.owner or ref) if _is_of(part, ref.name))
        elif isinstance(one, Defined):
            yield from (
                other for other in self._dependents.get(ref, ()) if other.kind in (*_IN_THE_WAY, "index", "constraint")
            )
            if ref.kind in ("view", "materialized_view"):
                yield from (part.ref for part in self.before.parts_of(ObjectRef("table", ref.name, schema=ref.schema)))

    def _references(self, key: ObjectRef) -> list[ObjectRef]:
        """The foreign keys that lean on a key or a unique index."""
        if key.kind not in ("constraint", "index"):
            return []
        return [one for one in self._dependents.get(key, ()) if self._is_foreign(one)]

    def _is_foreign(self, ref: ObjectRef) -> bool:
        there = self.before.objects.get(ref)
        return isinstance(there, Constraint) and there.type == "foreign"

    def _set_apart(self) -> None:
        """Of tables that go, what holds on to others that go or change: it goes first, so that it is no hindrance."""
        tables_gone = [one for one in self.goes.values() if isinstance(one, Table)]
        held: dict[ObjectRef, list[ObjectRef]] = defaultdict(list)
        for one in self.before.dependencies:
            held[one.dependent].append(one.referenced)
        for table in tables_gone:
            for part in self.before.parts_of(table.ref):
                needed = [ref for ref in held[part.ref] if ref != table.ref and ref.owner != table.ref]
                in_the_way = any(ref in self.goes or ref.owner in self.goes or ref in self._retyped for ref in needed)
                if in_the_way and not (isinstance(part, Column) or is_share(part)):
                    self.goes[part.ref] = part
                    self.apart.add(part.ref)

    def _prune(self) -> None:
        """Leave out what goes by itself with something else."""
        owned = Owned(self.before)
        gone = [one.ref for ref in self.goes if ref.kind in ("table", "column") for one in owned.by(ref)]
        gone += [ref for ref in self.goes if ref.owner in self.goes and ref not in self.apart]
        parents: dict[ObjectRef, list[ObjectRef]] = defaultdict(list)
        for one in self.before.dependencies:
            parents[one.dependent].append(one.referenced)
        for ref, shared in self.goes.items():
            given = isinstance(shared, Column) or (isinstance(shared, Constraint) and shared.type == "check")
            is_gone = any(parent in self.goes for parent in parents[ref] if parent.kind == ref.kind)
            if is_share(shared) and (shared.options.get("inherited") == "yes" if given else is_gone):
                gone.append(ref)
        for ref in gone:
            self.goes.pop(ref, None)

    def _keys_retyped(self) -> Iterator[ObjectRef]:
        """Foreign keys both of whose columns change: for a moment these would not go together."""
        for one in self.before.objects.values():
            if isinstance(one, Constraint) and one.type == "foreign" and one.referred_table is not None:
                target = one.referred_table
                own = {ObjectRef("column", name, one.ref.table, one.ref.schema) for name in one.columns}
                far = {ObjectRef("column", name, target.name, target.schema) for name in one.referred_columns}
                if own & self._retyped and far & self._retyped:
                    yield one.ref


def own(one: SchemaObject) -> SchemaObject:
    """An object as if no parent had it too."""
    options = {name: value for name, value in one.options.items() if name not in ("inherited", "attached_to")}
    return attrs.evolve(one, options=options) if isinstance(one, Column | Constraint | Index) else one


def stays(old: SchemaObject, new: SchemaObject) -> bool:
    """Whether one object becomes the other where it stands."""
    if isinstance(old, Defined) and isinstance(new, Defined):
        return defined.altered(old, new) is not None
    if isinstance(old, Constraint) and isinstance(new, Constraint):
        return parts.constraint_altered(old, new) is not None
    if isinstance(old, Index) and isinstance(new, Index):
        return parts.index_altered(old, new) is not None
    if isinstance(old, Column) and isinstance(new, Column):
        return new.generated is None or (old.generated == new.generated and not is_retyped(old, new))
    return not (isinstance(old, Table) and isinstance(new, Table)) or tables.altered(old, new) is not None


def columns_of_type(kind: ObjectRef, schema: SchemaSnapshot) -> list[Column]:
    """The columns of an enumeration, and of lists of it."""
    refs = {one.dependent for one in schema.dependencies if one.referenced == kind}
    return [one for ref in sorted(refs) if isinstance(one := schema.objects.get(ref), Column)]


def _is_of(part: SchemaObject, column: str) -> bool:
    if isinstance(part, Constraint):
        return column in part.columns
    return isinstance(part, Index) and any(column in key for key in (*part.keys, part.where))
