"""The statements of changes, in an order in which each can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    Defined,
    Index,
    Intents,
    MigrationStep,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_postgres.migrations import enums, making
from dataflow_postgres.migrations.needs import heed_parents, is_share, needs_of, rank_of
from dataflow_postgres.migrations.ordering import ordered
from dataflow_postgres.migrations.sequences import Owned
from dataflow_postgres.migrations.work import Work, columns_of_type

#: what goes only after everything that used it
_LAST = ("column", "table", "routine", "sequence", "domain", "type", "extension")


@attrs.frozen
class Planned:
    """Changes of one pass, and the schemas around them."""

    changes: Sequence[Change]
    before: SchemaSnapshot
    after: SchemaSnapshot
    intents: Intents

    def steps(self) -> list[MigrationStep]:
        work = Work.of(self.changes, self.before, self.after)
        renamed = [one for one in self.changes if one.is_rename and not work.is_made_anew(one)]
        renames = sorted(renamed, key=lambda one: one.ref.kind != "table")
        early, late = _going(work)
        gone = Going(work, self.intents, Owned(self.before))
        made = Making(work, self.changes, self.intents, Owned(self.after))
        steps = [*map(making.renamed, renames), *map(gone.step, early), *made.steps(), *map(gone.step, late)]
        beside = [step for step in steps if self._is_built_beside_writers(step)]
        # what one transaction can do is done in one, as far as it goes
        return [*(step for step in steps if step not in beside), *map(making.concurrently, beside)]

    def _is_built_beside_writers(self, step: MigrationStep) -> bool:
        index = step.after
        if not isinstance(index, Index) or step.kind != "create" or index.ref.owner not in self.intents.busy:
            return False
        table = self.after.objects[index.ref.owner]
        assert isinstance(table, Table)
        is_divided = is_share(index) or "partition_by" in table.options
        is_needed = any(one.referenced == index.ref for one in self.after.dependencies)
        return not (is_divided or is_needed or table.options.get("replica_identity") == index.ref.name)


def _going(work: Work) -> tuple[list[SchemaObject], list[SchemaObject]]:
    """What goes before anything comes, and what goes last; each before what it needs."""
    needs = needs_of(work.goes, (), work.before.dependencies)
    names = {ref.name for ref in work.comes if not ref.table}
    early: list[SchemaObject] = []
    late: list[SchemaObject] = []
    for ref in reversed(list(ordered(needs, rank_of(work.goes, ())))):
        one = work.goes[ref]
        # another partition may take in its rows, another relation its name
        makes_room = isinstance(one, Table) and ("partition_of" in one.options or ref.name in names)
        (late if ref.kind in _LAST and ref not in work.comes and not makes_room else early).append(one)
    return early, late


@attrs.frozen
class Going:
    """Steps that take away."""

    work: Work
    intents: Intents
    owned: Owned

    def step(self, one: SchemaObject) -> MigrationStep:
        if isinstance(one, Table):
            return making.table_gone(one, self.work.before, self.work.apart, self.owned.by(one.ref))
        if isinstance(one, Column):
            return making.column_gone(one, self.intents, self.owned.by(one.ref))
        return making.gone(one)


@attrs.frozen
class Making:
    """Steps that make and change."""

    work: Work
    changes: Sequence[Change]
    intents: Intents
    owned: Owned

    def steps(self) -> Iterator[MigrationStep]:
        work = self.work
        todo = dict(work.comes)
        todo.update({ref: one for ref, (_, one) in (*work.alters.items(), *work.swaps.items())})
        dependencies = (*work.after.dependencies, *work.before.dependencies)
        needs = needs_of(todo, work.alters, dependencies)
        heed_parents(needs, todo, work.comes, dependencies)
        done: set[ObjectRef] = set()
        for ref in ordered(needs, rank_of(todo, work.alters)):
            one = todo[ref]
            if ref in done:
                continue
            done.add(ref)
            if isinstance(one, Table) and ref not in work.alters:
                # what needs something that needs the table comes later, by itself
                inside = [part for part in self._inside(one) if needs[part.ref] <= {*done, ref}]
                done.update(part.ref for part in inside)
                yield making.table_made(one, work.after, inside, self._owned(ref))
            else:
                yield from self._single(ref, one)

    def _inside(self, table: Table) -> list[Constraint | Index]:
        """The constraints and indexes that can be made with a table."""
        return [
            part
            for part in self.work.after.parts_of(table.ref)
            if isinstance(part, Index) or (isinstance(part, Constraint) and part.type != "foreign" and part.validated)
        ]

    def _owned(self, ref: ObjectRef) -> list[Defined]:
        """The sequences that come with a table or a column."""
        return [one for one in self.owned.by(ref) if one.ref in self.work.comes]

    def _single(self, ref: ObjectRef, one: SchemaObject) -> Iterator[MigrationStep]:
        work = self.work
        if ref in work.swaps:
            yield making.swapped(*work.swaps[ref], columns_of_type(ref, work.before), work.after)
        elif ref in work.alters:
            yield self._altered(*work.alters[ref])
        elif self._comes_with_parent(one):
            return
        elif isinstance(one, Column):
            yield making.column_made(one, self.intents, self._owned(ref))
        else:
            yield making.made(one, owned=not self._is_owned_later(one))

    def _altered(self, old: SchemaObject, new: SchemaObject) -> MigrationStep:
        if not (isinstance(old, Defined) and isinstance(new, Defined) and enums.added_labels(old, new)):
            return making.altered(old, new, self.intents)
        users = [one for one in columns_of_type(new.ref, self.work.before) if one.ref in self.work.after.objects]
        used = enums.is_used(old, new, self.changes, self.intents)
        return making.labels_added(old, new, used, self._without_labels(old, new), users)

    def _without_labels(self, old: Defined, new: Defined) -> list[str]:
        """Undone, every later step is undone already, and what went before is still away."""
        there = self.work.before.only(lambda ref: ref not in self.work.goes)
        extended = attrs.evolve(there, objects=[*(one for one in there.objects.values() if one.ref != new.ref), new])
        steps = Planned((Change(new, old),), extended, there, Intents()).steps()
        return [statement for step in steps for statement in step.sql]

    def _comes_with_parent(self, one: SchemaObject) -> bool:
        """Whether a table that has a parent already gets it from there."""
        there = self.work.before.objects.get(one.ref.owner) if one.ref.owner is not None else None
        is_child = there is not None and bool({"partition_of", "inherits"} & set(there.options))
        given = isinstance(one, Column) or (isinstance(one, Constraint) and one.type == "check")
        return is_child and given and one.options.get("inherited") == "yes"

    def _is_owned_later(self, one: SchemaObject) -> bool:
        """Whether it is a sequence whose table or column is not there yet."""
        if one.ref.kind != "sequence":
            return False
        return any(one in self.owned.by(ref) for ref in self.work.comes if ref.kind in ("table", "column"))
