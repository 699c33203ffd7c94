"""A built workflow: immutable data that any runtime may execute any number of times."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Problem, WorkflowBuildError
from dataflow.workflows.draft import Draft
from dataflow.workflows.loading import read_json, read_workflow
from dataflow.workflows.pictures import StepState, mermaid
from dataflow.workflows.schedule import Schedule, schedule_of
from dataflow.workflows.serial import written_workflow
from dataflow.workflows.sketching import Drawing, sketched
from dataflow.workflows.step import Connection, Retry, Step, WorkflowInput, read_only
from dataflow.workflows.steps import connections_of, steps_of
from dataflow.workflows.wording import worded

if TYPE_CHECKING:
    from dataflow.app import DataFlow

__all__ = ["Connection", "Retry", "Step", "Workflow", "WorkflowInput", "built", "checked"]


@attrs.frozen(kw_only=True, eq=False)
class Workflow:
    """What ``WorkflowBuilder.build()`` gives. ``order`` is topological; ``scopes`` maps a transaction
    scope's step to the steps that run inside it."""

    name: str
    steps: Mapping[str, Step] = attrs.field(converter=read_only)
    connections: tuple[Connection, ...]
    order: tuple[str, ...]
    inputs: Mapping[str, WorkflowInput] = attrs.field(factory=dict, converter=read_only)
    scopes: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=read_only)
    app: DataFlow = attrs.field(repr=False)

    @property
    def schedule(self) -> Schedule:
        """What waits for what, with the commits of scopes as moments of their own."""
        return schedule_of(self)

    def to_dict(self) -> dict[str, Any]:
        """The workflow as data that JSON can hold; values that JSON has no form for are tagged with their type.

        :raises WorkflowError: DF-W117 for what is no data, such as a Python function.
        """
        return written_workflow(self)

    def to_json(self, indent: int | None = None) -> str:
        """``to_dict()`` as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], app: DataFlow | None = None) -> Workflow:
        """The workflow that ``to_dict`` wrote, checked again; without ``app`` names are found as by a builder without one.

        :raises WorkflowError: DF-W118 when the data is not what ``to_dict`` gives.
        :raises WorkflowBuildError: when the models of the instance no longer fit it.
        """
        return built(read_workflow(data, app))

    @classmethod
    def from_json(cls, text: str, app: DataFlow | None = None) -> Workflow:
        """The workflow that ``to_json`` wrote."""
        return cls.from_dict(read_json(text), app)

    def to_mermaid(self, states: Mapping[str, StepState] | None = None) -> str:
        """A Mermaid flowchart; ``states`` make it the picture of a run."""
        return mermaid(self, states)

    def to_svg(self, states: Mapping[str, StepState] | None = None) -> str:
        """A self-contained SVG picture, by the latest plugin that draws; ``states`` make it the picture of a run."""
        # the kernel itself draws what nobody else does
        return self.app.plugins.picture(self, states or {}) or ""

    def show(self, states: Mapping[str, StepState] | None = None) -> str | None:
        """Display the picture in a notebook; elsewhere give the Mermaid text."""
        # a notebook has loaded IPython long before; nobody else need
        notebook = sys.modules.get("IPython")
        if notebook is None or notebook.get_ipython() is None:
            return self.to_mermaid(states)
        display = importlib.import_module("IPython.display")
        display.display(display.SVG(self.to_svg(states)))
        return None

    def _repr_svg_(self) -> str:
        return self.to_svg()


def built(draft: Draft) -> Workflow:
    """The workflow of a draft.

    :raises WorkflowBuildError: with every problem of every step.
    """
    workflow, problems = checked(draft)
    if problems or workflow is None:
        raise WorkflowBuildError.of(problems)
    return workflow


def checked(draft: Draft) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """The workflow of a draft, or all its problems; plugins are asked once the kernel finds none."""
    drawing = sketched(draft)
    if drawing.sketch.problems:
        return None, worded(drawing.sketch.problems)
    workflow = _workflow(drawing)
    apps = {id(step.app): step.app for step in workflow.steps.values()}
    problems = [problem for app in apps.values() for problem in app.plugins.check_workflow(workflow)]
    return workflow, worded(problems)


def _workflow(drawing: Drawing) -> Workflow:
    sketch = drawing.sketch
    assert drawing.app is not None  # a workflow of no instance has a problem
    return Workflow(
        name=sketch.name,
        steps=steps_of(sketch, drawing.order),
        connections=connections_of(sketch),
        order=drawing.order,
        inputs=sketch.inputs,
        scopes=sketch.scopes.members,
        app=drawing.app,
    )
