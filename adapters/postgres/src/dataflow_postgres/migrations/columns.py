"""Columns as statements write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from dataflow.migrations import Column, KeptValue, KeyCopy, ObjectRef
from dataflow_postgres.migrations.names import comment_on, owner_of, quoted, text, with_settings

_TEXTS = {"text", "character varying", "character", "citext", "name"}
#: types that have casts from each to each
_FAMILIES = (
    {"smallint", "integer", "bigint", "numeric", "real", "double precision"},
    {"date", "timestamp without time zone", "timestamp with time zone"},
    {"json", "jsonb"},
)


def column_text(column: Column) -> str:
    """A column as CREATE TABLE and ADD COLUMN write it, without its constraints."""
    parts = [
        quoted(column.ref.name),
        column.type,
        f"COMPRESSION {column.options['compression']}" if "compression" in column.options else "",
        f"COLLATE {column.collation}" if column.collation else "",
        f"GENERATED ALWAYS AS ({column.generated}) {_kept(column)}" if column.generated is not None else "",
        identity_text(column),
        f"DEFAULT {column.default}" if column.default is not None else "",
        "" if column.nullable or "not_null" in column.options else _required(column),
    ]
    return " ".join(part for part in parts if part)


def _required(column: Column, target: str = "") -> str:
    named = f"CONSTRAINT {quoted(column.not_null_name)} " if column.not_null_name else ""
    return f"{named}NOT NULL{target}"


def _requiring(column: Column) -> str:
    """NOT NULL with what only some versions can say of it: a name, whether it is inherited, and holds for the rows that are there."""
    how = column.options.get("not_null", "")
    if not how and not column.not_null_name:
        return _alter(column.ref, "SET NOT NULL")
    return f"ALTER TABLE {owner_of(column.ref)} ADD {_required(column, f' {quoted(column.ref.name)}')} {how.upper()}".rstrip()


def _kept(column: Column) -> str:
    return "VIRTUAL" if "virtual" in column.options else "STORED"


def identity_text(column: Column) -> str:
    if not column.identity:
        return ""
    named = f"SEQUENCE NAME {column.definition}" if column.definition else ""
    options = " ".join(part for part in (named, column.options.get("counter", "")) if part)
    return f"GENERATED {column.identity.upper()} AS IDENTITY" + (f" ({options})" if options else "")


def column_extras(column: Column) -> list[str]:
    """What CREATE TABLE cannot say of a column."""
    options = column.options
    clauses = [
        f"SET STORAGE {options['storage'].upper()}" if "storage" in options else "",
        f"SET STATISTICS {options['statistics']}" if "statistics" in options else "",
        f"SET ({with_settings(options['with'])})" if "with" in options else "",
    ]
    found = [_alter(column.ref, clause) for clause in clauses if clause]
    if "not_null" in options and not column.nullable:
        found.append(_requiring(column))
    return found + ([_comment(column)] if column.comment else [])


def _comment(column: Column) -> str:
    return comment_on(f"COLUMN {owner_of(column.ref)}.{quoted(column.ref.name)}", column.comment)


def _alter(ref: ObjectRef, clause: str, only: bool = False) -> str:
    return f"ALTER TABLE {'ONLY ' if only else ''}{owner_of(ref)} ALTER COLUMN {quoted(ref.name)} {clause}"


def added(column: Column, backfill: str | None = None) -> list[str]:
    """:param backfill: what the rows get that are there; the server stores it once and rewrites nothing."""
    first = column if backfill is None else attrs.evolve(column, default=backfill)
    found = [f"ALTER TABLE {owner_of(column.ref)} ADD COLUMN {column_text(first)}"]
    if backfill is not None:
        found.append(_alter(column.ref, _default(column)))
    return found + column_extras(column)


def dropped(column: Column) -> list[str]:
    return [f"ALTER TABLE {owner_of(column.ref)} DROP COLUMN {quoted(column.ref.name)}"]


def restored(column: Column, kept: KeptValue | None) -> list[str]:
    """A dropped column again, with the values that were kept."""
    if kept is None or column.generated is not None:
        return added(column)
    options = {name: value for name, value in column.options.items() if name in ("compression", "virtual")}
    bare = attrs.evolve(column, nullable=True, default=None, identity="", options=options, comment="")
    return [*added(bare), *_given_back(column.ref, kept), *altered(bare, column)]


def _given_back(ref: ObjectRef, kept: KeptValue) -> list[str]:
    return _filled(ref, kept.value, f" WHERE {kept.there}")


def _filled(ref: ObjectRef, value: str, condition: str = "") -> list[str]:
    """What is checked at the end of a transaction is checked now: a table with checks to come cannot be altered."""
    name = quoted(ref.name)
    return [f"UPDATE {owner_of(ref)} SET {name} = {value}{condition}", "SET CONSTRAINTS ALL IMMEDIATE"]


def _default(column: Column) -> str:
    return "DROP DEFAULT" if column.default is None else f"SET DEFAULT {column.default}"


def is_retyped(before: Column, after: Column) -> bool:
    return (before.type, before.collation) != (after.type, after.collation)


def altered(before: Column, after: Column, backfill: str | None = None, kept: KeptValue | None = None) -> list[str]:
    """A column made another one where it stands.

    :param backfill: what rows without a value get.
    :param kept: what gives rows their values, once the column has its type.
    """
    ref, name = after.ref, quoted(after.ref.name)
    retyped = is_retyped(before, after)
    found = [*_let_go(before, after, retyped)]
    if retyped:
        found.append(_alter(ref, _type(before, after)))
    differs = before.options.get("not_null") != after.options.get("not_null")
    if not before.nullable and (after.nullable or differs):
        found.append(_alter(ref, "DROP NOT NULL"))
    if kept is not None:
        found += _given_back(ref, kept)
    if backfill is not None:
        found += _filled(ref, backfill, f" WHERE {name} IS NULL")
    if not after.nullable and (before.nullable or differs):
        found.append(_requiring(after))
    if after.default is not None and (retyped or before.default != after.default):
        found.append(_alter(ref, _default(after), only=True))
    if after.identity and _identity(before) != _identity(after):
        found += [_alter(ref, f"ADD {identity_text(after)}"), _counted(after)]
    return found + _changed_options(before, after)


def _type(before: Column, after: Column) -> str:
    collated = f" COLLATE {after.collation}" if after.collation else ""
    return f"TYPE {after.type}{collated} USING {converted(quoted(after.ref.name), before.type, after.type)}"


def following(before: Column, after: Column, copies: Sequence[KeyCopy]) -> list[str]:
    """The copies of a key take its type."""
    return [_alter(ObjectRef("column", after.ref.name, one.table), _type(before, after)) for one in copies]


def given_back(column: Column, copies: Sequence[KeyCopy]) -> list[str]:
    """The copies of a key have it as it was."""
    name = quoted(column.ref.name)
    return [f"UPDATE {quoted(one.table)} SET {name} = {quoted(one.old)}" for one in copies]


def _let_go(before: Column, after: Column, retyped: bool) -> Iterator[str]:
    """What a column has and may not have while it becomes another."""
    if before.generated is not None and after.generated is None:
        yield _alter(after.ref, "DROP EXPRESSION")
    if before.default is not None and (retyped or after.default is None):
        # what inherits the type has to be let go of its default too
        yield _alter(after.ref, "DROP DEFAULT", only=not retyped)
    if before.identity and _identity(before) != _identity(after):
        yield _alter(after.ref, "DROP IDENTITY")


def converted(value: str, before: str, after: str) -> str:
    """A value of one type as one of another. Where no cast leads there, its text is read anew."""
    was, is_ = (re.sub(r"\([^)]*\)", "", kind) for kind in (before, after))
    if "boolean" in (was, is_) and _FAMILIES[0] & {was, is_}:
        # only integer has casts of its own
        return f"{value}::integer::{after}" if was == "boolean" else f"({value} <> 0)"
    alike = was == is_ or any({was, is_} <= family for family in _FAMILIES)
    return f"{value}::{after}" if alike or _TEXTS & {was, is_} else f"{value}::text::{after}"


def _identity(column: Column) -> tuple[str, str]:
    return column.identity, column.options.get("counter", "")


def _counted(column: Column) -> str:
    """Have the counter go on behind the values that are there."""
    table, name = owner_of(column.ref), quoted(column.ref.name)
    counter = f"pg_get_serial_sequence({text(table)}, {text(column.ref.name)})"
    return f"SELECT setval({counter}, max({name})) FROM {table} HAVING max({name}) > 0"


def _changed_options(before: Column, after: Column) -> list[str]:
    found: list[str] = []
    old, new = before.options, after.options

    def changed(name: str) -> bool:
        return old.get(name) != new.get(name)

    if changed("storage"):
        found.append(_alter(after.ref, f"SET STORAGE {new.get('storage', _usual_storage(after.type)).upper()}"))
    if changed("compression"):
        found.append(_alter(after.ref, f"SET COMPRESSION {new.get('compression', 'default')}"))
    if changed("statistics"):
        found.append(_alter(after.ref, f"SET STATISTICS {new.get('statistics', '-1')}"))
    if changed("with"):
        gone = [one.partition("=")[0] for one in old.get("with", "").split(", ") if one]
        if gone:
            found.append(_alter(after.ref, f"RESET ({', '.join(gone)})"))
        if "with" in new:
            found.append(_alter(after.ref, f"SET ({with_settings(new['with'])})"))
    if before.comment != after.comment:
        found.append(_comment(after))
    return found


def _usual_storage(kind: str) -> str:
    """The word DEFAULT stands for it since version 16 only."""
    return "main" if kind.partition("(")[0] in ("numeric", "inet", "cidr") else "extended"


def own_of_inherited(parent: Column | None, column: Column) -> list[str]:
    """What a table that inherits a column says of it itself."""
    found = []
    if parent is None or parent.default != column.default:
        found.append(_alter(column.ref, _default(column), only=True))
    if not column.nullable and (parent is None or parent.nullable):
        found.append(_alter(column.ref, "SET NOT NULL", only=True))
    return found + column_extras(column)


def altered_inherited(before: Column, after: Column) -> list[str]:
    """The type is the parent's matter."""
    found = []
    if before.default != after.default or is_retyped(before, after):
        found.append(_alter(after.ref, _default(after), only=True))
    return found + _changed_options(before, after)
