"""What keeps foreign keys standing: which must go for a while, and which indexes have to be changed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dataflow.migrations import Change, Column, Constraint, Index, ObjectRef, SchemaObject, SchemaSnapshot
from dataflow_mysql.dialect import quoted
from dataflow_mysql.migrations.catalogue import column_of
from dataflow_mysql.migrations.writing import index_definition

Key = Index | Constraint


@attrs.frozen
class ForeignKeys:
    """The foreign keys that go, come, or have to stand aside while what they rely on becomes another."""

    changes: Sequence[Change]
    before: SchemaSnapshot
    after: SchemaSnapshot

    def going(self) -> list[Constraint]:
        """As they are now; those of tables that go with them only where tables refer to each other in a circle."""
        changed = [change.before for change in self.changes if change.ref.kind == "constraint"]
        return [one for one in changed if isinstance(one, Constraint) and one.type == "foreign"]

    def coming(self) -> list[Constraint]:
        changed = [change.after for change in self.changes if change.ref.kind == "constraint"]
        return [one for one in changed if isinstance(one, Constraint) and one.type == "foreign"]

    def aside(self) -> list[Constraint]:
        """Those that stay, and of which a column changes its type."""
        touched = self._touched()
        return [one for one in self.staying() if touched & {*_columns(one), *_referred(one)}]

    def aside_again(self) -> list[Constraint]:
        return [after for one in self.aside() if isinstance(after := self.after.objects[one.ref], Constraint)]

    def renamed(self) -> list[tuple[Constraint, Constraint]]:
        """Those that become others under another name, which one statement can do: none has to be away meanwhile."""
        touched = self._touched()
        pairs = [(change.before, change.after) for change in self.changes]
        return [
            (old, new)
            for old, new in pairs
            if isinstance(old, Constraint) and isinstance(new, Constraint) and new.type == old.type == "foreign"
            and old.ref != new.ref and not touched & {*_columns(old), *_referred(old), *_columns(new), *_referred(new)}
        ]  # fmt: skip

    def _touched(self) -> set[ObjectRef]:
        return {change.ref for change in self.changes if _changes_type(change)}

    def unnamed_indexes(self, one: Constraint) -> list[str]:
        """Clauses that keep an index as it is, which the server made for a foreign key when it was made without a name.

        Otherwise it would make another for a foreign key that comes under a name, and take this one away.
        """
        owner = one.ref.owner
        assert owner is not None
        parts = self.before.parts_of(owner)
        if not any(
            isinstance(there, Constraint) and there.type == "foreign" and there.columns == one.columns
            for there in parts
        ):
            return []
        indexes = [
            there
            for there in parts
            if isinstance(there, Index) and not there.unique and columns_of(there) == one.columns and there.ref in self.after.objects
        ]  # fmt: skip
        if len(indexes) != 1 or indexes[0].ref.name == one.ref.name:
            return []
        return [f"DROP INDEX {quoted(indexes[0].ref.name)}", f"ADD {index_definition(indexes[0])}"]

    def staying(self) -> list[Constraint]:
        changed = {one.ref for one in (*self.going(), *self.coming())}
        return [one for one in foreign_keys(self.before) if one.ref in self.after.objects and one.ref not in changed]

    def rely_on(self, table: ObjectRef, going: Sequence[Key], coming: Sequence[Key]) -> bool:
        """Whether an index that goes is all that a foreign key has which stays, so that another has to come with it."""
        gone = {one.ref for one in going}
        left = [one for one in keys_of(self.before, table) if one.ref not in gone]
        for foreign in self.staying():
            for owner, columns in (
                (foreign.ref.owner, foreign.columns),
                (foreign.referred_table, foreign.referred_columns),
            ):
                if owner != table or not any(supports(one, columns) for one in going):
                    continue
                if not any(supports(one, columns) for one in left):
                    return True
        # what the server made for a foreign key by itself goes by itself, once another one serves
        return any(supports(new, foreign.columns) and old.ref.name == foreign.ref.name
                   for foreign in self.staying() if foreign.ref.owner == table for old in going for new in coming)  # fmt: skip


def foreign_keys(schema: SchemaSnapshot) -> Iterator[Constraint]:
    return (one for one in schema.objects.values() if isinstance(one, Constraint) and one.type == "foreign")


def keys_of(schema: SchemaSnapshot, table: ObjectRef) -> list[Key]:
    """The indexes of a table, and its primary key."""
    return [one for one in schema.parts_of(table) if is_key(one)]  # type: ignore[misc]  # see is_key


def is_key(one: SchemaObject | None) -> bool:
    return isinstance(one, Index) or (isinstance(one, Constraint) and one.type == "primary")


def columns_of(key: Key) -> tuple[str, ...]:
    return key.columns if isinstance(key, Constraint) else tuple(column_of(one) for one in key.keys)


def supports(key: Key, columns: tuple[str, ...]) -> bool:
    """Whether rows are found by these columns with it."""
    return columns_of(key)[: len(columns)] == columns


def _columns(one: Constraint) -> list[ObjectRef]:
    return [ObjectRef("column", name, one.ref.table) for name in one.columns]


def _referred(one: Constraint) -> list[ObjectRef]:
    assert one.referred_table is not None
    return [ObjectRef("column", name, one.referred_table.name) for name in one.referred_columns]


def _changes_type(change: Change) -> bool:
    old, new = change.before, change.after
    if change.is_rename or not (isinstance(old, Column) and isinstance(new, Column)):
        return False
    return (old.type, old.collation, old.generated is None) != (new.type, new.collation, new.generated is None)
