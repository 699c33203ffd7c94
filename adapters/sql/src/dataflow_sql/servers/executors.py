"""How the plain operations run on a server that has RETURNING: each is one statement and one round trip."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dataflow.expressions.tree import Page, SortKey
from dataflow.nodes.families.listing import page_condition
from dataflow.operations.operation import Count, Create, Delete, Executor, List, Read, Result, Update
from dataflow_sql.filters import is_by_key, values_of
from dataflow_sql.servers.execution import Execution
from dataflow_sql.statements import Statements, update_values

Make = Callable[[Statements, Execution], Executor]
_BY_KEY = (SortKey("id"),)
_FIRST = Page(1)


def create(statements: Statements, execution: Execution) -> Callable[[Create], Awaitable[Result]]:
    """The stored record is the one given: every value is in its stored form's own type already."""
    names = statements.names
    encode, sql = statements.encoder(names), statements.insert(names)
    key = statements.model.key
    short = tuple(name for name in names if not (key.generated and name == "id"))
    encode_short, sql_short = statements.encoder(short), statements.insert(short, returning=("id",))

    async def run(operation: Create) -> Result:
        record = operation.record
        if key.generated and record.get("id") is None:
            rows = await execution.rows(operation, sql_short, encode_short(record))
            return {"id": rows[0][0], **{name: record[name] for name in short}}
        await execution.changed(operation, sql, encode(record))
        return record

    return run


def read(statements: Statements, execution: Execution) -> Callable[[Read], Awaitable[Result]]:
    decode_all = statements.decoder()

    async def run(operation: Read) -> Result:
        where, fields = operation.where, operation.fields
        if not is_by_key(where):
            prepared = statements.select(where, fields, _BY_KEY, _FIRST)
            sql, values = prepared.sql, prepared.bind([*values_of(where), 1, 0])
        elif fields is None:
            sql, values = statements.by_key(where.value)
        else:
            prepared = statements.select(where, fields, (), None)
            sql, values = prepared.sql, prepared.bind(values_of(where))
        rows = await execution.rows(operation, sql, values)
        if not rows:
            return None
        decode = decode_all if fields is None else statements.decoder(fields)
        return decode(rows)[0]

    return run


def update(statements: Statements, execution: Execution) -> Callable[[Update], Awaitable[Result]]:
    decode = statements.decoder()

    async def run(operation: Update) -> Result:
        returning = operation.return_records or operation.key is not None
        prepared = statements.update(operation.values, operation.where, returning)
        values = prepared.bind(update_values(operation.values, operation.where))
        if not returning:
            return {"updated": await execution.changed(operation, prepared.sql, values), "records": []}
        rows = await execution.rows(operation, prepared.sql, values)
        return {"updated": len(rows), "records": decode(rows)}

    return run


def delete(statements: Statements, execution: Execution) -> Callable[[Delete], Awaitable[Result]]:
    async def run(operation: Delete) -> Result:
        prepared = statements.delete(operation.where)
        return {"deleted": await execution.changed(operation, prepared.sql, prepared.bind(values_of(operation.where)))}

    return run


def count(statements: Statements, execution: Execution) -> Callable[[Count], Awaitable[Result]]:
    async def run(operation: Count) -> Result:
        prepared = statements.count(operation.where)
        rows = await execution.rows(operation, prepared.sql, prepared.bind(values_of(operation.where)))
        return {"count": rows[0][0]}

    return run


def page(statements: Statements, execution: Execution) -> Callable[[List], Awaitable[Result]]:
    """Rows and total come from one statement, so that both see one state of the database."""

    async def run(operation: List) -> Result:
        where, window = page_condition(operation), operation.page
        values = [*values_of(where), window.limit, window.offset]
        if not operation.count:
            prepared = statements.select(where, operation.fields, operation.sort, window)
            rows = await execution.rows(operation, prepared.sql, prepared.bind(values))
            return {"records": statements.decoder(operation.fields)(rows), "total": None}
        prepared = statements.select_with_total(where, operation.where, operation.fields, operation.sort)
        rows = await execution.rows(operation, prepared.sql, prepared.bind([*values, *values_of(operation.where)]))
        if rows:
            return {"records": statements.decoder(operation.fields, extra=True)(rows), "total": rows[0][-1]}
        # the page is empty, and with it the place of the total
        counted = statements.count(operation.where)
        total = await execution.rows(operation, counted.sql, counted.bind(values_of(operation.where)))
        return {"records": [], "total": total[0][0]}

    return run
