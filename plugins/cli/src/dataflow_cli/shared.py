"""What this distribution shares with the commands of plugins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.output import Output, shows_colour

if TYPE_CHECKING:
    from dataflow.plugins.command_line import Application


class Shared:
    """The ``CommandLine`` that every command finds as ``obj`` of its context."""

    def load(self, file: Path) -> Application:
        """Import a user's file."""
        # it needs the kernel, which no `--help` pays for
        from dataflow_cli.application import load_application

        return load_application(file)

    def output(self, as_json: bool, no_color: bool) -> Output:
        """Where a command prints to."""
        if no_color:
            os.environ["NO_COLOR"] = "1"
        return Output(as_json, shows_colour())
