"""Many rows: inserts of as many as a packet takes; rows that may be in conflict are looked for, and locked, before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dataflow.operations.operation import BulkCreate, Result
from dataflow_mysql.deadlocks import retried
from dataflow_mysql.link import MySQLLink
from dataflow_mysql.loading import Loading
from dataflow_mysql.merging import Merging
from dataflow_sql import Statements
from dataflow_sql.servers import Execution, Link


def bulk_create(statements: Statements, execution: Execution) -> Callable[[BulkCreate], Awaitable[Result]]:
    async def run(operation: BulkCreate) -> Result:
        if not operation.size:
            return {"created": 0, "skipped": 0, "updated": 0, "ids": [] if operation.return_ids else None}
        loading = Loading(operation, statements)
        sql = f"INSERT INTO {statements.model.table} ({operation.size} rows)"

        async def work(link: Link) -> Result:
            assert isinstance(link, MySQLLink)
            if operation.on_conflict == "error":
                return await loading.inserted(link)
            return await Merging(operation, statements, loading).run(link)

        # an insert of many may be chosen to end a deadlock with another; nothing of it is left then
        return await retried(operation, lambda: execution.atomic(operation, sql, operation.size, work))

    return run
