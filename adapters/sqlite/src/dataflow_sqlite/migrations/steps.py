"""The statements of changes: SQLite's own ALTER TABLE where it can, else a rebuild of the table."""

from __future__ import annotations

import re
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
    Probe,
    SchemaSnapshot,
    Table,
)
from dataflow_sqlite.migrations.catalogue import quoted
from dataflow_sqlite.migrations.definition_text import mentions
from dataflow_sqlite.migrations.rebuild import Rebuild, column_text, ordered, table_definition
from dataflow_sqlite.migrations.renames import column_renamed, table_renamed

#: what ADD COLUMN takes as a default: the existing rows have it without being written
_CONSTANT = re.compile(r"[-+]?\d[\d.eE+-]*|'(?:[^']|'')*'|[xX]'[0-9a-fA-F]*'|NULL|TRUE|FALSE", re.IGNORECASE)


@attrs.frozen
class Planned:
    """Changes of one pass, and the schemas around them."""

    changes: Sequence[Change]
    before: SchemaSnapshot
    after: SchemaSnapshot
    intents: Intents

    def steps(self) -> list[MigrationStep]:
        return [
            *(table_renamed(change) for change in self.changes if _is_table(change) and change.is_rename),
            *self._defined_that_go(),
            *(
                step
                for change in self.changes
                if _is_table(change) and change.before is None
                for step in self._create(change)
            ),
            *_referring([step for table in self._altered_tables for step in self._altered(table)]),
            *(self._drop(change) for change in self.changes if _is_table(change) and change.after is None),
            *self._defined_that_come(),
        ]

    @property
    def _altered_tables(self) -> list[ObjectRef]:
        """The tables that stay, and in which something changes."""
        found = []
        for change in self.changes:
            owner = change.ref if _is_table(change) and change.before and change.after else change.ref.owner
            if owner is not None and owner not in found and change.ref.kind != "trigger":
                found.append(owner)
        return found

    def _create(self, change: Change) -> Iterator[MigrationStep]:
        table = change.after
        assert isinstance(table, Table)
        parts = self.after.parts_of(table.ref)
        indexes = [one for one in parts if isinstance(one, Index)]
        triggers = [one for one in parts if isinstance(one, Defined)]
        yield MigrationStep(
            kind="create",
            target=table.ref,
            sql=[table_definition(table, self.after, table.ref.name), *(one.definition for one in indexes)],
            inverse=[f"DROP TABLE {quoted(table.ref.name)}"],
            after=table,
            postconditions=tuple(_is(one) for one in (table, *parts) if not isinstance(one, Defined)),
        )
        yield from (_create_defined(one) for one in triggers)

    def _drop(self, change: Change) -> MigrationStep:
        table = change.before
        assert isinstance(table, Table)
        indexes = [one for one in self.before.parts_of(table.ref) if isinstance(one, Index | Defined)]
        return MigrationStep(
            kind="drop",
            target=table.ref,
            sql=[f"DROP TABLE {quoted(table.ref.name)}"],
            phase="contract",
            reversible="lossy",
            inverse=[table_definition(table, self.before, table.ref.name), *(one.definition for one in indexes)],
            before=table,
            postconditions=(Probe("absent", table.ref),),
        )

    def _altered(self, table: ObjectRef) -> Iterator[MigrationStep]:
        own = [change for change in self.changes if change.ref.owner == table or change.ref == table]
        yield from (column_renamed(change) for change in own if change.is_rename and change.ref.kind == "column")
        indexes = [change for change in own if change.ref.kind == "index"]
        # no statement renames a constraint: its table is made anew
        rest = [
            change
            for change in own
            if change.ref.kind == "constraint"
            or ((change.ref.kind == "column" or change.ref == table) and not change.is_rename)
        ]
        # a renamed column that also becomes another has a change of its own for that
        native = self._native(table, rest)
        if native is None:
            yield self._rebuilt(table, rest, indexes)
            return
        yield from (_drop_index(change.before) for change in indexes if isinstance(change.before, Index))
        yield from native
        yield from (_create_index(change.after) for change in indexes if isinstance(change.after, Index))

    def _native(self, table: ObjectRef, changes: Sequence[Change]) -> list[MigrationStep] | None:
        """Steps of ALTER TABLE, or None where one of the changes has none."""
        constraints = [change for change in changes if change.ref.kind == "constraint"]
        found: list[MigrationStep] = []
        for change in changes:
            if isinstance(change.after, Column) and change.before is None:
                own = [
                    one
                    for one in constraints
                    if isinstance(one.after, Constraint) and one.after.columns == (change.ref.name,)
                ]
                if not self._can_be_added(change.after, own):
                    return None
                if own and len(changes) > 1 + len(own):
                    # undone by a rebuild, it would take the others back with it
                    return None
                constraints = [one for one in constraints if one not in own]
                found.append(
                    self._add_column(change.after, [one.after for one in own if isinstance(one.after, Constraint)])
                )
            elif isinstance(change.before, Column) and change.after is None:
                if not self._can_be_dropped(change.before, table):
                    return None
                if len(changes) > 1 and not _can_come_back(change.before):
                    # undone by a rebuild, it would bring the others back with it
                    return None
                found.append(self._drop_column(change.before))
            elif change.ref.kind != "constraint":
                return None
        return None if constraints else found

    def _can_be_added(self, column: Column, constraints: Sequence[Change]) -> bool:
        has_constant = column.default is not None and _CONSTANT.fullmatch(column.default) is not None
        return (
            (column.default is None or has_constant)
            and (column.nullable or has_constant)
            and not column.options.get("stored")
            and not column.identity
            and column.ref not in self.intents.backfills
            and all(
                isinstance(one.after, Constraint)
                and one.before is None
                and one.after.type == "foreign"
                and column.default is None
                for one in constraints
            )
        )

    def _can_be_dropped(self, column: Column, table: ObjectRef) -> bool:
        name = column.ref.name
        for one in self.before.parts_of(table):
            if isinstance(one, Constraint) and (name in one.columns or mentions(one.expression, name)):
                return False
            if isinstance(one, Column) and one.generated is not None and mentions(one.generated, name):
                return False
        texts = [one.definition for one in self.after.parts_of(table) if isinstance(one, Index)]
        texts += [one.definition for one in self.before.objects.values() if isinstance(one, Defined)]
        return not any(mentions(text, name) for text in texts)

    def _add_column(self, column: Column, constraints: Sequence[Constraint]) -> MigrationStep:
        table = quoted(column.ref.table)
        reference = "".join(
            (f" CONSTRAINT {quoted(one.ref.name)}" if one.named else "") + f" {one.definition.partition(') ')[2]}"
            for one in constraints
        )
        inverse = [f"ALTER TABLE {table} DROP COLUMN {quoted(column.ref.name)}"]
        if constraints:
            # a column that refers to another table cannot be dropped
            target = self._without_changed_indexes()
            inverse = self._rebuild(self.after, target, column.ref.owner, forward=False).statements()
        return MigrationStep(
            kind="create",
            target=column.ref,
            sql=[f"ALTER TABLE {table} ADD COLUMN {column_text(column)}{reference}"],
            inverse=inverse,
            after=column,
            postconditions=(_is(column), *(_is(one) for one in constraints)),
        )

    def _drop_column(self, column: Column) -> MigrationStep:
        table, name = quoted(column.ref.table), quoted(column.ref.name)
        inverse = [f"ALTER TABLE {table} ADD COLUMN {column_text(column)}"]
        kept = self.intents.kept.get(column.ref)
        if kept is not None and _can_come_back(column):
            inverse.append(f"UPDATE {table} SET {name} = {kept.value} WHERE {kept.there}")
        elif not _can_come_back(column):
            inverse = self._rebuild(
                self.after, self._without_changed_indexes(), column.ref.owner, forward=False
            ).statements()
        return MigrationStep(
            kind="drop",
            target=column.ref,
            sql=[f"ALTER TABLE {table} DROP COLUMN {name}"],
            phase="contract",
            reversible="lossy",
            inverse=inverse,
            before=column,
            postconditions=(Probe("absent", column.ref),),
        )

    def _without_changed_indexes(self) -> SchemaSnapshot:
        """The schema before, as it is while the steps of indexes are undone: these come back by their own steps."""
        changed = {change.before.ref for change in self.changes if isinstance(change.before, Index)}
        return self.before.only(lambda ref: ref not in changed)

    def _rebuilt(self, table: ObjectRef, changes: Sequence[Change], indexes: Sequence[Change]) -> MigrationStep:
        parts = self.after.parts_of(table)
        drops = any(change.after is None and change.ref.kind == "column" for change in changes)
        return MigrationStep(
            kind="rebuild",
            target=table,
            sql=[
                *self._following(table),
                *self._rebuild(self.before, self.after, table, forward=True).statements(),
            ],
            phase="contract" if drops else "expand",
            reversible="lossy" if drops or any(change.ref in self.intents.kept for change in changes) else "yes",
            inverse=self._rebuild(self.after, self.before, table, forward=False).statements(),
            before=self.before.objects[table],
            after=self.after.objects[table],
            preconditions=tuple(
                Probe("absent", change.ref)
                for change in changes
                if change.before is None and change.ref.kind == "column"
            ),
            postconditions=(
                *(_is(one) for one in parts if not isinstance(one, Defined)),
                *(
                    Probe("absent", change.ref)
                    for change in changes
                    if change.after is None and change.ref.kind == "column"
                ),
            ),
            note=", ".join(str(change) for change in (*changes, *indexes)),
        )

    def _following(self, table: ObjectRef) -> Iterator[str]:
        """The copies of a key take its type: a column that has it comes in the place of the one that had the old."""
        indexes: dict[str, str] = {}
        for column in self.after.columns_of(table):
            name = quoted(column.ref.name)
            for copy in self.intents.copies.get(column.ref, ()):
                own, indexes[copy.index] = quoted(copy.table), copy.table
                yield f"DROP INDEX IF EXISTS {quoted(copy.index)}"
                yield f"ALTER TABLE {own} DROP COLUMN {name}"
                yield f"ALTER TABLE {own} ADD COLUMN {name} {column.type}"
                yield f"UPDATE {own} SET {name} = CAST({quoted(copy.old)} AS {column.type})"
        key = ", ".join(map(quoted, self.after.key_of(table)))
        yield from (f"CREATE INDEX {quoted(index)} ON {quoted(copy)} ({key})" for index, copy in indexes.items())

    def _rebuild(
        self, before: SchemaSnapshot, after: SchemaSnapshot, table: ObjectRef | None, *, forward: bool
    ) -> Rebuild:
        assert table is not None
        old, new = before.objects[table], after.objects[table]
        assert isinstance(old, Table)
        assert isinstance(new, Table)
        had = {one.ref: one for one in before.columns_of(table)}
        sources = {}
        for column in after.columns_of(table):
            source = self._source(column, had.get(column.ref), table, forward)
            if source is not None:
                sources[column.ref.name] = source
        return Rebuild(old, new, before, after, sources)

    def _source(self, column: Column, had: Column | None, table: ObjectRef, forward: bool) -> str | None:
        """What a column of the new table has for a row of the old one; None leaves it to its default."""
        backfill = self.intents.backfills.get(column.ref) if forward else None
        kept = None if forward else self.intents.kept.get(column.ref)
        if had is None:
            return backfill if kept is None else kept.instead_of(column.default or "NULL")
        value = f"{quoted(table.name)}.{quoted(column.ref.name)}"
        if had.type != column.type:
            value = f"CAST({value} AS {column.type})"
        if kept is not None:
            return kept.instead_of(value)
        return value if backfill is None else f"coalesce({value}, {backfill})"

    def _defined_that_go(self) -> Iterator[MigrationStep]:
        gone = [change.before for change in self.changes if isinstance(change.before, Defined)]
        for one in reversed(ordered(gone)):
            yield MigrationStep(
                kind="drop",
                target=one.ref,
                sql=[f"DROP {one.ref.kind.upper()} {quoted(one.ref.name)}"],
                inverse=[one.definition],
                before=one,
                postconditions=(Probe("absent", one.ref),),
            )

    def _defined_that_come(self) -> Iterator[MigrationStep]:
        yield from map(
            _create_defined, ordered([change.after for change in self.changes if isinstance(change.after, Defined)])
        )


