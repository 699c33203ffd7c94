"""The commands that plugins give: those of the profile that is in force where the command is called."""

from __future__ import annotations

import functools
import warnings

import attrs
import click

from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.loading import load_config
from dataflow.plugins.loading import load_plugins


@functools.cache
def plugin_commands() -> tuple[click.Command, ...]:
    """Every command of every plugin but an adapter's, whose driver no list of commands should import.

    :raises DataFlowError: when the configuration or a plugin cannot be loaded.
    """
    with warnings.catch_warnings():
        # told again, at their place, by the command that makes an instance
        warnings.simplefilter("ignore")
        config = load_config()
        asked = tuple(one for one in config.plugins if one.name not in ADAPTERS.values())
        return tuple(load_plugins(attrs.evolve(config, plugins=asked)).commands())
