"""How each operation runs on SQLite: statements compiled once, one hop to the connection, one record back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import attrs

from dataflow.adapters import StatementFailed
from dataflow.expressions.tree import And, Compare, Expression, SortKey
from dataflow.models.model import Model
from dataflow.nodes.families.listing import page_condition
from dataflow.operations.operation import Count, Create, Delete, List, Operation, Read, Result, Update, Upsert
from dataflow.operations.statement_events import Text, told_statement
from dataflow.plugins.observers import Listeners
from dataflow_sql import Statements, update_values, values_of
from dataflow_sql.filters import is_by_key
from dataflow_sql.references import MAX_ROWS, Questions, StatementsOf, broken_reference
from dataflow_sqlite.connections import Connections
from dataflow_sqlite.errors import FAILURES
from dataflow_sqlite.worker import Function, Job, Worker
from dataflow_sqlite.writer import Form

_BY_KEY = (SortKey("id"),)


@attrs.define(eq=False)
class Execution:
    """What the executors of one instance share; ``connections`` is replaced in a forked child."""

    connections: Connections
    listening: Listeners
    models: Callable[[], tuple[Model, ...]]
    statements_of: StatementsOf

    def read(self, operation: Operation, sql: Text, count: int, function: Function) -> Awaitable[Any]:
        """Run a reading function; ``sql`` and the ``count`` of its values are for observers."""
        observers = self.listening.observers
        if operation.transaction is None and not observers:
            started = self.connections.start_read(function)
            if started is not None:
                return self._alone(operation, *started)
        work = self._explained(operation, self.connections.read(function, operation.transaction))
        return told_statement(work, operation, sql, count, observers) if observers else work

    def write(
        self, operation: Operation, sql: Text, count: int, function: Function, form: Form = Form.STATEMENT
    ) -> Awaitable[Any]:
        """The same for a function that changes something."""
        writer, observers = self.connections.writer, self.listening.observers
        if operation.transaction is None and not writer.is_crowded and not observers:
            return self._alone(operation, writer.worker, writer.submit(function, form))
        written = self.connections.write(function, operation.transaction, operation.kind, form)
        work = self._explained(operation, written)
        return told_statement(work, operation, sql, count, observers) if observers else work

    async def _alone(self, operation: Operation, worker: Worker, job: Job) -> Any:
        """The shortest way: outside of scopes, with nobody observing. Every frame on it costs at each step of a loop."""
        try:
            return await job
        except asyncio.CancelledError:
            await worker.abandon(job)
            raise
        except FAILURES as error:
            raise StatementFailed(operation, error, await self._found(operation, error)) from error

    async def _explained(self, operation: Operation, work: Awaitable[Any]) -> Any:
        try:
            return await work
        except FAILURES as error:
            raise StatementFailed(operation, error, await self._found(operation, error)) from error

    async def _found(self, operation: Operation, error: Exception) -> dict[str, Any]:
        """Which row breaks a foreign key: SQLite does not say."""
        if operation.model is None:
            return {}
        code = getattr(error, "sqlite_errorcode", 0)
        if code != sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY and code != sqlite3.SQLITE_CONSTRAINT_TRIGGER:
            return {}
        questions = broken_reference(operation, self.models(), self.statements_of)
        try:
            found: dict[str, Any] = await self.connections.read(partial(_answers, questions), operation.transaction)
        except FAILURES:
            # the question is only asked to say more; the failure itself is known
            return {}
        return found


def _answers(questions: Questions, raw: sqlite3.Connection) -> dict[str, Any]:
    """On the thread: ask what the questions want to know, until they have their answer."""
    try:
        question = next(questions)
        while True:
            prepared = question.statements.select(question.where, question.names, (), None)
            rows = raw.execute(prepared.sql, prepared.bind(values_of(question.where))).fetchmany(MAX_ROWS)
            question = questions.send(question.statements.decoder(question.names)(rows))
    except StopIteration as found:
        return found.value  # type: ignore[no-any-return]  # what a generator returns is untyped here


def create(statements: Statements, execution: Execution) -> Callable[[Create], Awaitable[Result]]:
    """The stored record is the one given: every value is in its stored form's own type already."""
    names = statements.names
    encode, sql = statements.encoder(names), statements.insert(names)
    key = statements.model.key
    short = tuple(name for name in names if not (key.generated and name == "id"))
    encode_short, sql_short = statements.encoder(short), statements.insert(short)
    count = len(names)

    def run(operation: Create) -> Awaitable[Result]:
        record = operation.record
        if key.generated and record.get("id") is None:
            values = encode_short(record)
            rest = {name: record[name] for name in short}
            return execution.write(
                operation, sql_short, count - 1, lambda raw: {"id": raw.execute(sql_short, values).lastrowid, **rest}
            )
        values = encode(record)
        return execution.write(operation, sql, count, lambda raw: (raw.execute(sql, values), record)[1])

    return run


def read(statements: Statements, execution: Execution) -> Callable[[Read], Awaitable[Result]]:
    decode_all = statements.decoder()

    async def run(operation: Read) -> Result:
        where, fields = operation.where, operation.fields
        if fields is None and is_by_key(where):
            sql, values = statements.by_key(where.value)
        else:
            prepared = statements.select(where, fields, () if is_by_key(where) else _BY_KEY, None)
            sql, values = prepared.sql, prepared.bind(values_of(where))
        row = await execution.read(operation, sql, len(values), lambda raw: raw.execute(sql, values).fetchone())
        if row is None:
            return None
        decode = decode_all if fields is None else statements.decoder(fields)
        return decode((row,))[0]

    return run


