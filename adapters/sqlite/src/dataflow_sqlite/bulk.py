"""Many rows in one transaction: encoded column by column, bound by ``executemany``."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, NoReturn

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dataflow.expressions.tree import And, Compare, Expression
from dataflow.operations.operation import BulkCreate, BulkUpdate, Increment, Result
from dataflow_sql import Conditions, Prepared, Statements, insertable, into, shape_of, update_values, values_of
from dataflow_sql.bulk import Change, grouped, set_values
from dataflow_sql.rows import column_encoders, encoded_column
from dataflow_sqlite.executors import Execution
from dataflow_sqlite.worker import Worker
from dataflow_sqlite.writer import Form

Row = Sequence[Any]


class RowFailed(sqlite3.IntegrityError):
    """The database refused one row of many; ``index`` says which. The driver's own exception is the cause."""

    def __init__(self, error: sqlite3.Error, index: int) -> None:
        super().__init__(*error.args)
        self.sqlite_errorcode = getattr(error, "sqlite_errorcode", 0)
        self.sqlite_errorname = getattr(error, "sqlite_errorname", "")
        self.index = index


@attrs.frozen(eq=False)
class Insertion:
    """One bulk create on its thread."""

    operation: BulkCreate
    sql: str
    columns: tuple[Sequence[Any], ...]
    count_sql: str
    #: the insert alone, and the columns that it takes: the first of all
    plain_sql: str
    given: tuple[Sequence[Any], ...]
    tell: Callable[[int], None]
    worker: Worker

    def run(self, raw: sqlite3.Connection) -> dict[str, Any]:
        operation = self.operation
        before = self._stored(raw)
        ids: list[Any] | None = None
        if operation.return_ids and (operation.on_conflict != "error" or self._makes_some_ids()):
            ids, changed = self._one_by_one(raw)
        else:
            changed = self._in_batches(raw)
            ids = self._known_ids(raw) if operation.return_ids else None
        created = changed if operation.on_conflict != "update" else self._stored(raw) - before
        return {"created": created, "skipped": operation.size - changed, "updated": changed - created, "ids": ids}

    def _stored(self, raw: sqlite3.Connection) -> int:
        """How many rows there are: SQLite does not tell an insert from the update that replaced it."""
        if self.operation.on_conflict != "update":
            return 0
        return int(raw.execute(self.count_sql).fetchone()[0])

    def _in_batches(self, raw: sqlite3.Connection) -> int:
        changed = 0
        for start, rows in _batches(self.columns, self.operation.size, self.operation.batch_size):
            raw.execute("SAVEPOINT batch")
            try:
                done = raw.executemany(self.sql, rows).rowcount
            except sqlite3.Error as error:
                self._name_row(raw, start, error)
            if self._is_guarded and done < min(self.operation.batch_size, self.operation.size - start):
                self._name_row(raw, start, None)
            changed += done
            raw.execute("RELEASE batch")
            self._progress(start)
        return changed

    def _name_row(self, raw: sqlite3.Connection, start: int, error: sqlite3.Error | None) -> NoReturn:
        """Find the row that was refused, or left alone, by going through the batch again, row by row."""
        if error is not None and not (raw.in_transaction and isinstance(error, sqlite3.IntegrityError)):
            raise error
        raw.execute("ROLLBACK TO batch")
        end = start + self.operation.batch_size
        for index, row in enumerate(zip(*(column[start:end] for column in self.columns), strict=True), start):
            try:
                done = raw.execute(self.sql, row).rowcount
            except sqlite3.IntegrityError as refused:
                raise RowFailed(refused, index) from refused
            if self._is_guarded and not done:
                self._refuse(raw, index)
        raise error or sqlite3.IntegrityError("a row was left alone")

    @property
    def _is_guarded(self) -> bool:
        """Whether a row in conflict may be one that is not to be changed."""
        return self.operation.on_conflict == "update" and self.operation.where is not None

    def _refuse(self, raw: sqlite3.Connection, index: int) -> None:
        """The row in conflict is not to be changed: the unique violation stands."""
        try:
            raw.execute(self.plain_sql, [column[index] for column in self.given])
        except sqlite3.IntegrityError as refused:
            raise RowFailed(refused, index) from refused

    def _one_by_one(self, raw: sqlite3.Connection) -> tuple[list[Any], int]:
        ids: list[Any] = []
        sql = f"{self.sql} RETURNING id"
        for index, row in enumerate(zip(*self.columns, strict=True)):
            try:
                found = raw.execute(sql, row).fetchone()
            except sqlite3.IntegrityError as refused:
                raise RowFailed(refused, index) from refused
            if found is not None:
                ids.append(found[0])
            elif self._is_guarded:
                self._refuse(raw, index)
            done = index + 1
            if not done % self.operation.batch_size or done == self.operation.size:
                self._progress(done - self.operation.batch_size)
        return ids, len(ids)

    def _makes_some_ids(self) -> bool:
        """Whether some rows bring their ids and others do not."""
        given = self._given_ids()
        return given is not None and any(one is None for one in given) and not all(one is None for one in given)

    def _given_ids(self) -> Sequence[Any] | None:
        operation = self.operation
        return operation.columns[operation.names.index("id")] if "id" in operation.names else None

    def _known_ids(self, raw: sqlite3.Connection) -> list[Any]:
        given = self._given_ids()
        if given is not None and (not given or given[0] is not None):
            return list(given)
        # the table alone was written to since the transaction began, and counts up by one
        last = int(raw.execute("SELECT last_insert_rowid()").fetchone()[0])
        return list(range(last - self.operation.size + 1, last + 1))

    def _progress(self, start: int) -> None:
        if self.worker.is_dropped():
            raise sqlite3.OperationalError("interrupted")
        self.tell(min(start + self.operation.batch_size, self.operation.size))


