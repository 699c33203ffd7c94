"""The ``dataflow`` command."""

from __future__ import annotations

from dataflow_cli.entry import main
from dataflow_cli.plugin import CliPlugin

__all__ = ["CliPlugin", "main"]
