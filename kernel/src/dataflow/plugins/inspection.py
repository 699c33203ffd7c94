"""The plugins of an instance as data for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow.config.description import OptionState, option_states
from dataflow.config.option import Origin, declared_options
from dataflow.diagnostics.problem import plain_data
from dataflow.inspection.report import Grid, Report, table
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
class PluginState(Report):
    """One loaded plugin. ``order`` counts from 1; a later one is asked first, wraps outermost and wins."""

    order: int
    name: str
    distribution: str | None
    version: str | None
    origin: Origin
    hooks: tuple[str, ...]
    options: tuple[OptionState, ...]
    import_ms: float

    @property
    def source(self) -> str:
        """The distribution that brought it, or who gave it."""
        return f"{self.distribution} {self.version}" if self.distribution else str(self.origin)

    def to_dict(self) -> dict[str, Any]:
        """The state, with those who decided as text."""
        options = [{**plain_data(one), "origin": str(one.origin)} for one in self.options]
        return {**super().to_dict(), "origin": str(self.origin), "options": options}

    def lines(self) -> Iterator[str]:
        yield f"{self.order}. {self.name}  ({self.source})"
        yield f"     {', '.join(self.hooks)}"
        yield from table([(one.name, "=", one.value, f"({one.origin})") for one in self.options], "     ")

    def grids(self) -> Iterator[Grid]:
        yield Grid(self.name, COLUMNS, [self.row()])

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of all plugins."""
        options = "\n".join(f"{one.name} = {one.value}" for one in self.options)
        return (str(self.order), self.name, self.source, "\n".join(self.hooks), options)


COLUMNS = ("order", "plugin", "source", "hooks", "options")


@attrs.frozen
class PluginStates(Report):
    """What ``db.plugins.inspect()`` gives."""

    loaded: tuple[PluginState, ...]
    absent: tuple[AbsentPlugin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Every plugin, those that are not there with the reason."""
        return {"loaded": [one.to_dict() for one in self.loaded], "absent": plain_data(self.absent)}

    def lines(self) -> Iterator[str]:
        yield "plugins"
        yield from (f"  {line}" for one in self.loaded for line in one.lines())
        yield from (f"  not loaded: {one.name}: {one.reason}" for one in self.absent)

    def grids(self) -> Iterator[Grid]:
        yield Grid("plugins", COLUMNS, [one.row() for one in self.loaded])
        if self.absent:
            yield Grid("not loaded", ("plugin", "reason"), [(one.name, one.reason) for one in self.absent])


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