def _batches(columns: Sequence[Sequence[Any]], size: int, batch_size: int) -> Iterator[tuple[int, Iterator[Row]]]:
    for start in range(0, size, batch_size):
        part = columns if size <= batch_size else [column[start : start + batch_size] for column in columns]
        yield start, zip(*part, strict=True)


def bulk_create(statements: Statements, execution: Execution) -> Callable[[BulkCreate], Awaitable[Result]]:
    key_decode = statements.dialect.codec(statements.model.key.type).decode

    async def run(operation: BulkCreate) -> Result:
        encoders = column_encoders(statements.model, operation.names, statements.dialect)
        columns = tuple(
            encoded_column(encode, column) for encode, column in zip(encoders, operation.columns, strict=True)
        )
        prepared = _insert_sql(statements, operation)
        insertion = Insertion(
            operation,
            prepared.sql,
            _arranged(prepared, operation, columns),
            statements.count(None).sql,
            statements.insert(operation.names),
            columns,
            _teller(operation),
            execution.connections.writer.worker,
        )
        result = await execution.write(operation, prepared.sql, len(insertion.columns), insertion.run, Form.ALONE)
        if result["ids"] is not None and key_decode is not None:
            # ids that were given are Python values already
            result["ids"] = [key_decode(one) if isinstance(one, str) else one for one in result["ids"]]
        return result

    return run


def _arranged(prepared: Prepared, operation: BulkCreate, given: tuple[Sequence[Any], ...]) -> tuple[Sequence[Any], ...]:
    """The columns in the statement's order; what is the same for all rows is a column too."""
    shared = [
        *set_values(operation).values(),
        *(values_of(operation.where) if operation.on_conflict == "update" else ()),
    ]
    encoded = [
        value if encode is None or value is None else encode(value)
        for encode, value in zip(prepared.encoders[len(given) :], shared, strict=True)
    ]
    columns = (*given, *([value] * operation.size for value in (*encoded, *prepared.constants)))
    return columns if prepared.order is None else tuple(columns[place] for place in prepared.order)


