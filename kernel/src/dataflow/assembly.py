"""What an instance is put together from: its options, its plugins, its adapter, its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.adapters import Adapter
from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.options import Config
from dataflow.diagnostics import Problem, Solution, Where, closest, error_of
from dataflow.models.builtin_fields import BuiltinFields, with_fields
from dataflow.models.model import Model
from dataflow.models.orm_hints import add_hints
from dataflow.models.registration import build_model
from dataflow.models.registry import ModelRegistry
from dataflow.nodes.model_nodes import ModelNodes
from dataflow.nodes.node_type import NodeType
from dataflow.nodes.sagas import NodeSource
from dataflow.nodes.utility.catalogue import UtilityNodes
from dataflow.nodes.utility.scope import Begin
from dataflow.operations.results import Executors
from dataflow.plugins.construction import construct
from dataflow.plugins.registry import PluginSet
from dataflow.plugins.request import Block
from dataflow.rendering import KernelRenderer
from dataflow.workflows.plugin import KernelPictures

if TYPE_CHECKING:
    from dataflow.app import DataFlow


@attrs.frozen(eq=False)
class Assembly:
    """The parts of one instance; every hook that gives one of them is asked from here."""

    app: DataFlow = attrs.field(repr=False)
    config: Config
    plugins: PluginSet
    adapter: Adapter
    registry: ModelRegistry

    @property
    def models(self) -> Mapping[str, Model]:
        return self.registry.models

    def register_model(self, cls: type, frame: FrameType) -> Model:
        """The model of a class with the fields that plugins add, known from now on.

        :raises ModelError: with everything that is wrong with the class.
        """
        own = build_model(cls, frame)
        model = with_fields(own, self.plugins.model_fields(own))
        problems = self.plugins.check_model(model)
        if problems:
            raise error_of(problems)
        self.registry.add(model)
        add_hints(cls, model.name)
        return model

    def model_nodes(self, model: Model) -> list[NodeType]:
        """The node types of a model, each replaced where a plugin or the app has its own version."""
        return [self.plugins.replace_node(node) for node in self.plugins.nodes(model)]

    def utility_nodes(self) -> list[NodeType]:
        """The node types that belong to no model."""
        return [self.plugins.replace_node(node) for node in self.plugins.nodes(None)]

    def needed_models(self, model: Model) -> Sequence[Model]:
        """The model after those that it refers to: the order in which tables are made.

        :raises ModelError: DF-M112 for a reference to what is not registered.
        """
        return self.registry.needed(model)

    def lifespans(self) -> list[AbstractAsyncContextManager[None]]:
        return self.plugins.lifespans(self.app)


def assemble(
    app: DataFlow, profile: str | None, options: Mapping[str, Any], begin: Begin, reserved: frozenset[str]
) -> Assembly:
    """Options merged and checked, plugins loaded, the adapter chosen; opens nothing.

    :param begin: opens the transactions of scope nodes.
    :param reserved: names of the instance that no model may have.
    :raises DataFlowError: with everything that is wrong with options and plugins.
    """
    config, plugins = construct(profile, options, lambda config: _builtins(config, begin, app))
    adapter = plugins.adapter(config)
    if adapter is None:
        raise error_of(_no_adapter(config))
    return Assembly(app, config, plugins, adapter, ModelRegistry(reserved))


def _builtins(config: Config, begin: Begin, source: NodeSource) -> Sequence[object]:
    return (
        KernelRenderer(),
        KernelPictures(),
        BuiltinFields(),
        ModelNodes(config.limits),
        UtilityNodes(begin, config.python_code_nodes, source),
        Executors(),
    )


def _no_adapter(config: Config) -> Problem:
    scheme = config.database_url.scheme
    block = next((one for one in config.block if one.name == ADAPTERS.get(scheme)), None)
    if block is not None:
        return _blocked_adapter(config, block)
    near = [one for one in closest(scheme, ADAPTERS) if one != scheme]
    return Problem(
        code="DF-A113",
        message=f"no plugin speaks to databases of '{scheme}://'",
        where=Where(operation="configuration", path=config.path("database_url")),
        context={
            "database_url": str(config.database_url),
            "plugins": ", ".join(one.name for one in config.plugins) or "none",
        },
        cause="the scheme of the URL chooses the adapter",
        solutions=(
            *(Solution(f"did you mean '{one}'?", f'DataFlow("{one}://...")') for one in near[:1]),
            Solution("use a database that has one:", 'DataFlow("sqlite:///app.db")'),
            Solution("or name the plugin that has the adapter:", f'DataFlow("{scheme}://...", plugins=["..."])'),
        ),
    )


def _blocked_adapter(config: Config, block: Block) -> Problem:
    return Problem(
        code="DF-A113",
        message=f"plugin '{block.name}', which speaks to databases of '{config.database_url.scheme}://', is blocked",
        where=Where(operation="configuration", path=config.path("database_url")),
        context={"database_url": str(config.database_url), "blocked by": str(block.origin)},
        cause="the scheme of the URL chooses the adapter, and what is blocked is never loaded",
        solutions=(
            Solution("take it out of 'block':", f'block without "{block.name}"'),
            Solution("or use a database whose adapter is not blocked:", 'DataFlow("sqlite:///app.db")'),
        ),
    )
