"""The plugins of the profile that is in force where the command is called, and the commands that they give."""

from __future__ import annotations

import functools
import warnings

import attrs
import click
from importlib_metadata import entry_points

from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.loading import draft_config
from dataflow.diagnostics import error_of
from dataflow.plugins.loading import load_plugins
from dataflow.plugins.registry import PluginSet

#: what a profile for real data says of a database that is not given, or in memory: a list of commands opens none
_OF_A_DATABASE = frozenset(("DF-C303", "DF-C304"))


def plugin_commands() -> tuple[click.Command, ...]:
    """Every command of every plugin.

    :raises DataFlowError: when the configuration or a plugin cannot be loaded.
    """
    return tuple(loaded_plugins().commands())


@functools.cache
def loaded_plugins() -> PluginSet:
    """The plugins that are in force here but an adapter's, whose driver no list of commands or codes should import.

    :raises DataFlowError: when the configuration or a plugin cannot be loaded.
    """
    with warnings.catch_warnings():
        # told again, at their place, by the command that makes an instance
        warnings.simplefilter("ignore")
        draft = draft_config(None, {})
        problems = [problem for problem in draft.problems if problem.code not in _OF_A_DATABASE]
        if problems:
            raise error_of(problems)
        asked = tuple(one for one in draft.config.plugins if one.name not in ADAPTERS.values())
        return load_plugins(attrs.evolve(draft.config, plugins=asked))


def installed_command(plugin: str, name: str) -> click.Command | None:
    """A command of a plugin of the framework that is installed, whoever loads it."""
    (point,) = entry_points(group="dataflow.plugins", name=plugin)
    return next((one for one in point.load()().dataflow_commands() if one.name == name), None)
