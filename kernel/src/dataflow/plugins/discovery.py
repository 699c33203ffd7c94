"""Which plugins are installed: read from the metadata of distributions, importing none of them."""

from __future__ import annotations

import functools
import logging
import re
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

GROUP = "dataflow.plugins"
log = logging.getLogger("dataflow")


@attrs.frozen
class InstalledPlugin:
    """One entry point. ``value`` is ``module:Class``; ``requires`` are its distribution's requirements."""

    name: str
    value: str
    distribution: str
    version: str
    requires: tuple[str, ...] = attrs.field(default=(), repr=False)


def installed_plugins() -> Mapping[str, tuple[InstalledPlugin, ...]]:
    """The installed plugins by name; a name with two entries is claimed by two distributions.

    Read once per process, and again only when ``sys.path`` has changed.
    """
    return _scan(tuple(sys.path))


def provider_of(name: str, plugin: object) -> str | None:
    """The distribution and version that a plugin's object came from; None for one that an application wrote itself."""
    package = type(plugin).__module__.partition(".")[0]
    claims = [one for one in installed_plugins().get(name, ()) if re.split(r"[.:]", one.value)[0] == package]
    return f"{claims[0].distribution} {claims[0].version}" if claims else None


def installed_names() -> frozenset[str]:
    return frozenset(installed_plugins())


def installed_version(distribution: str) -> str | None:
    """The version of a distribution, or None when it is not installed as one. Read as often as installed_plugins()."""
    return _version(distribution, tuple(sys.path))


@functools.lru_cache(maxsize=8)
def _version(distribution: str, path: tuple[str, ...]) -> str | None:
    # 40 ms that an application without a single installed plugin need not pay
    import importlib_metadata

    try:
        return importlib_metadata.version(distribution)
    except importlib_metadata.PackageNotFoundError:
        return None


@functools.lru_cache(maxsize=1)
def _scan(path: tuple[str, ...]) -> Mapping[str, tuple[InstalledPlugin, ...]]:
    # see _version
    import importlib_metadata

    found: dict[str, dict[str, InstalledPlugin]] = {}
    for distribution in importlib_metadata.distributions(path=list(path)):
        for one in _readable_plugins_of(distribution):
            # the first of two copies of one distribution is the one that imports find
            found.setdefault(one.name, {}).setdefault(canonical(one.distribution), one)
    return MappingProxyType({name: tuple(claims.values()) for name, claims in found.items()})


def _readable_plugins_of(distribution: Any) -> list[InstalledPlugin]:
    try:
        return _plugins_of(distribution)
    except Exception:
        # a half-removed or damaged distribution must not stop an application that does not use it
        place = getattr(distribution, "_path", "a distribution")
        log.warning("the plugins of '%s' cannot be read: install it anew, or remove it", place)
        log.debug("reading '%s' failed", place, exc_info=True)
        return []


def _plugins_of(distribution: Any) -> list[InstalledPlugin]:
    # parsing the metadata of every distribution would be a hundred times slower than looking at this one file
    text = distribution.read_text("entry_points.txt")
    if not text or GROUP not in text:
        return []
    # parsed anew at each access
    metadata = distribution.metadata
    requires = tuple(distribution.requires or ())
    return [
        InstalledPlugin(one.name, one.value, metadata["Name"] or "unknown", metadata["Version"] or "unknown", requires)
        for one in distribution.entry_points
        if one.group == GROUP
    ]


def canonical(distribution: str) -> str:
    """A distribution's name in the form in which two spellings of it are equal."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
