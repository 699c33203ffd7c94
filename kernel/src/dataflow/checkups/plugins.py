"""The plugins that are loaded, and those that are not there or cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dataflow.inspection.checkups import Checkup, Finding, passes, warns

if TYPE_CHECKING:
    from dataflow.app import DataFlow

#: codes of warnings that speak of plugins
OF_PLUGINS = ("DF-C206", "DF-C207", "DF-C208")


def plugins_checkup(app: DataFlow) -> Checkup:
    async def examine() -> Iterator[Finding]:
        return _found(app)

    return Checkup("plugins", examine)


def _found(app: DataFlow) -> Iterator[Finding]:
    states = app.plugins.inspect()
    loaded = [f"{one.name} {one.version}" if one.version else one.name for one in states.loaded]
    yield passes(f"{len(loaded)} loaded, in order: {', '.join(loaded)}")
    warned = [one for one in app.config.warnings if one.code in OF_PLUGINS]
    yield from map(warns, warned)
    for absent in states.absent:
        # one that is broken has a warning of its own
        if not any(one.message.startswith(f"optional plugin '{absent.name}'") for one in warned):
            yield passes(f"optional plugin '{absent.name}' is not loaded: {absent.reason}")
