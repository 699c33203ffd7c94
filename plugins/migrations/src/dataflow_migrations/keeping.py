"""What lossy steps would destroy, copied beside first: until ``contract`` a plan can be undone with its data."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import attrs

from dataflow.migrations import (
    Change,
    Column,
    Constraint,
    KeptValue,
    KeyCopy,
    MigrationStep,
    ObjectRef,
    Probe,
    SchemaDialect,
    SchemaSnapshot,
    Table,
)
from dataflow.migrations.questions import orphaned
from dataflow_migrations.history import PREFIX

#: of the columns that hold what a key was before its type changed
OLD_KEY = "dataflow_key_"


@attrs.frozen
class Kept:
    """Steps that copy, for each column what finds its old value again, and for each key that changes the copies that follow it."""

    steps: tuple[MigrationStep, ...]
    values: Mapping[ObjectRef, KeptValue]
    copies: Mapping[ObjectRef, Sequence[KeyCopy]]


def kept_aside(
    changes: Sequence[Change],
    before: SchemaSnapshot,
    dialect: SchemaDialect,
    seed: str,
    *,
    accepted: Collection[str],
    filled: Collection[ObjectRef],
) -> Kept:
    """Copies of the columns and tables that go, and of columns whose type changes so that values may.

    :param accepted: what a person has said may lose values.
    :param filled: columns of which rows that have no value get one: that they had none is kept.
    :param seed: makes the names of one plan's copies its own.
    """
    steps: list[MigrationStep] = []
    values: dict[ObjectRef, KeptValue] = {}
    copies: dict[ObjectRef, list[KeyCopy]] = defaultdict(list)
    retyped = {change.ref for change in changes if _is_retyped(change)}
    going = [change.before for change in changes if isinstance(change.before, Table) and change.after is None]
    steps += kept_tables(going, before, dialect, seed)
    for change in changes:
        one = change.before
        if isinstance(one, Column) and (_is_filled(change, filled) or _loses(change, dialect, accepted)):
            copy = _copy_of(change.ref, before, retyped, seed)
            if copy is not None:
                if not _loses(change, dialect, accepted):
                    copy = attrs.evolve(copy, where=f" WHERE {dialect.quoted(change.ref.name)} IS NULL")
                steps.append(_column(copy, before, dialect))
                values[change.ref] = _value(copy, dialect)
                for ref, old in copy.old_keys.items():
                    copies[ref].append(KeyCopy(copy.name, old, copy.index))
    return Kept(tuple(_by_themselves(steps, before)), values, copies)


def kept_tables(
    tables: Sequence[Table], before: SchemaSnapshot, dialect: SchemaDialect, seed: str
) -> list[MigrationStep]:
    """Copies of whole tables that go."""
    refs = {one.ref for one in tables}
    return _by_themselves(
        [_table(one, before, dialect, seed, refs) for one in _referring_first(tables, before)], before
    )


def kept_columns(
    columns: Sequence[Column], before: SchemaSnapshot, dialect: SchemaDialect, seed: str
) -> list[MigrationStep]:
    """Copies of columns that go, each with the key of its rows."""
    copies = [_copy_of(one.ref, before, (), seed) for one in columns]
    return _by_themselves([_column(copy, before, dialect) for copy in copies if copy is not None], before)


def _by_themselves(steps: Sequence[MigrationStep], schema: SchemaSnapshot) -> list[MigrationStep]:
    """On MySQL CREATE TABLE commits what is before it."""
    return [attrs.evolve(step, transactional="no") for step in steps] if is_mysql(schema) else [*steps]


def _referring_first(tables: Sequence[Table], schema: SchemaSnapshot) -> list[Table]:
    """In the order of which the reverse brings rows back after those that they refer to; of a circle any comes first."""
    aims = {
        one.ref: {key.referred_table for key in schema.parts_of(one.ref) if isinstance(key, Constraint)} - {one.ref}
        for one in tables
    }
    left, placed = list(tables), list[Table]()
    while left:
        referred = set[ObjectRef | None]().union(*(aims[one.ref] for one in left))
        free = [one for one in left if one.ref not in referred] or left[:1]
        placed += free
        left = [one for one in left if one not in free]
    return placed


def _loses(change: Change, dialect: SchemaDialect, accepted: Collection[str]) -> bool:
    before, after = change.before, change.after
    if after is None:
        return True
    if not isinstance(before, Column) or not isinstance(after, Column) or before.type == after.type:
        return False
    found = dialect.conversion(before.type, after.type, dialect.quoted(after.ref.name))
    # what would not fit has stopped the plan, unless a person let it
    return found is None or not found.is_alike or bool(found.loses and {str(after.ref), "DF-G209"} & {*accepted})


def _is_filled(change: Change, filled: Collection[ObjectRef]) -> bool:
    """Whether it is the change by which a column may be null no more; a rename of the column is one of its own."""
    return change.ref in filled and not change.is_rename


def _is_retyped(change: Change) -> bool:
    before, after = change.before, change.after
    if not isinstance(before, Column) or not isinstance(after, Column):
        return False
    return (before.type, before.collation) != (after.type, after.collation)


@attrs.frozen
class _Copy:
    """One column with the key of its row; of key columns that change their type, what they were as well."""

    name: str
    column: ObjectRef
    key: tuple[str, ...]
    old_keys: Mapping[ObjectRef, str]
    #: of which rows; empty for all
    where: str = ""

    @property
    def index(self) -> str:
        """Of the key: each row is looked for when it is given its value back."""
        return f"{self.name}_key"

    @property
    def value(self) -> str:
        """The column of the copy that has the old value: of a key it is there already."""
        return self.old_keys.get(self.column, self.column.name)


def _copy_of(column: ObjectRef, schema: SchemaSnapshot, retyped: Collection[ObjectRef], seed: str) -> _Copy | None:
    """None where no row is found again: without a key, or when it is the key that goes."""
    assert column.owner is not None
    for one in schema.parts_of(column.owner):
        if isinstance(one, Constraint) and one.type == "primary":
            parts = [attrs.evolve(column, name=name) for name in one.columns]
            if column in parts and column not in retyped:
                return None
            old = {part: f"{OLD_KEY}{number}" for number, part in enumerate(parts, 1) if part in retyped}
            return _Copy(_name(column, seed), column, one.columns, old)
    return None


def _name(ref: ObjectRef, seed: str) -> str:
    return PREFIX + hashlib.sha256(f"{seed} {ref}".encode()).hexdigest()[:12]


def _column(copy: _Copy, schema: SchemaSnapshot, dialect: SchemaDialect) -> MigrationStep:
    quoted = dialect.quoted
    table, kept = quoted(copy.column.table), quoted(copy.name)
    columns = [*map(quoted, copy.key), *(f"{quoted(ref.name)} AS {quoted(old)}" for ref, old in copy.old_keys.items())]
    if copy.column.name not in copy.key:
        columns.append(quoted(copy.column.name))
    selected = f"SELECT {', '.join(columns)} FROM {table}{copy.where}"
    key = ", ".join(map(quoted, copy.key))
    return MigrationStep(
        kind="keep",
        target=copy.column,
        sql=[f"CREATE TABLE {kept} (INDEX ({key})) AS {selected}"]
        if is_mysql(schema)
        else [f"CREATE TABLE {kept} AS {selected}", f"CREATE INDEX {quoted(copy.index)} ON {kept} ({key})"],
        inverse=[f"DROP TABLE {kept}"],
        cleanup=[f"DROP TABLE IF EXISTS {kept}"],
        note=f"in {copy.name}",
        postconditions=(Probe("query", copy.column, sql=_same_count(kept, table + copy.where)),),
    )


def _value(copy: _Copy, dialect: SchemaDialect) -> KeptValue:
    table, kept = dialect.quoted(copy.column.table), dialect.quoted(copy.name)
    same = " AND ".join(f"{kept}.{dialect.quoted(one)} = {table}.{dialect.quoted(one)}" for one in copy.key)
    found = f"FROM {kept} WHERE {same}"
    return KeptValue(f"(SELECT {kept}.{dialect.quoted(copy.value)} {found})", f"EXISTS (SELECT 1 {found})")


def _table(
    table: Table, before: SchemaSnapshot, dialect: SchemaDialect, seed: str, going: Collection[ObjectRef]
) -> MigrationStep:
    own, copy = dialect.quoted(table.ref.name), _name(table.ref, seed)
    kept = dialect.quoted(copy)
    names = [dialect.quoted(one.ref.name) for one in before.columns_of(table.ref) if one.generated is None]
    columns = ", ".join(names)
    back = f"INSERT INTO {own} ({columns}) SELECT {columns} FROM {kept}"
    keys = [one for one in before.parts_of(table.ref) if isinstance(one, Constraint) and one.type == "foreign"]
    # SQLite looks at no reference while a plan is applied
    is_unchecked = before.dialect == "sqlite"
    if is_mysql(before):
        back += _not_there_yet(own, kept, names)
        is_unchecked = any(one.referred_table in going for one in keys)
        back = _unchecked(back, before) if is_unchecked else back
    outside = [one for one in keys if is_unchecked and one.referred_table not in going]
    return MigrationStep(
        kind="keep",
        target=table.ref,
        sql=[f"CREATE TABLE {kept} AS SELECT {columns} FROM {own}"],
        inverse=[
            back,
            *dialect.refilled(table.ref.name, before.columns_of(table.ref)),
            f"DROP TABLE {kept}",
        ],
        cleanup=[f"DROP TABLE IF EXISTS {kept}"],
        inverse_preconditions=tuple(_parents(one, kept, before, dialect) for one in outside),
        note=f"in {copy}",
        postconditions=(Probe("query", table.ref, sql=_same_count(kept, own)),),
    )


def _unchecked(insert: str, schema: SchemaSnapshot) -> str:
    """InnoDB looks at the references of each row as it comes: of rows that refer to each other none could be the first."""
    if schema.dialect == "mariadb":
        return f"SET STATEMENT foreign_key_checks = 0 FOR {insert}"
    return insert.replace("INSERT", "INSERT /*+ SET_VAR(foreign_key_checks = 0) */", 1)


def _parents(key: Constraint, kept: str, schema: SchemaSnapshot, dialect: SchemaDialect) -> Probe:
    """That what rows refer to outside of what goes is there when they come back."""
    owner, target = key.ref.owner, key.referred_table
    assert owner is not None
    assert target is not None
    aims = key.referred_columns or schema.key_of(target)
    columns, keys = ([*map(dialect.quoted, some)] for some in (key.columns, aims))
    return Probe(
        "none", target, sql=orphaned(kept, columns, dialect.quoted(target.name), keys),
        words=f"has every row that those of {owner} refer to",
    )  # fmt: skip


def _not_there_yet(own: str, kept: str, columns: Sequence[str]) -> str:
    """Of rows that an earlier attempt has put back none is put back again; one that differs is refused by its key."""
    same = " AND ".join(f"own.{name} <=> {kept}.{name}" for name in columns)
    return f" WHERE NOT EXISTS (SELECT 1 FROM {own} AS own WHERE {same})"


def is_mysql(schema: SchemaSnapshot) -> bool:
    return schema.dialect in ("mysql", "mariadb")


def let_go_of(step: MigrationStep) -> Probe:
    """Holds once the copy of a step that no transaction can undo is gone: with what it kept being back."""
    copy = step.note.rpartition(" ")[2]
    found = f"SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '{copy}'"
    return Probe("query", step.target, sql=f"SELECT NOT EXISTS ({found})")


def _same_count(copy: str, original: str) -> str:
    return f"SELECT (SELECT count(*) FROM {copy}) = (SELECT count(*) FROM {original})"
