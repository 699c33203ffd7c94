"""The adapter: one SQLite database of one instance, for any number of event loops and threads."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.adapters import LEVELS, Capabilities, PoolState, ScopeOptions, StatementFailed, TableState
from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.expressions.tree import Expression, Page, SortKey
from dataflow.models.model import Model
from dataflow.operations.operation import (
    BulkCreate,
    BulkUpdate,
    Count,
    Create,
    Delete,
    Executor,
    List,
    Operation,
    Read,
    Statement,
    Transaction,
    Update,
    Upsert,
)
from dataflow.plugins.observers import Listeners
from dataflow_sql import Statements, asked, column_types, values_of
from dataflow_sql.free_sql import check_control
from dataflow_sqlite import bulk, executors
from dataflow_sqlite.connections import Connections
from dataflow_sqlite.dialect import SQLiteDialect
from dataflow_sqlite.errors import FAILURES
from dataflow_sqlite.executors import Execution
from dataflow_sqlite.free_sql import encoded, statement
from dataflow_sqlite.opening import Database
from dataflow_sqlite.schema import ensure, layout_of
from dataflow_sqlite.worker import Function
from dataflow_sqlite.writer import Form

if TYPE_CHECKING:
    from dataflow.inspection.plans import StatementPlan
    from dataflow.migrations import SchemaDialect, Session

Make = Callable[[Statements, Execution], Executor]
EXECUTORS: dict[type[Operation], Make] = {
    Create: executors.create,
    Read: executors.read,
    Update: executors.update,
    Delete: executors.delete,
    List: executors.page,
    Count: executors.count,
    Upsert: executors.upsert,
    BulkCreate: bulk.bulk_create,
    BulkUpdate: bulk.bulk_update,
}


@attrs.define(eq=False)
class SQLiteAdapter:
    """Opens nothing before its first use."""

    database: Database
    display_url: str
    pool_size: int
    pool_timeout_s: float
    statement_timeout_s: float | None
    listening: Listeners = attrs.field(init=False, factory=lambda: Listeners(("sql", "scope")))
    name: str = attrs.field(default="sqlite", init=False)
    makes_tables_inside: bool = attrs.field(default=True, init=False)
    _execution: Execution = attrs.field(init=False)
    _dialect: SQLiteDialect = attrs.field(init=False, factory=SQLiteDialect)
    _statements: dict[Model, Statements] = attrs.field(init=False, factory=dict)
    _known: dict[str, Model] = attrs.field(init=False, factory=dict)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    #: what a forked child must neither use nor let go of
    _of_parents: list[object] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._execution = Execution(
            self._connections(), self.listening, lambda: tuple(self._known.values()), self.statements
        )
        _living.add(self)

    def _connections(self) -> Connections:
        return Connections(self.database, self.pool_size, self.pool_timeout_s, self.statement_timeout_s, self.listening)

    def listen(self, listening: Listeners) -> None:
        """Learn who observes."""
        self.listening = self._execution.listening = self.connections.listening = listening

    @property
    def in_memory(self) -> bool:
        return self.database.in_memory

    @property
    def connections(self) -> Connections:
        return self._execution.connections

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            isolation=dict.fromkeys(LEVELS, "SERIALIZABLE"),
            concurrent_writers=False,
            bounds_columns=False,
            signed_zero=False,
            types=column_types(self._dialect),
        )

    def executor(self, operation: type[Operation], model: Model | None) -> Executor:
        if model is None:
            assert operation is Statement, operation
            return statement(self._execution)
        return EXECUTORS[operation](self.statements(model), self._execution)

    def statements(self, model: Model) -> Statements:
        with self._lock:
            found = self._statements.get(model)
            if found is None:
                found = self._statements[model] = Statements(model, self._dialect)
            return found

    async def ensure(
        self, models: Sequence[Model], create: bool, transaction: Transaction | None = None
    ) -> Sequence[TableState]:
        self._known.update({model.name: model for model in models})
        connections = self.connections

        def work(raw: Any) -> list[TableState]:
            return ensure(raw, models, create, self._dialect)

        if transaction is not None and self.in_memory:
            # its one connection is the scope's
            return await self._ensured_inside(work, transaction)
        if not create:
            return await connections.read(work, None)  # type: ignore[no-any-return]  # what work gives
        # a look first: the usual case is that everything is there, and looking takes no lock
        states: list[TableState] = await connections.read(lambda raw: ensure(raw, models, False, self._dialect), None)
        if not any(difference.column is None for state in states for difference in state.differences):
            return states
        if transaction is not None and not connections.own(transaction).options.read_only:
            return await self._ensured_inside(work, transaction)
        return await connections.write(work, None, "ensure", Form.ALONE)  # type: ignore[no-any-return]  # same

    async def _ensured_inside(self, work: Function, transaction: Transaction) -> Sequence[TableState]:
        states = await self.connections.within(work, transaction)
        return [attrs.evolve(state, lasts=False) for state in states]

    async def fingerprint(self, model: Model) -> str:
        layout = await self.connections.read(lambda raw: layout_of(raw, model.table), None)
        return "" if layout is None else layout.fingerprint

    async def explain(self, operation: Operation) -> Sequence[StatementPlan]:
        # plans are seldom asked for
        from dataflow_sqlite.plans import plan_of

        if isinstance(operation, Statement):
            check_control(operation.sql)
            questions = [(operation.sql, encoded(operation.parameters))]
        else:
            questions = asked(self.statements(operation.model), operation)

        def work(raw: Any) -> list[StatementPlan]:
            return [plan_of(raw, sql, values) for sql, values in questions]

        try:
            return await self.connections.read(work, operation.transaction)  # type: ignore[no-any-return]  # same
        except FAILURES as error:
            raise StatementFailed(operation, error) from error

    @property
    def schema(self) -> SchemaDialect:
        # most instances are never migrated
        from dataflow_sqlite.migrations.dialect import SQLiteSchema

        return SQLiteSchema(self._dialect)

    def session(self, holder: str) -> AbstractAsyncContextManager[Session]:
        return self.connections.session(holder)

    async def matching(self, session: Session, model: Model, where: Expression | None, limit: int) -> Sequence[Any]:
        prepared = self.statements(model).select(where, ("id",), (SortKey("id"),), Page(limit))
        rows = await session.rows(prepared.sql, *prepared.bind([*values_of(where), limit, 0]))
        return [row[0] for row in rows]

    async def begin(self, options: ScopeOptions) -> Transaction:
        return await self.connections.begin(options)

    async def ping(self) -> None:
        await self.connections.read(lambda raw: raw.execute("SELECT 1").fetchone(), None)

    def pools(self) -> Sequence[PoolState]:
        return self.connections.pools()

    async def close(self) -> None:
        await self.connections.close()

    def forget(self) -> None:
        """In a forked child: leave the parent's connections and threads alone and start with new ones."""
        self._of_parents.append(self._execution.connections)
        self._lock = threading.Lock()
        if self.in_memory:
            self._execution.connections = _Lost()  # type: ignore[assignment]  # it refuses everything
        else:
            self._execution.connections = self._connections()


class _Lost:
    """In the place of the connections of an in-memory database that stayed in the parent process."""

    def __getattr__(self, name: str) -> Any:
        raise error_of(
            Problem(
                code="DF-A119",
                message="the in-memory database stayed in the parent process",
                where=Where(operation="connect"),
                context={"process": os.getpid()},
                cause="a fork copies memory but not the threads and connections that make it a database",
                solutions=(
                    Solution("share a file:", 'DataFlow("sqlite:///app.db")'),
                    Solution("or make the instance in the child, after the fork"),
                ),
            )
        )

    async def close(self) -> None:
        """Nothing is held here."""


#: the adapters of this process, so that a fork reaches them; it keeps none alive
_living: weakref.WeakSet[SQLiteAdapter] = weakref.WeakSet()


def _after_fork() -> None:
    for adapter in list(_living):
        adapter.forget()


os.register_at_fork(after_in_child=_after_fork)
