"""What the command line gives to the commands of plugins, as ``obj`` of click's context."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from dataflow.diagnostics import DataFlowError

if TYPE_CHECKING:
    from dataflow.app import DataFlow
    from dataflow.inspection.report import Report
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.workflow import Workflow


@attrs.frozen
class Application:
    """What a user's file made when it was imported; ``workflows`` by the variables that hold them.

    ``error`` is the coded error that ended it early; what came before is still here. ``namespace`` are the names at the
    top of the file.
    """

    file: Path
    instances: tuple[DataFlow, ...]
    workflows: Mapping[str, WorkflowBuilder | Workflow]
    error: DataFlowError | None = None
    namespace: Mapping[str, Any] = attrs.field(factory=dict, repr=False)


class CommandOutput(Protocol):
    """Text for people, or one JSON object for programs."""

    def put(self, **data: Any) -> None:
        """Add to the JSON object; without ``--json`` nobody sees it."""

    def line(self, text: str = "") -> None:
        """Print one line; with ``--json`` nobody sees it."""

    def tables(self, report: Report) -> None:
        """A report: as tables where the terminal shows them, as its lines elsewhere; with ``--json`` nobody sees it."""

    def finish(self) -> None:
        """Print the JSON object, if that is asked for."""


class CommandLine(Protocol):
    """The same for every command, so that all of them load files and print alike."""

    def load(self, file: Path) -> Application:
        """Import a file, as ``import`` would; what it prints goes to stderr.

        :raises click.ClickException: when it raises anything but a coded error.
        """

    def output(self, as_json: bool, no_color: bool) -> CommandOutput:
        """Where a command prints to, from its options ``--json`` and ``--no-color``."""
