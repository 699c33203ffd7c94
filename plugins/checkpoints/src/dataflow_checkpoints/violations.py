"""Rows that a constraint would refuse, counted and told in words."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.migrations import Column, Constraint, ObjectRef, SchemaDialect, SchemaSnapshot, Session
from dataflow.migrations.questions import is_comparable, orphaned, plain_columns, repeating
from dataflow.migrations.wording import rows_of


async def duplicates(
    session: Session,
    dialect: SchemaDialect,
    schema: SchemaSnapshot,
    table: ObjectRef,
    keys: Sequence[str],
    where: str = "",
) -> list[str]:
    """Values that repeat where they may not; nothing is said of expressions."""
    columns = plain_columns(schema, table, keys, dialect)
    if not columns:
        return []
    ((number, _),) = await session.rows(repeating(dialect.quoted(table.name), [*map(dialect.quoted, columns)], where))
    return [f"{number} values of ({', '.join(columns)}) of table '{table.name}' repeat"] if number else []


async def nulls(
    session: Session, dialect: SchemaDialect, schema: SchemaSnapshot, table: ObjectRef, column: Column
) -> list[str]:
    """Rows without a value that each must have."""
    if column.ref not in schema.objects:
        return []
    name = dialect.quoted(column.ref.name)
    ((number,),) = await session.rows(f"SELECT count(*) FROM {dialect.quoted(table.name)} WHERE {name} IS NULL")
    return [f"{_rows(number, 'have', table)} no '{column.ref.name}'"] if number else []


async def refused(
    session: Session, dialect: SchemaDialect, schema: SchemaSnapshot, table: ObjectRef, check: Constraint
) -> list[str]:
    """Rows that a condition is false of; nothing is said of one that names columns which only come."""
    if not check.expression or not plain_columns(schema, table, check.columns, dialect):
        return []
    ((number,),) = await session.rows(
        f"SELECT count(*) FROM {dialect.quoted(table.name)} WHERE NOT ({check.expression})"
    )
    return [f"{_rows(number, 'do not', table)} meet {check.expression}"] if number else []


async def beyond(
    session: Session, dialect: SchemaDialect, schema: SchemaSnapshot, table: ObjectRef, before: Column, after: Column
) -> list[str]:
    """Rows whose value the new type of a column cannot hold: too long, out of range, not of that form."""
    if before.type == after.type or before.ref not in schema.objects:
        return []
    name = dialect.quoted(before.ref.name)
    found = dialect.conversion(before.type, after.type, name)
    if found is None or not found.loses:
        return []
    ((number,),) = await session.rows(
        f"SELECT count(*) FROM {dialect.quoted(table.name)} WHERE {name} IS NOT NULL AND ({found.loses})"
    )
    return [f"{_rows(number, 'have', table)} a '{before.ref.name}' that is no {after.type}"] if number else []


async def orphans(
    session: Session, dialect: SchemaDialect, schema: SchemaSnapshot, table: ObjectRef, key: Constraint
) -> list[str]:
    """Rows that refer to none."""
    target = key.referred_table
    columns = plain_columns(schema, table, key.columns, dialect)
    if target is None or target not in schema.objects or not columns:
        return []
    quoted = dialect.quoted
    aims = key.referred_columns or schema.key_of(target)
    ((number,),) = await session.rows(
        orphaned(
            quoted(table.name),
            [*map(quoted, columns)],
            quoted(target.name),
            [*map(quoted, aims)],
            as_texts=not is_comparable(schema, table, columns, target, aims),
        )
    )
    named = ", ".join(key.columns)
    return [f"{_rows(number, 'refer', table)} by ({named}) to no row of '{target.name}'"] if number else []


def _rows(number: int, verb: str, table: ObjectRef) -> str:
    return rows_of(number, verb, f"table '{table.name}'")