def _referring(steps: Sequence[MigrationStep]) -> list[MigrationStep]:
    """The same steps; after the last rebuild rows refer to what is there: until then a key and what refers to it may differ."""
    rebuilt = [step for step in steps if step.kind == "rebuild"]
    if not rebuilt:
        return [*steps]
    checked = "SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check({}))"
    probes = [Probe("query", one.target, sql=checked.format(_literal(one.target.name))) for one in rebuilt]
    last = attrs.evolve(rebuilt[-1], postconditions=(*rebuilt[-1].postconditions, *probes))
    return [last if step is rebuilt[-1] else step for step in steps]


def _can_come_back(column: Column) -> bool:
    """Whether ADD COLUMN can make it again in a table with rows."""
    return column.nullable or column.default is not None


def _is_table(change: Change) -> bool:
    return change.ref.kind == "table"


def _is(one: Table | Column | Constraint | Index | Defined) -> Probe:
    return Probe("is", one.ref, one)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _create_defined(one: Defined) -> MigrationStep:
    return MigrationStep(
        kind="create",
        target=one.ref,
        sql=[one.definition],
        inverse=[f"DROP {one.ref.kind.upper()} {quoted(one.ref.name)}"],
        after=one,
        postconditions=(Probe("exists", one.ref),),
    )


def _create_index(index: Index) -> MigrationStep:
    return MigrationStep(
        kind="create",
        target=index.ref,
        sql=[index.definition],
        inverse=[f"DROP INDEX {quoted(index.ref.name)}"],
        after=index,
        postconditions=(_is(index),),
    )


def _drop_index(index: Index) -> MigrationStep:
    return MigrationStep(
        kind="drop",
        target=index.ref,
        sql=[f"DROP INDEX {quoted(index.ref.name)}"],
        inverse=[index.definition],
        before=index,
        postconditions=(Probe("absent", index.ref),),
    )
