"""Which plugins an instance asks for: by the name of an entry point, as a class, or as an object."""

from __future__ import annotations

import re

import attrs

from dataflow.config.option import Origin
from dataflow.models.model import MISSING

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@attrs.frozen
class PluginRequest:
    """One plugin that somebody asks for. ``target`` is its class or object, or MISSING when its entry point has to be found.

    ``distribution`` pins who may provide it, as in ``"trace@dataflow-trace"``. ``rank`` orders the
    sources: a block of a stronger source keeps out what a weaker one asks for.
    """

    name: str
    origin: Origin
    rank: int
    target: object = attrs.field(default=MISSING, repr=False)
    distribution: str | None = None
    is_optional: bool = False

    @property
    def is_by_name(self) -> bool:
        """Whether it has to be found among the installed plugins."""
        return self.target is MISSING


@attrs.frozen
class Block:
    """A plugin that somebody keeps out."""

    name: str
    origin: Origin
    rank: int


def plugin_name(plugin: object) -> str:
    """What a class or an object is called: its own ``name`` text, or its class's name without "Plugin".

    >>> class AccessLogPlugin: ...
    >>> plugin_name(AccessLogPlugin)
    'access-log'
    """
    cls = plugin if isinstance(plugin, type) else type(plugin)
    given = getattr(cls, "name", None)
    if isinstance(given, str):
        return given
    return _HUMPS.sub("-", cls.__name__.removesuffix("Plugin") or cls.__name__).lower().strip("_")


def requested(spec: object, origin: Origin, rank: int, is_optional: bool = False) -> PluginRequest:
    """A request from what a user wrote in a list of plugins."""
    if isinstance(spec, str):
        name, _, distribution = spec.partition("@")
        return PluginRequest(name.strip(), origin, rank, MISSING, distribution.strip() or None, is_optional)
    return PluginRequest(plugin_name(spec), origin, rank, spec, None, is_optional)


def option_table(name: str) -> str:
    """The word under which a plugin's options are given as an argument: ``foreign-keys`` -> ``foreign_keys``."""
    return name.replace("-", "_")
