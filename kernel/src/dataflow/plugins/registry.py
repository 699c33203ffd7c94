"""The plugins of one instance, in order, and the typed face of every hook."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import attrs
import pluggy

from dataflow.adapters import Adapter
from dataflow.config.options import Config
from dataflow.debugging import DebugOutput
from dataflow.diagnostics import ErrorCodes, Problem, Where
from dataflow.models.model import Field, Model
from dataflow.nodes.node_type import NodeType
from dataflow.operations.operation import Executor, Middleware
from dataflow.plugins import calls
from dataflow.plugins.app_hooks import app_hook
from dataflow.plugins.hookspecs import PROJECT, Hooks
from dataflow.plugins.inspection import AbsentPlugin, LoadedPlugin, PluginStates, plugin_states
from dataflow.plugins.marks import MarkedHooks
from dataflow.plugins.observers import Listeners, Observer, compiled_observers

if TYPE_CHECKING:
    import click

    from dataflow.app import DataFlow
    from dataflow.inspection.checkups import Checkup
    from dataflow.migrations.engine import MigrationEngine
    from dataflow.rendering import Style
    from dataflow.runtimes.events import Area, OnEvent
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.pictures import StepState
    from dataflow.workflows.workflow import Workflow

F = TypeVar("F", bound=Callable[..., Any])
# isinstance knows it, but it is no type to a checker
CALLABLE: Any = Callable


@runtime_checkable
class Command(Protocol):
    """What tells a command of click from anything else, without importing click."""

    name: Any

    def invoke(self, ctx: Any) -> Any: ...


@attrs.define(eq=False)
class PluginSet:
    """Every hook as a method: what all plugins give comes in the order of registration, what one gives from the latest.

    ``revision`` counts up with each hook that the app adds, for whoever keeps an answer.
    """

    _manager: pluggy.PluginManager = attrs.field(repr=False)
    _loaded: list[LoadedPlugin]
    absent: tuple[AbsentPlugin, ...] = ()
    revision: int = attrs.field(default=0, init=False)
    _observers: tuple[Observer, ...] = attrs.field(init=False, repr=False)
    _listening: dict[tuple[Area, ...], Listeners] = attrs.field(factory=dict, init=False, repr=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, repr=False)
    _failed_observers: set[str] = attrs.field(factory=set, init=False, repr=False)
    _guests: list[Observer] = attrs.field(factory=list, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.find_observers()

    @classmethod
    def of(cls, loaded: Sequence[LoadedPlugin], absent: Sequence[AbsentPlugin] = ()) -> PluginSet:
        """A set of plugins whose implementations are already checked, later ones nearer to the user."""
        manager = MarkedHooks(PROJECT)
        manager.add_hookspecs(Hooks)
        for one in loaded:
            manager.register(one.plugin, one.name)
        return cls(manager, list(loaded), tuple(absent))

    def add_hook(self, function: F, name: str | None = None) -> F:
        """Register a function of the app as the implementation of a hook, nearer to the user than every plugin.

        :param name: of the hook, with or without ``dataflow_``; the function's own name when absent.
        :raises PluginError: DF-P103, DF-P104 or DF-P109.
        """
        loaded = app_hook(function, name, order=len(self._loaded) + 1)
        self._manager.register(loaded.plugin, loaded.name)
        self._loaded.append(loaded)
        self.find_observers()
        self.revision += 1
        return function

    def find_observers(self) -> None:
        """Ask every plugin anew what it wants to listen to."""
        with self._lock:
            found = compiled_observers(self._manager.hook.dataflow_event, self._failed_observers)
            self._observers = (*found, *self._guests)
            for listeners in self._listening.values():
                listeners.choose(self._observers)

    @contextmanager
    def observing(self, observe: OnEvent, areas: frozenset[Area]) -> Iterator[None]:
        """Have a function observe too, until the block ends; what it raises is logged once."""
        name = f"{observe.__module__}.{getattr(observe, '__qualname__', type(observe).__name__)}"
        guest = Observer(name, observe, True, areas or None, set())
        self._guests.append(guest)
        self.find_observers()
        try:
            yield
        finally:
            self._guests.remove(guest)
            self.find_observers()

    def check_config(self, config: Config) -> list[Problem]:
        found = calls.all_items(self._manager.hook.dataflow_check_config, Problem, config=config)
        # now a plugin knows its options, and whether it wants to listen
        self.find_observers()
        return found

    def adapter(self, config: Config) -> Adapter | None:
        found: Adapter | None = calls.first_answer(self._manager.hook.dataflow_adapter, Adapter, config=config)
        return found

    def model_fields(self, model: Model) -> list[Field]:
        return calls.all_items(self._manager.hook.dataflow_model_fields, Field, model=model)

    def check_model(self, model: Model) -> list[Problem]:
        return calls.all_items(self._manager.hook.dataflow_check_model, Problem, model=model)

    def nodes(self, model: Model | None) -> list[NodeType]:
        return calls.all_items(self._manager.hook.dataflow_nodes, NodeType, model=model)

    def replace_node(self, node: NodeType) -> NodeType:
        """The latest plugin's own version of a node type, or the node type itself."""
        replaced: NodeType | None = calls.first_answer(self._manager.hook.dataflow_replace_node, NodeType, node=node)
        return replaced or node

    def check_workflow(self, workflow: Workflow) -> list[Problem]:
        return calls.all_items(self._manager.hook.dataflow_check_workflow, Problem, workflow=workflow)

    def executor(self, node: NodeType, adapter: Adapter) -> Executor | None:
        hook = self._manager.hook.dataflow_executor
        found: Executor | None = calls.first_answer(hook, CALLABLE, node=node, adapter=adapter)
        return found

    def middlewares(self, node: NodeType) -> list[Middleware]:
        """Innermost first: wrapping in this order leaves the latest plugin's outermost."""
        return calls.middlewares(self._manager.hook.dataflow_around, CALLABLE, node=node)

    def lifespans(self, app: DataFlow) -> list[AbstractAsyncContextManager[None]]:
        return calls.lifespans(self._manager.hook.dataflow_lifespan, app=app)

    def explain(self, error: BaseException, where: Where) -> Problem | None:
        """The latest plugin's explanation; one that fails itself is logged, so that it cannot hide the error."""
        hook = self._manager.hook.dataflow_explain
        found: Problem | None = calls.first_quiet_answer(hook, Problem, error=error, where=where)
        return found

    def error_codes(self) -> list[tuple[str, ErrorCodes]]:
        """Each plugin's name and its own codes, in the order of registration."""
        return calls.named_answers(self._manager.hook.dataflow_error_codes, ErrorCodes)

    def render(self, problem: Problem, style: Style) -> str | None:
        """The latest plugin's text; one that fails itself is logged."""
        hook = self._manager.hook.dataflow_render
        found: str | None = calls.first_quiet_answer(hook, str, problem=problem, style=style)
        return found

    def picture(self, workflow: Workflow | WorkflowBuilder, states: Mapping[str, StepState]) -> str | None:
        """The latest plugin's picture; one that fails itself is logged."""
        hook = self._manager.hook.dataflow_picture
        found: str | None = calls.first_quiet_answer(hook, str, workflow=workflow, states=states)
        return found

    def checkups(self, app: DataFlow, processes: int) -> list[Checkup]:
        # a diagnosis is seldom made
        from dataflow.inspection.checkups import Checkup

        hook = self._manager.hook.dataflow_checkups
        return calls.all_items(hook, Checkup, app=app, processes=processes)

    def observers(self, *areas: Area) -> tuple[Observer, ...]:
        """Who listens to events of any of these areas; without areas, to any at all. When it is empty, no event need be made."""
        found = self._listening.get(areas)
        return self.listeners(*areas).observers if found is None else found.observers

    def listeners(self, *areas: Area) -> Listeners:
        """The same as an object that stays true when a plugin begins or ceases to listen."""
        found = self._listening.get(areas)
        if found is None:
            with self._lock:
                found = self._listening.setdefault(areas, Listeners(areas))
                found.choose(self._observers)
        return found

    def debug_output(self) -> DebugOutput | None:
        found: DebugOutput | None = calls.first_answer(self._manager.hook.dataflow_debug, DebugOutput)
        return found

    @property
    def migrates(self) -> bool:
        """Whether any plugin is an engine of migrations."""
        return bool(self._manager.hook.dataflow_migration_engine.get_hookimpls())

    def migration_engines(self, config: Config) -> list[MigrationEngine]:
        # most instances have none
        from dataflow.migrations.engine import MigrationEngine

        hook = self._manager.hook.dataflow_migration_engine
        return calls.all_answers(hook, MigrationEngine, config=config)

    def commands(self) -> list[click.Command]:
        return calls.all_items(self._manager.hook.dataflow_commands, Command)

    def describe(self, app: DataFlow) -> dict[str, Any]:
        """What each plugin says of itself, by its name."""
        found = list(calls.answers(self._manager.hook.dataflow_describe, app=app))
        return {one.plugin_name: state for one, state in reversed(found)}

    def inspect(self) -> PluginStates:
        """Every plugin in order, with its distribution, hooks and options."""
        return plugin_states(self._loaded, self.absent)
