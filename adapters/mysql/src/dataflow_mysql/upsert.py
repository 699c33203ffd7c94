"""An upsert in one round trip: ON DUPLICATE KEY fires on any unique key, so the change itself asks which one it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from dataflow.expressions.tree import And, Compare, Expression
from dataflow.operations.operation import Create, Result, Update, Upsert
from dataflow_mysql import executors
from dataflow_mysql.deadlocks import retried
from dataflow_mysql.executors import together
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import written
from dataflow_mysql.upsert_forms import FORGET, choice, given_values, returned, upsert_sql
from dataflow_sql import Statements
from dataflow_sql.servers import Execution, Link


def upsert(statements: Statements, execution: Execution) -> Callable[[Upsert], Awaitable[Result]]:
    decode = statements.decoder(extra=True)
    insert_alone, change = executors.create(statements, execution), executors.update(statements, execution)

    async def run(operation: Upsert) -> Result:
        if any(operation.record[name] is None for name in operation.conflict_on):
            # null is in conflict with nothing
            return await insert(operation)
        names = tuple(name for name in statements.names if name != "id" or operation.record.get("id") is not None)
        prepared = upsert_sql(statements, operation, names)
        values = prepared.bind(given_values(operation, names))
        change_or_insert = written(prepared.sql, values)

        async def work(link: Link) -> Sequence[Any]:
            assert isinstance(link, MySQLLink)
            if returns(link):
                returning = (FORGET, f"{change_or_insert} {returned(statements)}")
                *_, found = await retried(operation, lambda: link.script(returning))
            else:
                reading = (FORGET, change_or_insert, choice(statements, operation))
                *_, found = await retried(operation, lambda: together(link, operation, reading))
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
        return await insert(operation)

    async def insert(operation: Upsert) -> Result:
        alone = Create(model=operation.model, record=operation.record, transaction=operation.transaction)
        return {**await insert_alone(alone), "created": True}

    return run


def returns(link: MySQLLink) -> bool:
    """Whether the server has INSERT ... RETURNING, which spares the transaction around a second statement."""
    return link.session.mariadb
