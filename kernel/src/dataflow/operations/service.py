"""What runs the operations of one instance: start-up, tables, pipelines, explanation, close."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextvars import ContextVar
from weakref import WeakKeyDictionary

import attrs

from dataflow.adapters import ScopeOptions, driver_error
from dataflow.assembly import Assembly
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType
from dataflow.operations.drift import differs
from dataflow.operations.lifespan import Lifespan
from dataflow.operations.observation import observed
from dataflow.operations.operation import Executor, Transaction
from dataflow.operations.pipeline import compose
from dataflow.operations.tables import FirstUse, SchemaCache, TableSlot
from dataflow.plugins.loading import KERNEL
from dataflow.plugins.observers import Listeners
from dataflow.runtimes.activities import happened
from dataflow.runtimes.events import Area, Event, OnEvent


@attrs.define(eq=False)
class OperationService:
    """The state of an instance between its calls."""

    assembly: Assembly
    ambient: ContextVar[Transaction | None]
    tables: SchemaCache = attrs.field(init=False)
    _first_use: FirstUse = attrs.field(init=False)
    _pipelines: dict[NodeType, Executor] = attrs.field(init=False, factory=dict)
    _known_inside: WeakKeyDictionary[Transaction, set[str]] = attrs.field(init=False, factory=WeakKeyDictionary)
    _lifespan: Lifespan = attrs.field(init=False)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _closed: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        config = self.assembly.config
        self.tables = SchemaCache(config.schema_cache_enabled, config.schema_cache_ttl_s, config.schema_cache_max_size)
        self._first_use = FirstUse(self._ensure)
        self._lifespan = Lifespan(self.assembly.lifespans)

    def pipeline(self, node: NodeType) -> Executor:
        found = self._pipelines.get(node)
        if found is None:
            with self._lock:
                found = self._pipelines.get(node) or self._composed(node)
                self._pipelines[node] = found
        return found

    def _composed(self, node: NodeType) -> Executor:
        execute = self.assembly.plugins.executor(node, self.assembly.adapter)
        if execute is None:
            raise error_of(_no_executor(node))
        middlewares = self.assembly.plugins.middlewares(node)
        return compose(node, execute, middlewares, self)

    def asked(self) -> dict[str, str]:
        """The hooks whose answers are in use, and what asked for them."""
        asked = {"dataflow_lifespan": "the first operation ran"} if self._lifespan.is_entered else {}
        if self._pipelines:
            used = f"{next(iter(self._pipelines)).name} was used"
            asked |= {"dataflow_executor": used, "dataflow_around": used}
        return asked

    def table_slot(self, node: NodeType) -> TableSlot:
        assert node.model is not None
        return self.tables.slot(node.model)

    async def prepare(self, node: NodeType, transaction: Transaction | None) -> TableSlot:
        """Start the instance when it is not, and make sure of a model's table and those it refers to."""
        assert node.model is not None
        await self.start()
        return await self._prepared(node.model, transaction)

    async def _prepared(self, model: Model, transaction: Transaction | None) -> TableSlot:
        slot, started = self.tables.slot(model), time.perf_counter()
        if transaction is None and await self._is_unchanged(slot):
            self.tables.renew(slot)
            self.tell(happened("cache", "validated", started, model=model.name, details={"table": model.table}))
            return slot
        needed = self.assembly.needed_models(model)
        try:
            if transaction is None:
                await self._first_use(model, needed)
            else:
                await self._use_inside(transaction, model, needed)
        except DataFlowError:
            raise
        except Exception as error:
            raise error_of(self.explain(error, Where(model=model.name, operation="ensure"))) from driver_error(error)
        return self.tables.slot(model)

    async def _is_unchanged(self, slot: TableSlot) -> bool:
        if not slot.fingerprint or not self.assembly.config.schema_cache_validation:
            return False
        return await self.assembly.adapter.fingerprint(slot.model) == slot.fingerprint

    async def _use_inside(self, transaction: Transaction, model: Model, needed: Sequence[Model]) -> None:
        """The first use in a scope; what it makes there, a rollback takes away again."""
        known = self._known_inside.setdefault(transaction, set())
        if model.name not in known:
            await self._ensure(needed, transaction)
            known.add(model.name)

    async def _ensure(self, models: Sequence[Model], transaction: Transaction | None = None) -> None:
        started = time.perf_counter()
        create = self.assembly.config.auto_migrate and not self.assembly.config.existing_schema_mode
        if transaction is None and self._is_migrated:
            await self.assembly.app.migrations.pipeline("first use").ready(models)
            create = False
        states = await self.assembly.adapter.ensure(models, create, transaction)
        problems = [
            problem for model, state in zip(models, states, strict=True) if (problem := differs(model, state, create))
        ]
        if problems:
            raise error_of(problems)
        for model, state in zip(models, states, strict=True):
            if state.lasts:
                self.tables.store(model, state)
            if state.created:
                self.tell(happened("migration", "created", model=model.name, details={"table": state.table}))
            self.tell(happened("cache", "ensured", started, model=model.name, details=attrs.asdict(state)))

    @property
    def _is_migrated(self) -> bool:
        """Whether tables are made by the migration pipeline instead of the adapter alone."""
        return (
            self.assembly.plugins.migrates
            and not self.assembly.config.existing_schema_mode
            and self.assembly.app.migrations.has_pipeline
        )

    async def begin(self, options: ScopeOptions, outer: Transaction | None = None) -> Transaction:
        """A transaction, or a savepoint of the one given or surrounding."""
        await self.start()
        outer = outer or self.ambient.get()
        try:
            if outer is not None and outer.is_open:
                return await outer.savepoint()
            # a migration needs a connection of its own, and a transaction may have the only one that writes
            if not self.assembly.adapter.makes_tables_inside or self._is_migrated:
                await self._prepare_all()
            return await self.assembly.adapter.begin(options)
        except DataFlowError:
            raise
        except Exception as error:
            raise error_of(self.explain(error, Where(operation="transaction"))) from driver_error(error)

    async def _prepare_all(self) -> None:
        """Make sure of every table: inside the transaction it would be too late."""
        for model in tuple(self.assembly.models.values()):
            if not self.tables.slot(model).is_fresh:
                await self._prepared(model, None)

    async def ping(self) -> None:
        try:
            await self.assembly.adapter.ping()
        except DataFlowError:
            raise
        except Exception as error:
            raise error_of(self.explain(error, Where(operation="connect"))) from driver_error(error)

    async def start(self) -> bool:
        """Enter what plugins open with the instance, once; false while one of them is at it and runs an operation."""
        if self._closed:
            raise error_of(_closed())
        try:
            await self._lifespan.enter()
        except BaseException:
            # a table that a plugin used meanwhile would let the next operation pass by what is not open
            self.tables.clear()
            raise
        return self._lifespan.is_entered

    async def close(self) -> None:
        self._closed = True
        self.tables.clear()
        try:
            await self._lifespan.leave()
        finally:
            await self.assembly.adapter.close()

    def explain(self, error: BaseException, where: Where) -> Problem:
        """A coded problem for any exception."""
        return self.assembly.plugins.explain(error, where) or _unexplained(error, where)

    def tell(self, event: Event) -> None:
        for observe in self.assembly.plugins.observers(event.area):
            observe(event)

    def ready(self) -> None:
        """Tell that the instance is put together."""
        plugins = [one.name for one in self.assembly.plugins.inspect().loaded if one.origin != KERNEL]
        pools = self.assembly.adapter.pools()
        pool = " + ".join(f"{one.name} {one.size}" for one in pools)
        if len(pools) == 1 and pools[0].overflow:
            pool = f"{pools[0].size}+{pools[0].overflow}"
        self.tell(
            Event(
                area="init",
                name="ready",
                details={"database": self.assembly.adapter.display_url, "pool": pool, "plugins": plugins},
            )
        )

    def registered(self, model: Model, nodes: Sequence[NodeType]) -> None:
        """Tell of a model and its nodes."""
        fields = {field.name: field.spelling for field in model.fields.values()}
        self.tell(Event(area="model", name="registered", model=model.name, details={"fields": fields}))
        names = [node.name for node in nodes]
        self.tell(Event(area="nodes", name="generated", model=model.name, details={"nodes": names}))

    def listeners(self, *areas: Area) -> Listeners:
        return self.assembly.plugins.listeners(*areas)

    def observer(self, on_event: OnEvent | None, *areas: Area) -> OnEvent | None:
        return observed(self.assembly.plugins.observers(*areas), on_event)

    def again(self, attempt: int, error: DataFlowError) -> None:
        """Tell of a transaction that is done again, for what the attempt with that number met."""
        self.tell(happened("scope", "retry", details={"attempt": attempt, "error": error}))


def _no_executor(node: NodeType) -> Problem:
    return Problem(
        code="DF-X108",
        message=f"nothing executes {node.name}",
        where=Where(node_type=node.name),
        cause="no plugin answered 'dataflow_executor' for it",
    )


def _closed() -> Problem:
    return Problem(
        code="DF-X104",
        message="this DataFlow instance is closed",
        where=Where(operation="execute"),
        cause="its connections were given back by close()",
        solutions=(Solution("close it last, or make another one:", "db = DataFlow(...)"),),
    )


def raised(error: BaseException) -> str:
    """An exception as a traceback's last line has it."""
    return type(error).__name__ + (f": {error}" if str(error) else "")


def _unexplained(error: BaseException, where: Where) -> Problem:
    return Problem(
        code="DF-X101",
        message=f"{where.node_type or 'the operation'} raised {raised(error)}",
        where=where,
        context={"exception": type(error).__name__},
        cause="the exception came from code of the application or of a plugin; the traceback shows where",
        solutions=(
            Solution("let the code handle it, or try again what may pass by itself:", "add_node(..., retry=3)"),
        ),
    )
