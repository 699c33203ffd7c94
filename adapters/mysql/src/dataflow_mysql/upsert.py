"""An upsert in one round trip: ON DUPLICATE KEY fires on any unique key, so the change itself asks which one it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import insert

from dataflow.expressions.tree import And, Compare, Expression
from dataflow.operations.operation import Create, Increment, Result, Update, Upsert
from dataflow_mysql import executors
from dataflow_mysql.deadlocks import retried
from dataflow_mysql.executors import together
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import written
from dataflow_sql import Prepared, Statements, shape_of, values_of
from dataflow_sql.servers import Execution, Link

#: whether the row in conflict was the one to change: null without a conflict. Assignments run from left to right
HIT = "@dataflow_hit"
_FORGET = f"SET {HIT} = NULL"


def upsert(statements: Statements, execution: Execution) -> Callable[[Upsert], Awaitable[Result]]:
    decode = statements.decoder(extra=True)
    insert_alone, change = executors.create(statements, execution), executors.update(statements, execution)

    async def run(operation: Upsert) -> Result:
        names = tuple(name for name in statements.names if name != "id" or operation.record.get("id") is not None)
        prepared = upsert_sql(statements, operation, names)
        values = prepared.bind(_values(operation, names))
        script = (_FORGET, written(prepared.sql, values), _choice(statements, operation))

        async def work(link: Link) -> Sequence[Any]:
            assert isinstance(link, MySQLLink)
            *_, found = await retried(operation, lambda: together(link, operation, script))
            return found.rows  # type: ignore[no-any-return]  # a driver's own

        rows = await execution.perform(operation, prepared.sql, len(values), work)
        if rows and rows[0][-1] != 0:
            return {**decode(rows[:1])[0], "created": rows[0][-1] == 2}
        return await other_key(operation)

    async def other_key(operation: Upsert) -> Result:
        """Another key was in conflict, or the row may not be changed: it is changed where it may be, or inserted."""
        same = tuple(Compare(name, "eq", operation.record[name]) for name in operation.conflict_on)
        where: Expression = And(same if operation.where is None else (*same, operation.where))
        values = operation.changes or {operation.conflict_on[0]: operation.record[operation.conflict_on[0]]}
        changed = await change(
            Update(
                model=operation.model,
                where=where,
                values=values,
                return_records=True,
                transaction=operation.transaction,
            )
        )
        if changed["records"]:
            return {**changed["records"][0], "created": False}
        # the row in conflict is not to be changed: the unique violation stands
        alone = Create(model=operation.model, record=operation.record, transaction=operation.transaction)
        return {**await insert_alone(alone), "created": True}

    return run


def _values(operation: Upsert, names: tuple[str, ...]) -> list[Any]:
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


def _choice(statements: Statements, operation: Upsert) -> str:
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
    told = sa.func.coalesce(hit.op("+")(sa.literal_column("0")), sa.literal_column("2"))
    where = found(0)
    if moved:
        # the change itself may have moved the row to another place
        where = sa.or_(sa.and_(sa.func.coalesce(hit, 0) == 0, where), sa.and_(hit == 1, found(len(conflict_on))))
        encoders = encoders * 2
    return sa.select(*table.c, told).where(where), encoders
