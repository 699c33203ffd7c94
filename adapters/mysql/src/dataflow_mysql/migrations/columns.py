"""The steps of a table's columns: added, altered, dropped, with the values that rows get and those that they get back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Index,
    Intents,
    KeptValue,
    MigrationStep,
    ObjectRef,
    Probe,
    SchemaObject,
    SchemaSnapshot,
    Table,
)
from dataflow_mysql.dialect import quoted
from dataflow_mysql.literals import text
from dataflow_mysql.migrations.catalogue import mentions
from dataflow_mysql.migrations.create_text import column_text
from dataflow_mysql.migrations.stepping import is_absent, is_as, step
from dataflow_mysql.migrations.writing import (
    alter,
    cannot_be_made,
    column_definition,
    defaulting_definition,
    index_definition,
    restored_definition,
)

#: of which MySQL takes only an expression as default
_NO_LITERAL = re.compile(r"\w*(text|blob)|json|geom|point|line|poly|multi")


@attrs.frozen
class Columns:
    """Of one table that stays."""

    table: ObjectRef
    before: SchemaSnapshot
    after: SchemaSnapshot
    intents: Intents

    def added(self, changes: Iterable[Change]) -> Iterator[MigrationStep]:
        columns = [one.after for one in changes if isinstance(one.after, Column)]
        for column in sorted(columns, key=lambda one: (one.generated is not None, one.position)):
            value = self.intents.backfills.get(column.ref)
            if value is None or column.generated is not None or column.identity:
                yield self._add(column, self._definition(column), is_as(column))
            else:
                yield from self._filled(column, self._as_default(column, value))

    def altered(self, changes: Iterable[Change]) -> Iterator[MigrationStep]:
        pairs = [(one.before, one.after) for one in changes]
        columns = [(old, new) for old, new in pairs if isinstance(old, Column) and isinstance(new, Column)]
        for old, new in sorted(columns, key=lambda pair: (pair[1].generated is not None, pair[1].position)):
            yield self._alter(old, new)

    def dropped(self, changes: Iterable[Change]) -> Iterator[MigrationStep]:
        columns = [one.before for one in changes if isinstance(one.before, Column)]
        for column in sorted(columns, key=lambda one: (one.generated is None, one.position)):
            yield step(
                kind="drop",
                target=column.ref,
                phase="contract",
                reversible="yes" if column.generated is not None else "lossy",
                sql=alter(self.table, f"DROP COLUMN {quoted(column.ref.name)}"),
                inverse=self._restored(column),
                before=column,
                holds=[is_absent(column)],
            )

    def clause(self, old: SchemaObject | None, new: SchemaObject | None) -> str:
        """A change as one clause among others."""
        if isinstance(new, Column):
            return f"{'ADD' if old is None else 'MODIFY'} COLUMN {quoted(new.ref.name)} {self._definition(new)}"
        assert isinstance(old, Column)
        return f"DROP COLUMN {quoted(old.ref.name)}"

    @property
    def _collation(self) -> str:
        # the table has its options before its columns change, and still when that is undone
        table = self.after.objects[self.table]
        return table.options.get("collation", "") if isinstance(table, Table) else ""

    def _definition(self, column: Column) -> str:
        if column.generated is not None and column.generated.upper().startswith("ROW "):
            raise cannot_be_made(column.ref, "it is a period of a versioned table")
        return column_definition(column, self._collation)

    def _modify(self, column: Column, definition: str) -> str:
        return alter(self.table, f"MODIFY COLUMN {quoted(column.ref.name)} {definition}")

    def _add(self, column: Column, definition: str, *holds: Probe) -> MigrationStep:
        return step(
            kind="create",
            target=column.ref,
            sql=alter(self.table, f"ADD COLUMN {quoted(column.ref.name)} {definition}"),
            inverse=alter(self.table, f"DROP COLUMN {quoted(column.ref.name)}"),
            after=column,
            holds=holds,
        )

    def _as_default(self, column: Column, value: str) -> str:
        return f"({value})" if self.before.dialect == "mysql" and _NO_LITERAL.match(column.type) else value

    def _filled(self, column: Column, default: str) -> Iterator[MigrationStep]:
        """Rows that are there have the default that the column comes with, without being written one by one."""
        defaulting = defaulting_definition(column, self._collation, default)
        yield self._add(column, defaulting, Probe("exists", column.ref))
        name, only_default = quoted(column.ref.name), not column.nullable and column.default is None
        final, back = self._modify(column, self._definition(column)), self._modify(column, defaulting)
        yield step(
            kind="alter",
            target=column.ref,
            sql=alter(self.table, f"ALTER COLUMN {name} DROP DEFAULT") if only_default else final,
            inverse=back,
            after=column,
            holds=[is_as(column)],
            note="the value was for the rows that were there",
        )

    def _alter(self, old: Column, new: Column) -> MigrationStep:
        value, kept = self.intents.backfills.get(new.ref), self.intents.kept.get(new.ref)
        table, name = quoted(self.table.name), quoted(new.ref.name)
        forward, back = [self._modify(new, self._definition(new))], [self._modify(old, self._definition(old))]
        if _storage(old) != _storage(new) and {_storage(old), _storage(new)} != {"plain", "stored"}:
            forward, back = self._anew(old, new), self._back_anew(old, new)
        if value is not None and old.nullable and not new.nullable:
            forward.insert(0, f"UPDATE {table} SET {name} = {value} WHERE {name} IS NULL")
        if kept is not None:
            marked = self._modify(old, restored_definition(old, self._collation))
            back = [*(back[:-1] or [marked]), self._values(old, kept), *self._given_back(old), back[-1]]
        forward, back = [*self._following(new), *forward], [*self._following(old), *back]
        return step(
            kind="alter",
            target=new.ref,
            reversible="yes" if kept is None else "lossy",
            sql=forward,
            inverse=back,
            before=old,
            after=new,
            holds=[is_as(new)],
        )

    def _values(self, column: Column, kept: KeptValue) -> str:
        """Rows that came later have nothing kept: they stay as they are."""
        return f"UPDATE {quoted(self.table.name)} SET {quoted(column.ref.name)} = {kept.value} WHERE {kept.there}"

    def _following(self, key: Column) -> list[str]:
        """The copies of a key take its type: before it does, as they may do so twice."""
        kind = column_text(f"{quoted(key.ref.name)} {self._definition(key)}").type
        collated = f"{kind} COLLATE {key.collation}" if key.collation else kind
        copies = self.intents.copies.get(key.ref, ())
        return [
            alter(ObjectRef("table", one.table), f"MODIFY COLUMN {quoted(key.ref.name)} {collated}") for one in copies
        ]

    def _given_back(self, key: Column) -> list[str]:
        """The copies of a key have it as it was."""
        copies = self.intents.copies.get(key.ref, ())
        return [f"UPDATE {quoted(one.table)} SET {quoted(key.ref.name)} = {quoted(one.old)}" for one in copies]

    def _anew(self, old: Column, new: Column) -> list[str]:
        """A column that is computed from now on, or in another way: nothing is lost when it is made again."""
        if new.generated is None:
            raise cannot_be_made(new.ref, "its values are computed whenever they are read, and would be lost")
        return [self._replaced(old, self._definition(new))]

    def _back_anew(self, old: Column, new: Column) -> list[str]:
        if old.generated is not None:
            return [self._replaced(new, self._definition(old))]
        return [
            self._replaced(new, restored_definition(old, self._collation)),
            self._modify(old, self._definition(old)),
        ]

    def _replaced(self, old: Column, definition: str) -> str:
        """Dropping a column takes it out of its indexes too."""
        name = quoted(old.ref.name)
        indexes = [
            one
            for one in self.before.parts_of(self.table)
            if isinstance(one, Index) and one.ref in self.after.objects and any(mentions(key, old.ref.name) for key in one.keys)
        ]  # fmt: skip
        return alter(
            self.table,
            *(f"DROP INDEX {quoted(one.ref.name)}" for one in indexes),
            f"DROP COLUMN {name}",
            f"ADD COLUMN {name} {definition}",
            *(f"ADD {index_definition(one)}" for one in indexes),
        )

    def _restored(self, column: Column) -> list[str]:
        """A column with the values that it had; each statement can be done again, and it is as it was after the last."""
        kept = self.intents.kept.get(column.ref)
        if kept is None or column.generated is not None:
            return [alter(self.table, f"ADD COLUMN {quoted(column.ref.name)} {self._definition(column)}")]
        return [
            self._add_if_absent(column, restored_definition(column, self._collation)),
            self._values(column, kept),
            self._modify(column, self._definition(column)),
        ]

    def _add_if_absent(self, column: Column, definition: str) -> str:
        name = quoted(column.ref.name)
        if self.before.dialect == "mariadb":
            return alter(self.table, f"ADD COLUMN IF NOT EXISTS {name} {definition}")
        add = alter(self.table, f"ADD COLUMN {name} {definition}")
        there = (
            "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() "
            f"AND table_name = {text(self.table.name)} AND column_name = {text(column.ref.name)}"
        )
        return (
            f"SET @dataflow_add = IF(({there}) = 0, {text(add)}, 'DO 0'); "
            "PREPARE dataflow_add FROM @dataflow_add; EXECUTE dataflow_add; DEALLOCATE PREPARE dataflow_add"
        )


def _storage(column: Column) -> str:
    if column.generated is None:
        return "plain"
    return "stored" if column.options.get("stored") else "virtual"
