"""The commands of first-party plugins, known without an import: for ``--help``, and for who has not installed or named one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import attrs


@attrs.frozen
class KnownCommand:
    """``extra`` of the distribution ``dataflow`` brings the plugin of the same name.

    ``is_the_applications``: the file that the command is about loads the plugin, whatever the profile says.
    """

    summary: str
    extra: str
    is_the_applications: bool = False

    @property
    def is_installed(self) -> bool:
        return importlib.util.find_spec(f"dataflow_{self.extra.replace('-', '_')}") is not None

    @property
    def way(self) -> str:
        """How to have it."""
        if self.is_installed:
            return f'name its plugin in plugins.toml: plugins = [..., "{self.extra}"]'
        return f'install its plugin: pip install "dataflow[{self.extra}]"'


KNOWN: Mapping[str, KnownCommand] = {
    "generate": KnownCommand("Write models of the tables of a database.", "migrations", is_the_applications=True),
    "migrate": KnownCommand(
        "Plan, apply and undo changes of a database's schema.", "migrations", is_the_applications=True
    ),
    "generate-data": KnownCommand("Fill the tables of a Python file's models with test data.", "generate-data"),
    "profile": KnownCommand("Run the workflows of a Python file and show where their time goes.", "profile"),
    "visualize": KnownCommand("Draw the workflows of a Python file.", "visualize"),
}
