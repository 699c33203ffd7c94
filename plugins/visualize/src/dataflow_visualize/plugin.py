"""``VisualizePlugin``: the command ``dataflow visualize``, and the pictures that notebooks show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from dataflow import Workflow, WorkflowBuilder
    from dataflow.workflows.pictures import StepState


@attrs.define(eq=False)
class VisualizePlugin:
    """Draws when it is asked to; what draws is imported then, for every instance imports this module."""

    @hookimpl
    def dataflow_picture(self, workflow: Workflow | WorkflowBuilder, states: Mapping[str, StepState]) -> str:
        from dataflow_visualize.reading import read_picture
        from dataflow_visualize.svg import svg

        return svg(read_picture(workflow, states))

    @hookimpl
    def dataflow_commands(self) -> Iterable[click.Command]:
        from dataflow_visualize.command import visualize

        return (visualize,)
