"""The adapter of one database behind a network, put together of what a leaf gives: driver, dialect, catalogue, executors."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs

from dataflow.adapters import Capabilities, PoolState, ScopeOptions, StatementFailed, TableState
from dataflow.diagnostics import DataFlowError
from dataflow.expressions.tree import Expression, Page, SortKey
from dataflow.models.model import Model
from dataflow.operations.operation import Executor, Operation, Statement, Transaction
from dataflow.plugins.observers import Listeners
from dataflow.transactions import end
from dataflow_sql.asked import Asked, asked
from dataflow_sql.dialect import SQLDialect
from dataflow_sql.filters import values_of
from dataflow_sql.servers.execution import Execution, failed, own_error
from dataflow_sql.servers.executors import Make
from dataflow_sql.servers.link import Driver, Link
from dataflow_sql.servers.pool import PoolSettings
from dataflow_sql.servers.pools import Pools
from dataflow_sql.servers.scope import Scope
from dataflow_sql.servers.session import Migrating, ServerSession
from dataflow_sql.statements import Statements
from dataflow_sql.tables import column_types

if TYPE_CHECKING:
    from dataflow.inspection.plans import StatementPlan
    from dataflow.migrations import SchemaDialect, Session

T = TypeVar("T")
_BY_KEY = (SortKey("id"),)


class Catalogue(Protocol):
    """The tables of one database. ``makes_inside`` tells whether a transaction can make tables without ending."""

    @property
    def makes_inside(self) -> bool: ...

    async def look(self, link: Link, models: Sequence[Model]) -> list[TableState]:
        """What is there. A missing table is a difference."""

    async def make(self, link: Link, models: Sequence[Model], inside: bool) -> list[TableState]:
        """Look again under a lock that everybody takes who makes tables, and make what is missing.

        ``inside`` a transaction nothing is begun or committed.
        """


class Plan(Protocol):
    """Asks for the plan of one statement, ``inside`` an open transaction or on a connection of its own."""

    def __call__(self, link: Link, sql: str, values: Sequence[Any], inside: bool) -> Awaitable[StatementPlan]: ...


@attrs.frozen(kw_only=True, eq=False)
class Leaf:
    """What one database's own distribution gives."""

    name: str
    display_url: str
    driver: Driver
    dialect: SQLDialect
    catalogue: Catalogue
    executors: Mapping[type[Operation], Make]
    statement: Callable[[Execution], Executor]
    #: a user's own statement as it is sent
    bound: Callable[[Statement], Asked]
    plan: Plan
    refers: Callable[[Exception], bool]
    takes_no_writes: Callable[[Exception], bool]
    explained: Callable[[Exception], DataFlowError]
    #: None where its schema cannot be migrated
    migrating: Migrating | None = None
    #: its column types are those that the dialect does not tell
    capabilities: Capabilities = attrs.field(factory=Capabilities)