def update(statements: Statements, execution: Execution) -> Callable[[Update], Awaitable[Result]]:
    decode = statements.decoder()

    async def run(operation: Update) -> Result:
        returning = operation.return_records or operation.key is not None
        prepared = statements.update(operation.values, operation.where, returning)
        values = prepared.bind(update_values(operation.values, operation.where))
        sql = prepared.sql
        if not returning:
            changed = await execution.write(operation, sql, len(values), lambda raw: raw.execute(sql, values).rowcount)
            return {"updated": changed, "records": []}
        rows = await execution.write(operation, sql, len(values), lambda raw: raw.execute(sql, values).fetchall())
        return {"updated": len(rows), "records": decode(rows)}

    return run


def delete(statements: Statements, execution: Execution) -> Callable[[Delete], Awaitable[Result]]:
    async def run(operation: Delete) -> Result:
        prepared = statements.delete(operation.where)
        values = prepared.bind(values_of(operation.where))
        sql = prepared.sql
        return {
            "deleted": await execution.write(operation, sql, len(values), lambda raw: raw.execute(sql, values).rowcount)
        }

    return run


def count(statements: Statements, execution: Execution) -> Callable[[Count], Awaitable[Result]]:
    async def run(operation: Count) -> Result:
        prepared = statements.count(operation.where)
        values = prepared.bind(values_of(operation.where))
        sql = prepared.sql
        row = await execution.read(operation, sql, len(values), lambda raw: raw.execute(sql, values).fetchone())
        return {"count": row[0]}

    return run


def page(statements: Statements, execution: Execution) -> Callable[[List], Awaitable[Result]]:
    decode_all = statements.decoder()

    async def run(operation: List) -> Result:
        where = page_condition(operation)
        window = operation.page
        prepared = statements.select(where, operation.fields, operation.sort, window)
        values = prepared.bind([*values_of(where), window.limit, window.offset])
        counted = statements.count(operation.where) if operation.count else None
        count_values = counted.bind(values_of(operation.where)) if counted is not None else ()
        inside = operation.transaction is not None

        def work(raw: sqlite3.Connection) -> tuple[list[Any], int | None]:
            if counted is None:
                return raw.execute(prepared.sql, values).fetchall(), None
            # both see one state of the database
            if not inside:
                raw.execute("BEGIN")
            try:
                rows = raw.execute(prepared.sql, values).fetchall()
                return rows, raw.execute(counted.sql, count_values).fetchone()[0]
            finally:
                if not inside:
                    raw.execute("COMMIT")

        if counted is None:
            rows, total = await execution.read(operation, prepared.sql, len(values), work)
        else:
            text, parameters = lambda: f"{prepared.sql}; {counted.sql}", len(values) + len(count_values)
            rows, total = await execution.read(operation, text, parameters, work)
        decode = decode_all if operation.fields is None else statements.decoder(operation.fields)
        return {"records": decode(rows), "total": total}

    return run


def upsert(statements: Statements, execution: Execution) -> Callable[[Upsert], Awaitable[Result]]:
    """Change the row in conflict, else insert: two statements in one transaction, so that ``created`` is known."""
    insert = create_function(statements)
    decode = statements.decoder()

    async def run(operation: Upsert) -> Result:
        where = _conflict(operation)
        if operation.changes:
            prepared = statements.update(operation.changes, where, True)
            values = prepared.bind(update_values(operation.changes, where))
        else:
            prepared = statements.select(where, None, (), None)
            values = prepared.bind(values_of(where))

        is_new = False

        def work(raw: sqlite3.Connection) -> tuple[Any, bool]:
            nonlocal is_new
            rows = raw.execute(prepared.sql, values).fetchall()
            is_new = not rows
            return (insert(raw, operation.record), True) if is_new else (rows[0], False)

        def shown() -> str:
            return (
                f"{prepared.sql}; {statements.insert(_given(statements, operation.record))}" if is_new else prepared.sql
            )

        found, created = await execution.write(operation, shown, len(values), work, Form.TOGETHER)
        record = found if created else decode((found,))[0]
        return {**record, "created": created}

    return run


def create_function(statements: Statements) -> Callable[[sqlite3.Connection, dict[str, Any]], dict[str, Any]]:
    """On the thread: insert one record and give it as stored."""

    def insert(raw: sqlite3.Connection, record: dict[str, Any]) -> dict[str, Any]:
        names = _given(statements, record)
        made = raw.execute(statements.insert(names), statements.encoder(names)(record)).lastrowid
        return record if len(names) == len(statements.names) else {"id": made, **{name: record[name] for name in names}}

    return insert


def _given(statements: Statements, record: dict[str, Any]) -> tuple[str, ...]:
    """The columns of a record: all, but for an id that the database makes."""
    key = statements.model.key
    return tuple(name for name in statements.names if not (key.generated and name == "id" and record.get("id") is None))


def _conflict(operation: Upsert) -> Expression:
    same = tuple(Compare(name, "eq", operation.record[name]) for name in operation.conflict_on)
    return And(same if operation.where is None else (*same, operation.where))
