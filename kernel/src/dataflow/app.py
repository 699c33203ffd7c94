"""``DataFlow``: one database, its models, its plugins; nothing of it is shared with another instance."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, dataclass_transform

from dataflow.adapters import Adapter, Isolation, PoolState, ScopeOptions
from dataflow.assembly import Assembly, assemble
from dataflow.awaiting import awaited
from dataflow.debugging import DebugBlock, Debugging, Level
from dataflow.diagnostics import DataFlowError, error_of
from dataflow.direct import Operations
from dataflow.models.missing import missing_attribute, not_registered
from dataflow.models.model import MISSING
from dataflow.models.specifier import field, generated
from dataflow.nodes.node_type import NodeType
from dataflow.nodes.utility.function import FunctionBehaviour, function_node_type, name_taken
from dataflow.nodes.utility.scope import checked_options
from dataflow.operations.operation import Executor, Transaction
from dataflow.operations.service import OperationService
from dataflow.operations.tables import SchemaCache
from dataflow.plugins.app_hooks import ASKED_AT_CONSTRUCTION, ASKED_FOR_A_MODEL, check_function, refuse_late
from dataflow.retrying import again_on_conflict, check_retries
from dataflow.runtimes.activities import WITHIN
from dataflow.runtimes.events import Area, Event
from dataflow.told_operations import ToldOperations
from dataflow.transactions import ScopeBlock
from dataflow.typed_operations import TypedOperations
from dataflow.workflows.directory import register_instance

if TYPE_CHECKING:
    from dataflow.config.options import Config
    from dataflow.inspection.directory import Models, Nodes
    from dataflow.inspection.models import ModelInspection
    from dataflow.inspection.nodes import NodeInspection
    from dataflow.inspection.plans import Explanation
    from dataflow.inspection.pools import ConnectionPools
    from dataflow.inspection.workflows import WorkflowInspection
    from dataflow.migrations.control import Migrations, Strategy
    from dataflow.plugins.registry import PluginSet
    from dataflow.rendering import Style
    from dataflow.sync import SyncDataFlow
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.validation import Validation
    from dataflow.workflows.workflow import Workflow

P = ParamSpec("P")
M = TypeVar("M")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class DataFlow:
    """A database and the models registered on it.

    ``DataFlow()`` needs no argument: the development profile, SQLite in memory, tables made at first use.
    Options are documented in the reference page of the configuration; whatever is wrong with them is
    raised here, all at once, as a ConfigError.
    """

    def __init__(self, database_url: str | Path | None = None, *, profile: str | None = None, **options: Any) -> None:
        if database_url is not None:
            options["database_url"] = database_url
        assembly = assemble(self, profile, options, self.begin, RESERVED)
        self._assembly: Assembly = assembly
        self._operations: dict[str, Operations] = {}
        self._nodes: dict[str, NodeType] = {node.name: node for node in assembly.utility_nodes()}
        #: the transaction of the surrounding code, which operations join by themselves
        self.ambient: ContextVar[Transaction | None] = ContextVar("dataflow_transaction", default=None)
        self._service = OperationService(assembly, self.ambient)
        self._debugging = Debugging(assembly.plugins)
        self._sync: SyncDataFlow | None = None
        self._migrations: Migrations | None = None
        register_instance(self)
        self._service.ready()

    @classmethod
    def development(cls, database_url: str | Path | None = None, **options: Any) -> Self:
        """An instance for work in progress: by default in memory, tables made at first use."""
        return cls(database_url, profile="development", **options)

    @classmethod
    def production(cls, database_url: str | Path | None = None, **options: Any) -> Self:
        """An instance for a deployed application: existing tables, no Python code nodes."""
        return cls(database_url, profile="production", **options)

    @classmethod
    def testing(cls, database_url: str | Path | None = None, **options: Any) -> Self:
        """An instance for tests: in memory unless a URL is given."""
        return cls(database_url, profile="testing", **options)

    @classmethod
    def with_migrations(
        cls, database_url: str | Path | None = None, *, strategy: Strategy = "auto", **options: Any
    ) -> Self:
        """An instance whose schema follows its models: by itself where nothing can be lost, or by ``db.migrations``.

        :param strategy: ``"auto"``, ``"manual"``, ``"staging-first"`` or ``"none"``: what happens at first use.
        """
        return cls(database_url, profile="with_migrations", migration_strategy=strategy, **options)

    @dataclass_transform(kw_only_default=True, field_specifiers=(field, generated))
    def model(self, cls: type[M] = MISSING) -> type[M]:  # type: ignore[assignment]  # the absence of a class
        """Register a plain annotated class and give it back unchanged; touches no database.

        :raises ModelError: with everything that is wrong with the class.
        """
        model = self._assembly.register_model(cls, sys._getframe(1))
        nodes = self._assembly.model_nodes(model)
        self._nodes |= {node.name: node for node in nodes}
        by_kind = {node.kind: node for node in nodes}
        listening = self.plugins.listeners(*WITHIN)
        kind: type[TypedOperations[..., Any]] = TypedOperations if self.config.persistent else ToldOperations
        operations = kind(model, by_kind, self.pipeline, self.transaction, listening)
        self._operations[model.name] = operations
        # an attribute of its own, so that `db.User` does not go through `__getattr__`
        self.__dict__[model.name] = operations
        self._service.registered(model, nodes)
        return cls

    def node(self, function: F) -> F:
        """Register a function as a node type of this instance, named as the function is; of its own before, it takes the place.

        :raises NodeError: DF-N119 for what cannot be a node, or has the name of a node that is no function.
        """
        made = function_node_type(function)
        taken = self._nodes.get(made.name)
        if taken is not None and not isinstance(taken.behaviour, FunctionBehaviour):
            raise error_of(name_taken(made.name, taken))
        self._nodes[made.name] = made
        return function

    def hook(self, function: F) -> F:
        """Register a function as this instance's implementation of the hook it is named after.

        :raises PluginError: DF-P103, DF-P104, DF-P109, or DF-P113 when the hook has been asked already.
        """
        check_function(function)
        refuse_late(function.__name__, self._asked())
        self._assembly.plugins.add_hook(function)
        return function

    def _asked(self) -> Mapping[str, str]:
        """The hooks whose answers are in use, and what asked for them."""
        asked = dict.fromkeys(ASKED_AT_CONSTRUCTION, "the instance was made")
        if self._operations:
            asked |= dict.fromkeys(ASKED_FOR_A_MODEL, f"model '{next(iter(self._operations))}' was registered")
        return asked | self._service.asked()

    def __getattr__(self, name: str) -> Operations:
        operations = self.__dict__.get("_operations", {}).get(name)
        if operations is None:
            raise missing_attribute(name, self.__dict__.get("_operations", {}))
        return operations  # type: ignore[no-any-return]

    def __getitem__(self, cls: Callable[P, M]) -> TypedOperations[P, M]:
        operations = self._operations.get(getattr(cls, "__name__", ""))
        if operations is None or operations._model.cls is not cls:
            raise error_of(not_registered(cls, self._operations))
        return operations  # type: ignore[return-value]  # registered as such

    def __repr__(self) -> str:
        return f"<DataFlow {self.adapter.display_url} profile={self.config.profile} models={', '.join(self._operations) or 'none'}>"

    @property
    def config(self) -> Config:
        return self._assembly.config

    @property
    def plugins(self) -> PluginSet:
        return self._assembly.plugins

    @property
    def adapter(self) -> Adapter:
        return self._assembly.adapter

    @property
    def models(self) -> Models:
        """The registered models by name; shown, a table of them."""
        from dataflow.inspection.directory import Models

        return Models(self._assembly.models)

    @property
    def node_types(self) -> Mapping[str, NodeType]:
        """Every node type of this instance by name."""
        return MappingProxyType(self._nodes)

    @property
    def nodes(self) -> Nodes:
        """Every node type of this instance by name; shown, a table of them."""
        from dataflow.inspection.directory import Nodes

        return Nodes(self._nodes)

    def inspect_model(self, name: str) -> ModelInspection:
        """A model with its fields, rules, indexes and nodes.

        :raises ModelError: DF-M120.
        """
        from dataflow.inspection.models import inspected_model

        model = self.models[name]
        own = tuple(node.name for node in self._nodes.values() if node.model is model)
        return inspected_model(model, own)

    def inspect_node(self, name: str) -> NodeInspection:
        """A node type with its parameters (type, required, default, example) and outputs.

        :raises WorkflowError: DF-W101.
        """
        from dataflow.inspection.nodes import inspected_node

        return inspected_node(self.nodes[name])

    def inspect_workflow(self, workflow: WorkflowBuilder | Workflow) -> WorkflowInspection:
        """A workflow step by step, with what is wrong at each; raises nothing for that.

        :raises WorkflowError: DF-W116 for what is no workflow.
        """
        from dataflow.inspection.workflows import inspected_workflow

        return inspected_workflow(workflow, lambda: self.plugins.picture(workflow, {}))

    @awaited
    async def explain(self, query: str | type, given: Any = None, /, **options: Any) -> Explanation:
        """The database's plan for a query, with scans that no index serves pointed out; nothing is run.

        :param query: a model, its name, the name of a node, or a statement of your own.
        :param given: the filter of a model, the parameters of a node, the values of a statement.
        :param options: further parameters, such as ``sort`` or ``limit``.
        :raises ExecutionError: DF-X113 for a node that has no plan, and whatever its execution would refuse.
        """
        from dataflow.inspection.explaining import explained, question_of

        name = query if isinstance(query, str) else self[query]._model.name
        question = question_of(name, given, options, self.models, self.nodes)
        return await explained(question, self.adapter, self.plugins, self._service)

    @property
    def connection_pools(self) -> ConnectionPools:
        """``inspect()`` gives size, active, idle and waiting of each pool, and who holds a connection."""
        from dataflow.inspection.pools import ConnectionPools

        return ConnectionPools(self.pools)

    @property
    def schema_cache(self) -> SchemaCache:
        """What is known of the tables: ``inspect()`` and ``clear()``."""
        return self._service.tables

    @property
    def sync(self) -> SyncDataFlow:
        """The same operations for code without an event loop: ``db.sync.User.create(...)``."""
        if self._sync is None:
            from dataflow.sync import SyncDataFlow

            self._sync = SyncDataFlow(self)
        return self._sync

    @property
    def migrations(self) -> Migrations:
        """Plan, apply and undo changes of the schema; needs the plugin ``migrations``, and others for what they are for."""
        if self._migrations is None:
            from dataflow.migrations.control import Migrations

            self._migrations = Migrations(self, tuple(self.plugins.migration_engines(self.config)))
        return self._migrations

    def pipeline(self, node: NodeType) -> Executor:
        """How a node of this instance runs; put together at its first use."""
        return self._service.pipeline(node)

    def debug(self, *areas: str | bool, level: Level | None = None) -> DebugBlock:
        """Print what happens from now on: ``db.debug("sql", "cache")``, ``db.debug()`` for everything, ``db.debug(False)`` for nothing.

        The areas are the words of the lines: init, model, nodes, cache, exec, sql, result, migration. As
        ``with db.debug(...):`` it holds until the block ends, for everything that this instance does meanwhile.

        :param level: ``"debug"``, ``"warning"`` for what is out of the ordinary, ``"error"`` for failures; as before when absent.
        :raises ConfigError: DF-C102 for a word that is none of these.
        :raises PluginError: DF-P115 when no plugin prints.
        """
        return self._debugging(areas, level)

    def observing(self, on_event: Callable[[Event], None], *areas: Area) -> AbstractContextManager[None]:
        """``with db.observing(function):`` tell a function of what this instance does meanwhile, from whatever thread it comes.

        Nothing is told, and nothing is paid for, outside of the block. An exception of the function is logged once and
        does not reach what it observes.

        :param areas: of the events; all when none is given.
        """
        return self.plugins.observing(on_event, frozenset(areas))

    def observer(self, on_event: Callable[[Event], None] | None, *areas: Area) -> Callable[[Event], None] | None:
        """One function for ``on_event`` and all plugins that listen to these areas, or None when nobody does."""
        return self._service.observer(on_event, *areas)

    def workflow(self, name: str = "workflow") -> WorkflowBuilder:
        """A builder whose nodes are this instance's."""
        from dataflow.workflows.builder import WorkflowBuilder

        return WorkflowBuilder(self, name)

    def validate_workflow(self, workflow: WorkflowBuilder | Workflow) -> Validation:
        """What ``build()`` would raise, as data; raises nothing."""
        from dataflow.workflows.validation import validate_workflow

        return validate_workflow(workflow)

    def render(self, error: DataFlowError, style: Style = "plain") -> str:
        """An error as text, each problem by the latest plugin that answers ``dataflow_render`` for the style."""
        texts = [self.plugins.render(problem, style) or "" for problem in error.problems]
        return f"[{', '.join(texts)}]" if style == "json" else "\n\n".join(texts)

    def transaction(
        self,
        *,
        isolation: Isolation | None = None,
        read_only: bool = False,
        timeout_s: float | None = None,
    ) -> AbstractAsyncContextManager[Transaction]:
        """``async with db.transaction():`` everything awaited inside is one transaction.

        Committed at the end, rolled back on any exception; inside another one it is a savepoint.

        :raises NodeError: DF-N104, DF-N111 for options that cannot be followed.
        :raises TransactionError: DF-T102 when a statement inside failed and the exception was caught.
        """
        options = checked_options("db.transaction()", isolation, read_only, timeout_s)
        return ScopeBlock(self._service.begin, self.ambient, options)

    @awaited
    async def run_transaction(
        self,
        work: Callable[[], Awaitable[T]],
        *,
        retries: int = 3,
        isolation: Isolation | None = None,
        timeout_s: float | None = None,
    ) -> T:
        """Await ``work()`` in a transaction of its own, the whole of it again when others were in its way.

        That is a deadlock, a serialization failure, or a lock that was waited for in vain; at most ``retries`` times,
        after pauses that grow. ``work`` must be fit to run again: what it does outside of the database is done again too.
        Inside another transaction it runs once, for only the outermost can be done again.

        :param retries: 0 to 10.
        :raises NodeError: DF-N105 for another number.
        :raises ContentionError: when the last attempt failed for such a reason too.
        """
        check_retries(retries)

        async def once() -> T:
            async with self.transaction(isolation=isolation, timeout_s=timeout_s):
                return await work()

        outer = self.ambient.get()
        return await again_on_conflict(once, 0 if outer is not None and outer.is_open else retries, self.tell_retry)

    def tell_retry(self, attempt: int, error: DataFlowError) -> None:
        """Tell the observers that a transaction is done again."""
        self._service.again(attempt, error)

    async def begin(self, options: ScopeOptions, outer: Transaction | None = None) -> Transaction:
        """Open a transaction, or a savepoint of the one given or surrounding; whoever asks must end it."""
        return await self._service.begin(options, outer)

    def pools(self) -> tuple[PoolState, ...]:
        """The connection pools at this moment."""
        return tuple(self.adapter.pools())

    @awaited
    async def ping(self) -> None:
        """Reach the database, or raise a coded error that says what prevents it."""
        await self._service.ping()

    @awaited
    async def close(self) -> None:
        """Give every connection back. Idempotent; the instance cannot be used afterwards."""
        await self._service.close()

    async def __aenter__(self) -> DataFlow:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


#: names of an instance's own attributes: a model of such a name could not be reached by it
RESERVED = frozenset(name for name in dir(DataFlow) if not name.startswith("_"))