@attrs.define(eq=False)
class ServerAdapter:
    """Opens nothing before its first use."""

    leaf: Leaf
    settings: PoolSettings
    listening: Listeners = attrs.field(init=False, factory=lambda: Listeners(("sql", "scope")))
    execution: Execution = attrs.field(init=False)
    in_memory: bool = attrs.field(default=False, init=False)
    _statements: dict[Model, Statements] = attrs.field(init=False, factory=dict)
    _known: dict[str, Model] = attrs.field(init=False, factory=dict)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        leaf = self.leaf
        self.execution = Execution(
            Pools(leaf.driver, self.settings),
            self.listening,
            lambda: tuple(self._known.values()),
            self.statements,
            leaf.refers,
            leaf.takes_no_writes,
            leaf.explained,
        )

    def listen(self, listening: Listeners) -> None:
        """Learn who observes."""
        self.listening = self.execution.listening = listening

    @property
    def name(self) -> str:
        return self.leaf.name

    @property
    def display_url(self) -> str:
        return self.leaf.display_url

    @property
    def makes_tables_inside(self) -> bool:
        return self.leaf.catalogue.makes_inside

    @property
    def capabilities(self) -> Capabilities:
        declared = self.leaf.capabilities
        return attrs.evolve(declared, types={**column_types(self.leaf.dialect), **declared.types})

    def executor(self, operation: type[Operation], model: Model | None) -> Executor:
        if model is None:
            assert operation is Statement, operation
            return self.leaf.statement(self.execution)
        return self.leaf.executors[operation](self.statements(model), self.execution)

    def statements(self, model: Model) -> Statements:
        with self._lock:
            found = self._statements.get(model)
            if found is None:
                found = self._statements[model] = Statements(model, self.leaf.dialect)
            return found

    async def ensure(
        self, models: Sequence[Model], create: bool, transaction: Transaction | None = None
    ) -> Sequence[TableState]:
        self._known.update({model.name: model for model in models})
        catalogue = self.leaf.catalogue
        scope = None if transaction is None else self.execution.own(transaction)
        inside = scope is not None and not scope.options.read_only and catalogue.makes_inside
        # a look first: the usual case is that everything is there, and looking takes no lock
        if scope is not None:
            seen = await self._within(scope, lambda link: catalogue.look(link, models))
            states = [attrs.evolve(state, lasts=state.table not in scope.made) for state in seen]
        else:
            states = await self.execution.alone("ensure", lambda link: catalogue.look(link, models))
        if not create or not any(one.column is None for state in states for one in state.differences):
            return states
        if scope is not None and inside:
            made = await self._within(scope, lambda link: catalogue.make(link, models, True))
            scope.made.update(state.table for state in made if state.created)
            return [attrs.evolve(state, lasts=state.table not in scope.made) for state in made]
        return await self.execution.alone("ensure", lambda link: catalogue.make(link, models, False))

    async def _within(self, scope: Scope, work: Callable[[Link], Awaitable[T]]) -> T:
        try:
            return await scope.run(work)
        except Exception as error:
            self.execution.note(scope.pool, scope.link, own_error(error))
            raise failed(error) from error

    async def fingerprint(self, model: Model) -> str:
        (state,) = await self.execution.alone("ensure", lambda link: self.leaf.catalogue.look(link, (model,)))
        return state.fingerprint

    async def explain(self, operation: Operation) -> Sequence[StatementPlan]:
        if isinstance(operation, Statement):
            questions = [self.leaf.bound(operation)]
        else:
            questions = asked(self.statements(operation.model), operation)
        scope = None if operation.transaction is None else self.execution.own(operation.transaction)

        async def work(link: Link) -> list[StatementPlan]:
            plans = [await self.leaf.plan(link, sql, values, scope is not None) for sql, values in questions]
            # values may be written into the user's own statement before it is sent
            shown = getattr(operation, "sql", None)
            return plans if shown is None else [attrs.evolve(plan, statement=shown) for plan in plans]

        return await (self.execution.alone("explain", work) if scope is None else self._within(scope, work))

    @property
    def schema(self) -> SchemaDialect:
        return self._migrating.schema

    @property
    def _migrating(self) -> Migrating:
        if self.leaf.migrating is None:
            # so that it is no MigratableAdapter
            raise AttributeError("schema")
        return self.leaf.migrating

    @asynccontextmanager
    async def session(self, holder: str) -> AsyncIterator[ServerSession]:
        try:
            link = await self._migrating.driver.connect()
        except Exception as error:
            raise failed(error) from error
        link.holder = holder
        try:
            yield self._migrating.session(link)
        finally:
            await end(link.close() if link.is_settled else link.stop())

    async def matching(self, session: Session, model: Model, where: Expression | None, limit: int) -> Sequence[Any]:
        assert isinstance(session, ServerSession)
        prepared = self.statements(model).select(where, ("id",), _BY_KEY, Page(limit))
        values = prepared.bind([*values_of(where), limit, 0])
        try:
            return [row[0] for row in await session.link.rows(prepared.sql, values)]
        except Exception as error:
            raise StatementFailed(None, error) from error

    async def begin(self, options: ScopeOptions) -> Transaction:
        return await self.execution.begin(options)

    async def ping(self) -> None:
        await self.execution.alone("ping", lambda link: link.ping())

    def pools(self) -> Sequence[PoolState]:
        return self.execution.pools.states()

    async def close(self) -> None:
        await self.execution.pools.close()
