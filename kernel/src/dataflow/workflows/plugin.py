"""The kernel's own answer to ``dataflow_picture``, which any plugin may precede."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataflow.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.pictures import StepState
    from dataflow.workflows.workflow import Workflow


class KernelPictures:
    """A plain picture of what is built."""

    @hookimpl(trylast=True)
    def dataflow_picture(self, workflow: Workflow | WorkflowBuilder, states: Mapping[str, StepState]) -> str | None:
        # every instance has this plugin, and few have workflows
        from dataflow.workflows.svg import svg
        from dataflow.workflows.workflow import Workflow

        return svg(workflow, states) if isinstance(workflow, Workflow) else None
