"""The plugins of the profile that is in force where the command is called, and the commands that they give."""

from __future__ import annotations

import functools
import warnings

import attrs
import click

from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.loading import load_config
from dataflow.plugins.loading import load_plugins
from dataflow.plugins.registry import PluginSet


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
        config = load_config()
        asked = tuple(one for one in config.plugins if one.name not in ADAPTERS.values())
        return load_plugins(attrs.evolve(config, plugins=asked))
