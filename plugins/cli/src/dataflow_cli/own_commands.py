"""The commands of this distribution by name; the module of a command is imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import attrs
import click


@attrs.frozen
class Entry:
    """Where a command is, and its line in the list of commands, which is shown without importing it."""

    module: str
    summary: str


OWN: Mapping[str, Entry] = {
    "config": Entry("configuration", "Show every option, its value and who decided it."),
    "demo": Entry("demo", "A tour on SQLite that shows what it does."),
    "explain": Entry("explain", "Show the page of an error's code."),
    "inspect": Entry("inspect", "Show models, nodes and workflows of a Python file."),
    "new": Entry("new", "Write a new application that runs."),
    "plugins": Entry("plugins", "Show the plugins in order, and where each comes from."),
    "validate": Entry("validate", "Check the models and workflows of a Python file."),
}


def own_command(name: str) -> click.Command | None:
    """A command by its name; None when it is not of this distribution."""
    entry = OWN.get(name)
    if entry is None:
        return None
    command: click.Command = importlib.import_module(f"dataflow_cli.commands.{entry.module}").command
    return command


def own_commands() -> list[click.Command]:
    """All of them, imported."""
    return [command for command in map(own_command, OWN) if command is not None]
