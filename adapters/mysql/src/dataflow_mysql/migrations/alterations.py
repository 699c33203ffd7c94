"""The steps of one table that stays: one ALTER each, several changes in one where none of them could be alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    Index,
    Intents,
    MigrationStep,
    ObjectRef,
    Probe,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_mysql.dialect import quoted
from dataflow_mysql.migrations.columns import Columns
from dataflow_mysql.migrations.keys import ForeignKeys, columns_of, is_key
from dataflow_mysql.migrations.options import changed_options
from dataflow_mysql.migrations.stepping import is_absent, is_as, step
from dataflow_mysql.migrations.writing import alter, drop_clause, part_definition


@attrs.frozen(slots=False)
class Alteration:
    """Foreign keys are not among the changes: they go before, and come after."""

    table: ObjectRef
    changes: Sequence[Change]
    before: SchemaSnapshot
    after: SchemaSnapshot
    intents: Intents
    foreign: ForeignKeys

    def steps(self) -> Iterator[MigrationStep]:
        """What stands in the way of others goes first; what rows lose by comes last."""
        together = self._together
        alone = [one for one in self.changes if one not in together]
        keys = [one for one in alone if one.ref.kind in ("index", "constraint")]
        columns = [one for one in alone if one.ref.kind == "column"]
        yield from (self._key(one) for one in keys if one.after is None and not _is_primary(one))
        yield from self._options()
        yield from self._columns.altered(one for one in columns if one.before is not None and one.after is not None)
        yield from self._columns.added(one for one in columns if one.before is None)
        if together:
            yield self._at_once(together)
        yield from (self._key(one) for one in keys if _is_primary(one))
        yield from (self._key(one) for one in keys if one.after is not None and not _is_primary(one))
        yield from self._columns.dropped(one for one in columns if one.after is None)

    @property
    def _is_mariadb(self) -> bool:
        return self.before.dialect == "mariadb"

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.table, self.before, self.after, self.intents)

    @cached_property
    def _together(self) -> list[Change]:
        """The changes that the server takes only in one statement.

        A column that counts up has to have a key at any time; a foreign key, an index.
        """
        keys = [one for one in self.changes if is_key(one.before or one.after)]
        counted = [one for one in self.changes if _counts(one.before) != _counts(one.after)]
        names = {one.ref.name for one in counted}
        names |= {one.ref.name for one in self.before.columns_of(self.table) if one.identity}
        touching = [one for one in keys if names & _first_columns(one)]
        found: list[Change] = []
        if counted and touching:
            found = [*counted, *touching]
        elif any(one.before is not None for one in touching) and len(touching) > 1:
            found = touching
        going = [
            one.before
            for one in keys
            if isinstance(one.before, Index | Constraint) and one.before.ref != (one.after and one.after.ref)
        ]
        coming = [one.after for one in keys if isinstance(one.after, Index | Constraint)]
        if going and self.foreign.rely_on(self.table, going, coming):
            found = [*found, *(one for one in keys if one not in found)]
        return found if len(found) > 1 else []

    def _at_once(self, changes: Sequence[Change]) -> MigrationStep:
        order = sorted(changes, key=lambda one: (one.before is None, one.after is not None, one.ref.kind != "column"))
        forward = [clause for one in order for clause in self._clauses(one.before, one.after)]
        back = [clause for one in order for clause in self._clauses(one.after, one.before)]
        first = order[0]
        return step(
            kind="alter" if first.before is not None else "create",
            target=first.ref if first.before is None else first.before.ref,
            phase="contract" if any(_loses(one) for one in changes) else "expand",
            reversible="lossy" if any(_loses(one) for one in changes) else "yes",
            sql=alter(self.table, *forward),
            inverse=alter(self.table, *back),
            before=first.before,
            after=first.after,
            holds=[probe for one in changes for probe in _probes(one)],
            note=", ".join(map(str, order)),
        )

    def _clauses(self, old: SchemaObject | None, new: SchemaObject | None) -> list[str]:
        if isinstance(old, Column) or isinstance(new, Column):
            return [self._columns.clause(old, new)]
        return ([drop_clause(old, self._is_mariadb)] if old is not None else []) + (
            [f"ADD {part_definition(new)}"] if new is not None else []
        )

    def _key(self, change: Change) -> MigrationStep:
        """An index, primary key or check that comes, goes or becomes another."""
        old, new = change.before, change.after
        shown = self._visibility(old, new)
        back = self._visibility(new, old)
        forward = [shown] if shown else self._clauses(old, new)
        backward = [back] if back else self._clauses(new, old)
        return step(
            kind="create" if old is None else "drop" if new is None else "alter",
            target=change.ref,
            sql=alter(self.table, *forward),
            inverse=alter(self.table, *backward),
            before=old,
            after=new,
            holds=_probes(change),
        )

    def _visibility(self, old: SchemaObject | None, new: SchemaObject | None) -> str:
        """The clause for an index that only the planner sees or does not see any more."""
        if not (isinstance(old, Index) and isinstance(new, Index)):
            return ""
        both = {**new.options, "visible": old.options.get("visible", "")}
        if attrs.evolve(new, options={name: value for name, value in both.items() if value}) != old:
            return ""
        hidden = "visible" in new.options
        word = ("IGNORED" if hidden else "NOT IGNORED") if self._is_mariadb else "INVISIBLE" if hidden else "VISIBLE"
        return f"ALTER INDEX {quoted(new.ref.name)} {word}"

    def _options(self) -> Iterator[MigrationStep]:
        for change in self.changes:
            if isinstance(change.before, Table) and isinstance(change.after, Table) and not change.is_rename:
                yield step(
                    kind="alter",
                    target=change.ref,
                    sql=f"ALTER TABLE {quoted(self.table.name)} {changed_options(change.before, change.after)}",
                    inverse=f"ALTER TABLE {quoted(self.table.name)} {changed_options(change.after, change.before)}",
                    before=change.before,
                    after=change.after,
                    holds=[is_as(change.after)],
                )


def _is_primary(change: Change) -> bool:
    one = change.after or change.before
    return isinstance(one, Constraint) and one.type == "primary"


def _counts(one: SchemaObject | None) -> bool:
    return isinstance(one, Column) and one.identity != ""


def _first_columns(change: Change) -> set[str]:
    return {
        columns_of(one)[0]
        for one in (change.before, change.after)
        if isinstance(one, Index | Constraint) and columns_of(one)
    }


def _loses(change: Change) -> bool:
    return change.ref.kind == "column" and change.after is None


def _probes(change: Change) -> list[Probe]:
    probes = [] if change.after is None else [is_as(change.after)]
    if change.before is not None and (change.after is None or change.before.ref != change.after.ref):
        probes.append(is_absent(change.before))
    return probes
