"""The plugins of an instance as data for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from dataflow.config.description import OptionState, option_states
from dataflow.config.option import Origin, declared_options
from dataflow.plugins.request import option_table


@attrs.frozen
class LoadedPlugin:
    """A plugin's object and where it came from. ``option_origins`` tells who decided each of its options."""

    name: str
    plugin: object
    origin: Origin
    hooks: tuple[str, ...]
    distribution: str | None = None
    version: str | None = None
    import_ms: float = 0.0
    option_origins: Mapping[str, Origin] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class AbsentPlugin:
    """An optional plugin that is not there, blocked, or broken: ``reason`` completes "it is skipped: ..."."""

    name: str
    reason: str


@attrs.frozen
class PluginState:
    """One loaded plugin. ``order`` counts from 1; a later one is asked first, wraps outermost and wins."""

    order: int
    name: str
    distribution: str | None
    version: str | None
    origin: Origin
    hooks: tuple[str, ...]
    options: tuple[OptionState, ...]
    import_ms: float


@attrs.frozen
class PluginStates:
    """What ``db.plugins.inspect()`` gives."""

    loaded: tuple[PluginState, ...]
    absent: tuple[AbsentPlugin, ...]


def plugin_states(loaded: Sequence[LoadedPlugin], absent: Sequence[AbsentPlugin]) -> PluginStates:
    """The state of every plugin, in order."""
    return PluginStates(tuple(_state(order, one) for order, one in enumerate(loaded, 1)), tuple(absent))


def _state(order: int, one: LoadedPlugin) -> PluginState:
    return PluginState(
        order=order,
        name=one.name,
        distribution=one.distribution,
        version=one.version,
        origin=one.origin,
        hooks=one.hooks,
        options=_options(one),
        import_ms=one.import_ms,
    )


def _options(one: LoadedPlugin) -> tuple[OptionState, ...]:
    # the kernel's own plugins are given what they work with, which nobody sets
    if one.origin.detail == "kernel":
        return ()
    options = declared_options(type(one.plugin))
    values = {name: getattr(one.plugin, option.attribute.name) for name, option in options.items()}
    states = option_states(options, values, one.option_origins)
    return tuple(attrs.evolve(state, name=f"{option_table(one.name)}.{state.name}") for state in states)
