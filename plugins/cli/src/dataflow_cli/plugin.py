"""The plugin whose commands the ``dataflow`` command always has."""

from __future__ import annotations

from collections.abc import Iterable

import click
import pluggy

from dataflow_cli.own_commands import OWN

# the marker of the kernel, whose import would cost every `--help` a tenth of a second
hookimpl = pluggy.HookimplMarker("dataflow")


class CliPlugin:
    """Gives the commands of this distribution to whoever asks the hook for all of them."""

    @hookimpl
    def dataflow_commands(self) -> Iterable[click.Command]:
        return tuple(OWN.values())
