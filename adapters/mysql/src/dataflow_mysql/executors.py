"""The plain operations on a server without RETURNING: what a change left behind is read in the same round trip."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from dataflow.expressions.tree import Compare
from dataflow.operations.operation import Create, Operation, Result, Update
from dataflow_mysql.drivers import Answer
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.literals import written
from dataflow_sql import Statements, update_values, values_of
from dataflow_sql.servers import Execution, Link, undo

_BEGIN, _COMMIT = "START TRANSACTION", "COMMIT"


def create(statements: Statements, execution: Execution) -> Callable[[Create], Awaitable[Result]]:
    """The stored record is the one given: every value is in its stored form's own type already."""
    names, key = statements.names, statements.model.key
    encode, sql = statements.encoder(names), statements.insert(names)
    short = tuple(name for name in names if not (key.generated and name == "id"))
    encode_short, sql_short = statements.encoder(short), statements.insert(short)

    async def run(operation: Create) -> Result:
        record = operation.record
        if not (key.generated and record.get("id") is None):
            # the counter looks at ids that are given by itself
            await execution.changed(operation, sql, encode(record))
            return record
        values = encode_short(record)

        async def work(link: Link) -> int:
            assert isinstance(link, MySQLLink)
            return await link.inserted(sql_short, values)

        made = await execution.perform(operation, sql_short, len(values), work)
        return {"id": made, **{name: record[name] for name in short}}

    return run


async def together(link: MySQLLink, operation: Operation, statements: Sequence[str]) -> list[Answer]:
    """Statements that are done together or not at all, in one round trip; gives the answers of theirs.

    The row locks of the first keep everybody from changing what the next ones read.
    """
    if operation.transaction is not None:
        return await link.script(statements)
    try:
        answers = await link.script((_BEGIN, *statements, _COMMIT))
    except Exception as error:
        if not link.is_stopped:
            await undo(link, error)
        raise
    return answers[1:-1]


def update(statements: Statements, execution: Execution) -> Callable[[Update], Awaitable[Result]]:
    decode = statements.decoder()

    async def run(operation: Update) -> Result:
        prepared = statements.update(operation.values, operation.where, False)
        values = prepared.bind(update_values(operation.values, operation.where))
        if operation.key is None and not operation.return_records:
            return {"updated": await execution.changed(operation, prepared.sql, values), "records": []}
        if operation.key is None:
            return await execution.atomic(operation, prepared.sql, len(values), lambda link: many(operation, link))
        sql = [written(prepared.sql, values), written(*statements.by_key(operation.key))]

        async def work(link: Link) -> Result:
            assert isinstance(link, MySQLLink)
            changed, found = await together(link, operation, sql)
            return {"updated": changed.affected_rows, "records": decode(found.rows) if changed.affected_rows else []}

        return await execution.perform(operation, prepared.sql, len(values), work)

    async def many(operation: Update, link: Link) -> Result:
        """The rows are locked first, for after the change their condition may not find them any more."""
        assert isinstance(link, MySQLLink)
        keys = await locked_keys(link, statements, operation)
        if not keys:
            return {"updated": 0, "records": []}
        chosen = Compare("id", "in", tuple(keys))
        change = statements.update(operation.values, chosen, False)
        choice = statements.select(chosen, None, (), None)
        changed, found = await link.script(
            (
                written(change.sql, change.bind(update_values(operation.values, chosen))),
                written(choice.sql, choice.bind(values_of(chosen))),
            )
        )
        return {"updated": changed.affected_rows, "records": decode(found.rows)}

    return run


async def locked_keys(link: MySQLLink, statements: Statements, operation: Update) -> list[Any]:
    prepared = statements.select(operation.where, ("id",), (), None)
    rows = await link.rows(f"{prepared.sql} FOR UPDATE", prepared.bind(values_of(operation.where)))
    return [record["id"] for record in statements.decoder(("id",))(rows)]
