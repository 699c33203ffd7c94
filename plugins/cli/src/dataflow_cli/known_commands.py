"""The commands of first-party plugins, known without an import: for ``--help``, and for who has not installed or named one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import attrs


@attrs.frozen
class KnownCommand:
    """``extra`` of the distribution ``dataflow`` brings the plugin of the same name."""

    summary: str
    extra: str

    @property
    def is_installed(self) -> bool:
        return importlib.util.find_spec(f"dataflow_{self.extra}") is not None

    @property
    def way(self) -> str:
        """How to have it."""
        if self.is_installed:
            return f'name its plugin in plugins.toml: plugins = [..., "{self.extra}"]'
        return f'install its plugin: pip install "dataflow[{self.extra}]"'


KNOWN: Mapping[str, KnownCommand] = {
    "visualize": KnownCommand("Draw the workflows of a Python file.", "visualize"),
}
