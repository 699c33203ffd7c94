"""The problems that a look at the foreign keys may find."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.migrations import Column, ObjectRef, SchemaDialect
from dataflow.migrations.wording import rows_of
from dataflow.models.indexes import bounded_name
from dataflow.models.model import Model
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.rows import source_of


def index_statement(key: ForeignKey, dialect: SchemaDialect) -> str:
    """The DDL of the index that a key lacks."""
    name = bounded_name(f"ix_{key.constrained_table}_{'_'.join(key.constrained_columns)}")
    columns = ", ".join(map(dialect.quoted, key.constrained_columns))
    return f"CREATE INDEX {dialect.quoted(name)} ON {source_of(key.constrained, dialect)} ({columns})"


def _problem(
    code: str, message: str, key: ForeignKey, cause: str, *ways: Solution, model: Model | None = None, **context: object
) -> Problem:
    return Problem(
        code=code,
        message=message,
        where=Where(operation="check", model=None if model is None else model.name),
        context={"constraint": key.constraint_name, "reference": str(key), **context},
        cause=cause,
        solutions=ways,
    )


def missing_index(key: ForeignKey, dialect: SchemaDialect, model: Model | None) -> Problem:
    name = key.constrained_columns[0]
    field = None if model is None else model.fields.get(name)
    ways = [Solution("make it:", index_statement(key, dialect))]
    if field is not None and field.reference is not None and len(key.constrained_columns) == 1:
        action = "" if field.reference.on_delete == "restrict" else f'on_delete="{field.reference.on_delete}", '
        default = "default=None, " if field.default is None else ""
        text = f'{name}: {field.spelling} = field({default}references="{field.reference}", {action}index=True)'
        ways.append(Solution("or have the model ask for it:", text))
    return _problem(
        "DF-G401",
        f"no index finds the rows of '{key.constrained.dotted}' by {_listed(key.constrained_columns)}",
        key,
        f"each delete in '{key.referred.dotted}', and each change of its key, reads all of '{key.constrained.dotted}'",
        *ways,
        model=model,
    )


def other_type(key: ForeignKey, own: Column, other: Column, what: str) -> Problem:
    here, there = (own.type, other.type) if what == "type" else (own.collation, other.collation)
    return _problem(
        "DF-G402",
        f"'{own.ref.dotted}' has another {what} than '{other.ref.dotted}', which it refers to: {here or 'none'}, {there or 'none'}",
        key,
        "values are converted to be compared: one that looks the same may be none, and an index may not be used",
        Solution(f"give both columns the same {what}: {there or 'none'}"),
    )


def orphans(key: ForeignKey, number: int, source: str) -> Problem:
    return _problem(
        "DF-G403",
        f"{rows_of(number, 'refer', repr(key.constrained.dotted))} to no row of '{key.referred.dotted}'",
        key,
        "they were written while nothing checked the foreign key, or before it was there",
        Solution("see them:", f"SELECT c.* {source}"),
        Solution("correct or remove these rows"),
        rows=number,
    )


def not_validated(key: ForeignKey, dialect: SchemaDialect) -> Problem:
    table, name = source_of(key.constrained, dialect), dialect.quoted(key.constraint_name)
    missing = "was never validated" if key.enforced else "is not enforced"
    way = f"VALIDATE CONSTRAINT {name}" if key.enforced else f"ALTER CONSTRAINT {name} ENFORCED"
    return _problem(
        "DF-G404",
        f"foreign key '{key.constraint_name}' of '{key.constrained.dotted}' {missing}",
        key,
        "it says nothing of the rows that were there before it",
        Solution("have it hold for all rows:", f"ALTER TABLE {table} {way}"),
    )


def several_ways(table: ObjectRef, keys: Sequence[ForeignKey], ancestor: ObjectRef) -> Problem:
    return _problem(
        "DF-G405",
        f"a delete in '{ancestor.dotted}' reaches rows of '{table.dotted}' by {len(keys)} foreign keys that want different things",
        keys[0],
        "one takes the rows away, another refuses while they are there: the server's order decides, and none promises one",
        Solution("give them one action:", f"ON DELETE CASCADE for {', '.join(one.constraint_name for one in keys)}"),
        Solution("or delete step by step, the referring rows first"),
        keys=", ".join(f"{one.constraint_name} on delete {one.ondelete}" for one in keys),
    )


def deep_cascade(chain: Sequence[ObjectRef], limit: int) -> Problem:
    names = " -> ".join(one.dotted for one in chain)
    return Problem(
        code="DF-G406",
        message=f"a delete in '{chain[0].dotted}' cascades through {len(chain)} tables",
        where=Where(operation="check"),
        context={"chain": names, "limit": limit},
        cause="one statement locks and deletes rows of all of them, and nobody who writes it sees which",
        solutions=(
            Solution("know beforehand:", "await db.migrations.foreign_keys.impact(...)"),
            Solution("or stop it half-way:", 'field(references=..., on_delete="restrict")'),
        ),
    )


def wide_cascade(key: ForeignKey, rows: int, limit: int) -> Problem:
    return _problem(
        "DF-G406",
        f"one row of '{key.referred.dotted}' takes {rows:,} rows of '{key.constrained.dotted}' along when it is deleted",
        key,
        "one statement locks and deletes them all, and others wait for its end",
        Solution("delete the referring rows before, in batches"),
        rows=rows,
        limit=limit,
    )


def dropped_parent(key: ForeignKey) -> Problem:
    return _problem(
        "DF-G409",
        f"table '{key.referred.dotted}' would be dropped, and rows of '{key.constrained.dotted}' refer to it",
        key,
        "a table that is referred to is not dropped, or leaves references to nothing behind",
        Solution("drop the foreign key first, or its table with it"),
        Solution(
            "or, where the database allows it and that is meant:", 'await db.migrations.apply(accept=["DF-G409"])'
        ),
    )


def unchecked(setting: str, value: str, cure: str) -> Problem:
    return Problem(
        code="DF-G407",
        message=f"foreign keys are not checked: {setting} is {value}",
        where=Where(operation="check"),
        context={"setting": setting, "value": value},
        cause="rows may refer to nothing, and deletes neither cascade nor are refused",
        solutions=(Solution("have them checked:", cure),),
    )


def _listed(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"