def _insert_sql(statements: Statements, operation: BulkCreate) -> Prepared:
    """The values are those of the names, of the sets, then of the condition."""
    form = tuple((name, isinstance(value, Increment)) for name, value in operation.sets.items())
    key = (operation.names, operation.on_conflict, operation.conflict_on, operation.changes, shape_of(operation.where))
    return statements.once(("bulk", form, *key), lambda: _compiled_insert(statements, operation))  # type: ignore[no-any-return]  # what make gives


def _compiled_insert(statements: Statements, operation: BulkCreate) -> Prepared:
    table, dialect = insertable(statements.table), statements.dialect
    sets = operation.sets if operation.on_conflict == "update" else {}
    encoders = column_encoders(statements.model, (*operation.names, *sets), dialect)
    conditions = Conditions(statements.model, table.c, dialect, list(encoders))
    given = [sa.bindparam(f"w{place}", None, type_=sa.types.NullType()) for place in range(len(conditions.encoders))]
    statement = insert(table).values(dict(zip(operation.names, given, strict=False)))
    if operation.on_conflict == "skip":
        statement = statement.on_conflict_do_nothing(index_elements=list(operation.conflict_on))
    elif operation.on_conflict == "update":
        changes: dict[str, Any] = {name: statement.excluded[name] for name in operation.changes}
        for (name, value), new in zip(sets.items(), given[len(operation.names) :], strict=True):
            adds = isinstance(value, Increment)
            changes[name] = dialect.increment(table.c[name], statements.model.fields[name], new) if adds else new
        # a change to the same, where there is nothing to change, still tells the row in conflict
        changes = changes or {operation.conflict_on[0]: statement.excluded[operation.conflict_on[0]]}
        guard = None if operation.where is None else conditions.clause(operation.where)
        statement = statement.on_conflict_do_update(
            index_elements=list(operation.conflict_on), set_=changes, where=guard
        )
    prepared = statements.prepare(statement, conditions.encoders)
    return attrs.evolve(prepared, sql=into(prepared.sql, statements.table, dialect.compiler))


def _teller(operation: BulkCreate | BulkUpdate) -> Callable[[int], None]:
    """Reports progress on the loop of the caller."""
    progress = operation.progress
    if progress is None:
        return lambda done: None
    size = operation.size if isinstance(operation, BulkCreate) else len(operation.rows)
    loop = asyncio.get_running_loop()

    def tell(done: int) -> None:
        loop.call_soon_threadsafe(progress, done, size)

    return tell


def bulk_update(statements: Statements, execution: Execution) -> Callable[[BulkUpdate], Awaitable[Result]]:
    async def run(operation: BulkUpdate) -> Result:
        groups = grouped(operation.rows)
        tell, worker = _teller(operation), execution.connections.writer.worker

        def work(raw: sqlite3.Connection) -> int:
            changed = done = 0
            for group in groups:
                changed += _update_group(raw, statements, operation, group)
                done += len(group)
                if worker.is_dropped():
                    raise sqlite3.OperationalError("interrupted")
                tell(done)
            return changed

        sql = f"UPDATE {statements.model.table} ... ({len(operation.rows)} rows)"
        return {"updated": await execution.write(operation, sql, len(operation.rows), work, Form.ALONE)}

    return run


def _update_group(raw: sqlite3.Connection, statements: Statements, operation: BulkUpdate, group: list[Change]) -> int:
    condition = _of_key(group[0][1], operation.where)
    prepared = statements.update(group[0][2], condition, False)
    changed = 0
    for index, key, values in group:
        arguments = prepared.bind(update_values(values, _of_key(key, operation.where)))
        try:
            changed += raw.execute(prepared.sql, arguments).rowcount
        except sqlite3.IntegrityError as refused:
            raise RowFailed(refused, index) from refused
    return changed


def _of_key(key: Any, where: Expression | None) -> Expression:
    own = Compare("id", "eq", key)
    return own if where is None else And((own, where))
