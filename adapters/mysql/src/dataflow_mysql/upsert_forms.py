"""The statements of an upsert: the insert that changes a row in conflict, and what reads the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import insert

from dataflow.operations.operation import Increment, Upsert
from dataflow_mysql.dialect import quoted
from dataflow_mysql.literals import written
from dataflow_sql import Prepared, Statements, shape_of, values_of

#: whether the row in conflict was the one to change: null without a conflict. Assignments run from left to right
HIT = "@dataflow_hit"
FORGET = f"SET {HIT} = NULL"
#: made (2), changed (1), or left alone (0)
_TOLD = f"COALESCE({HIT} + 0, 2)"


def given_values(operation: Upsert, names: tuple[str, ...]) -> list[Any]:
    values = [operation.record[name] for name in names]
    values += [value.amount if isinstance(value, Increment) else value for value in operation.changes.values()]
    return values + values_of(operation.where)


def upsert_sql(statements: Statements, operation: Upsert, names: tuple[str, ...]) -> Prepared:
    """The values are those of the record, of the changes, then of the condition."""
    form = tuple((name, isinstance(value, Increment)) for name, value in operation.changes.items())
    return statements.once(  # type: ignore[no-any-return]  # what make gives
        ("upsert", names, form, operation.conflict_on, shape_of(operation.where)),
        lambda: _compiled(statements, operation, names, dict(form)),
    )


def _compiled(statements: Statements, operation: Upsert, names: tuple[str, ...], form: Mapping[str, bool]) -> Prepared:
    table, fields, dialect = statements.table, statements.model.fields, statements.dialect
    encoders = [dialect.codec(fields[name].type).encode for name in (*names, *form)]
    conditions = statements.conditions(encoders)
    given: list[Any] = [sa.bindparam(f"w{place}", None, type_=sa.types.NullType()) for place in range(len(encoders))]
    statement: Any = insert(table).values(dict(zip(names, given, strict=False)))
    new = {
        name: dialect.increment(table.c[name], fields[name], value) if adds else value
        for (name, adds), value in zip(form.items(), given[len(names) :], strict=True)
    }
    is_target = [table.c[name] == statement.inserted[name] for name in operation.conflict_on]
    if operation.where is not None:
        is_target.append(conditions.clause(operation.where))
    statement = statement.on_duplicate_key_update(
        assignments(table, sa.and_(*is_target), new, operation.conflict_on[0])
    )
    return statements.prepare(statement, conditions.encoders)


def assignments(table: sa.Table, holds: Any, new: Mapping[str, Any], unchanged: str) -> list[tuple[str, Any]]:
    """The changes of a row in conflict, made only where a condition holds, which is asked before the first of them."""
    told: Any = sa.literal_column(HIT)
    first = told.op(":=")(holds.is_(sa.true()))
    made: list[tuple[str, Any]] = []
    for name, value in (new or {unchanged: table.c[unchanged]}).items():
        made.append((name, sa.func.IF(told if made else first, value, table.c[name])))
    return made


def returned(statements: Statements) -> str:
    """What MariaDB gives of the row by itself."""
    return f"RETURNING {', '.join(map(quoted, statements.names))}, {_TOLD}"


def choice(statements: Statements, operation: Upsert) -> str:
    """The row, and whether it was made (2), changed (1), or left alone (0)."""
    changes = operation.changes
    moved = any(name in changes for name in operation.conflict_on)
    prepared = statements.once(
        ("upserted", operation.conflict_on, moved),
        lambda: statements.prepare(*_chosen(statements, operation.conflict_on, moved)),
    )
    values = [operation.record[name] for name in operation.conflict_on]
    if moved:
        values += [
            _moved(operation.record[name], changes.get(name, operation.record[name])) for name in operation.conflict_on
        ]
    return written(prepared.sql, prepared.bind(values))


def _moved(old: Any, new: Any) -> Any:
    return old + new.amount if isinstance(new, Increment) else new


def _chosen(statements: Statements, conflict_on: tuple[str, ...], moved: bool) -> tuple[Any, list[Any]]:
    table, fields = statements.table, statements.model.fields
    encoders = [statements.dialect.codec(fields[name].type).encode for name in conflict_on]

    def found(first: int) -> Any:
        pairs = enumerate(conflict_on, first)
        return sa.and_(
            *(table.c[name] == sa.bindparam(f"w{place}", None, type_=sa.types.NullType()) for place, name in pairs)
        )

    hit: Any = sa.literal_column(HIT)
    where = found(0)
    if moved:
        # the change itself may have moved the row to another place
        where = sa.or_(sa.and_(sa.func.coalesce(hit, 0) == 0, where), sa.and_(hit == 1, found(len(conflict_on))))
        encoders = encoders * 2
    return sa.select(*table.c, sa.literal_column(_TOLD)).where(where), encoders
