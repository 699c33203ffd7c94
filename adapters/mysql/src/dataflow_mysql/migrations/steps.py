"""The statements of changes, in an order in which each can be done. Each commits by itself, so each is a step of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import attrs

from dataflow.migrations import (
    Change,
    Constraint,
    Defined,
    Intents,
    MigrationStep,
    ObjectRef,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_mysql.dialect import quoted
from dataflow_mysql.migrations.alterations import Alteration
from dataflow_mysql.migrations.defining import create_defined, drop_defined, ordered, replace_defined
from dataflow_mysql.migrations.keys import ForeignKeys
from dataflow_mysql.migrations.order import Made, in_order
from dataflow_mysql.migrations.referring import Referring
from dataflow_mysql.migrations.renames import Renaming
from dataflow_mysql.migrations.stepping import is_absent, is_as, step
from dataflow_mysql.migrations.writing import cannot_be_made, table_definition

_OTHERS = ("view", "trigger", "routine", "event", "sequence")
_KNOWN = (*_OTHERS, "table", "column", "constraint", "index")


@attrs.frozen(slots=False)
class Planned:
    """Changes of one pass, and the schemas around them."""

    changes: Sequence[Change]
    before: SchemaSnapshot
    after: SchemaSnapshot
    intents: Intents

    def steps(self) -> list[MigrationStep]:
        for change in self.changes:
            if change.ref.kind not in _KNOWN:
                raise cannot_be_made(change.ref, "no server of MySQL or MariaDB is known to have such an object")
        going, coming = list(self._tables_that_go()), list(self._tables_that_come())
        # the names of some constraints are the database's, not the table's
        first, last = (going, []) if self._names_clash() else ([], going)
        return [
            *self._renaming.steps(),
            *self._others_that_go(),
            *self._referring.going(),
            *map(self._referring.drop, self._gone.later),
            *self._sequences_that_come(),
            *first,
            *coming,
            *(step for table in self._altered_tables for step in self._altered(table)),
            *self._referring.coming(),
            *map(self._referring.add, self._made.later),
            *last,
            *self._others_that_come(),
        ]

    def _names_clash(self) -> bool:
        gone = [one for table in self._gone.tables for one in self.before.parts_of(table.ref)]
        come = [one for table in self._made.tables for one in self.after.parts_of(table.ref)]
        come += [one.after for one in self._left if isinstance(one.after, Constraint)]
        return bool({*_names(gone)} & {*_names(come)})

    @cached_property
    def _renaming(self) -> Renaming:
        return Renaming(self.changes, self.before, ForeignKeys((), self.before, self.before))

    @cached_property
    def _left(self) -> list[Change]:
        """The changes that are no mere renames."""
        return [one for one in self.changes if one not in self._renaming.handled]

    @cached_property
    def _foreign(self) -> ForeignKeys:
        return ForeignKeys(self._left, self.before, self.after)

    @cached_property
    def _referring(self) -> Referring:
        return Referring(self._foreign)

    @cached_property
    def _made(self) -> Made:
        come = [one.after for one in self._left if isinstance(one.after, Table) and one.before is None]
        return in_order(come, self.after, self._altered_tables)

    @cached_property
    def _gone(self) -> Made:
        """In the order in which they could be made again."""
        gone = [one.before for one in self._left if isinstance(one.before, Table) and one.after is None]
        return in_order(gone, self.before, self._altered_tables)

    @property
    def _altered_tables(self) -> list[ObjectRef]:
        found: list[ObjectRef] = []
        for change in self._left:
            owner = change.ref if change.ref.kind == "table" and change.before and change.after else change.ref.owner
            if (
                owner is not None
                and owner not in found
                and change.ref.kind in ("table", "column", "index", "constraint")
            ):
                found.append(owner)
        return found

    def _altered(self, table: ObjectRef) -> Iterator[MigrationStep]:
        own = [
            one
            for one in self._left
            if table in (one.ref, one.ref.owner) and not _is_foreign(one) and one.ref.kind != "trigger"
        ]
        return Alteration(table, own, self.before, self.after, self.intents, self._foreign).steps()

    def _tables_that_come(self) -> Iterator[MigrationStep]:
        for table in self._made.tables:
            left_out = [one.ref for one in self._made.later if one.ref.owner == table.ref]
            parts = [
                one
                for one in self.after.parts_of(table.ref)
                if one.ref not in left_out and not isinstance(one, Defined)
            ]
            yield step(
                kind="create",
                target=table.ref,
                sql=table_definition(table, self.after, left_out),
                inverse=f"DROP TABLE {quoted(table.ref.name)}",
                after=table,
                holds=[is_as(one) for one in (table, *parts)],
            )

    def _tables_that_go(self) -> Iterator[MigrationStep]:
        for table in reversed(self._gone.tables):
            left_out = [one.ref for one in self._gone.later]
            triggers = [one for one in self.before.parts_of(table.ref) if isinstance(one, Defined)]
            yield from (drop_defined(one) for one in triggers)
            yield step(
                kind="drop",
                target=table.ref,
                phase="contract",
                reversible="lossy",
                sql=f"DROP TABLE {quoted(table.ref.name)}",
                inverse=table_definition(table, self.before, left_out),
                before=table,
                holds=[is_absent(table)],
            )

    def _sequences_that_come(self) -> Iterator[MigrationStep]:
        """Before the tables, whose columns may count by them."""
        for change in self._left:
            if change.ref.kind == "sequence" and isinstance(change.after, Defined):
                if change.before is not None:
                    raise cannot_be_made(change.ref, "made again, a sequence would begin at its start")
                yield create_defined(change.after)

    def _others_that_go(self) -> Iterator[MigrationStep]:
        gone = [one.before for one in self._left if isinstance(one.before, Defined) and one.after is None]
        yield from (drop_defined(one) for one in reversed(ordered(gone)) if one.ref.kind != "sequence")

    def _others_that_come(self) -> Iterator[MigrationStep]:
        gone = [one.before for one in self._left if isinstance(one.before, Defined) and one.after is None]
        yield from (drop_defined(one) for one in gone if one.ref.kind == "sequence")
        old = {one.after.ref: one.before for one in self._left if one.after is not None}
        come = [one.after for one in self._left if isinstance(one.after, Defined) and one.ref.kind != "sequence"]
        come += [
            one for table in self._made.tables for one in self.after.parts_of(table.ref) if isinstance(one, Defined)
        ]
        for new in ordered(come):
            had = old.get(new.ref)
            yield from replace_defined(had, new) if isinstance(had, Defined) else [create_defined(new)]


def _names(found: Iterable[SchemaObject]) -> Iterator[str]:
    return (one.ref.name.lower() for one in found if isinstance(one, Constraint) and one.type in ("foreign", "check"))


def _is_foreign(change: Change) -> bool:
    one = change.after or change.before
    return isinstance(one, Constraint) and one.type == "foreign"
