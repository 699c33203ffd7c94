"""Whether a plugin of somebody else's is asked for here: what commands it gives, only importing it and the kernel tells."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: the names of the framework's own plugins, whose commands ``known_commands`` lists
OWN_PLUGINS = frozenset(
    (
        "sqlite", "cli", "progress", "postgres", "mysql", "migrations", "risk", "mitigation", "foreign-keys", "renames",
        "staging", "locks", "checkpoints", "tenancy", "cache", "trace", "audit", "encryption", "monitoring", "otel",
        "persistence", "testkit", "visualize", "generate-data", "profile",
    )
)  # fmt: skip


def asks_for_strangers() -> bool:
    """Whether any profile of the plugins.toml in force names a plugin that is not the framework's own.

    Built-in profiles name none, and variables choose a profile and its options, but no plugin.
    """
    return any(str(name) not in OWN_PLUGINS for name in _named())


def _named() -> Iterator[Any]:
    try:
        profiles = tomllib.loads(_text()).get("profiles", {})
        for table in profiles.values():
            yield from table.get("plugins", ())
            yield from table.get("optional", ())
    except (OSError, ValueError, TypeError, AttributeError):
        # a file that nobody can read, or of another form: whoever runs a command is told
        return


def _text() -> str:
    given = os.environ.get("DATAFLOW_PLUGINS_TOML")
    here = Path.cwd()
    files = [Path(given)] if given else [folder / "plugins.toml" for folder in (here, *here.parents)]
    file = next((one for one in files if one.is_file()), None)
    return "" if file is None else file.read_text(encoding="utf-8")
