"""A run step by step, with how long each took."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow import Workflow
from dataflow.runtimes.events import Event
from dataflow.workflows.pictures import StepState


@attrs.define(eq=False)
class Timings:
    """Give ``note`` to ``execute`` as ``on_event``."""

    elapsed_ms: dict[str, float] = attrs.field(factory=dict)

    def note(self, event: Event) -> None:
        """Take the time of a step that has finished."""
        if event.area == "result" and event.node_id is not None and event.elapsed_ms is not None:
            self.elapsed_ms[event.node_id] = event.elapsed_ms

    def states(self) -> dict[str, StepState]:
        """What a picture of the run shows."""
        return {name: StepState("ok", elapsed) for name, elapsed in self.elapsed_ms.items()}


def picture(workflow: Workflow, timings: Timings) -> Iterator[str]:
    """The steps in order, members of a transaction under it, each with its time and where its inputs come from."""
    outer = {member: scope for scope, members in workflow.scopes.items() for member in members}
    width = max(len(name) for name in workflow.order) + 2 * bool(outer)
    kinds = max(len(step.node.name) for step in workflow.steps.values())
    for name in workflow.order:
        label = f"{'| ' if name in outer else ''}{name}".ljust(width)
        took = f"{timings.elapsed_ms[name]:8.2f} ms" if name in timings.elapsed_ms else " " * 11
        given = [
            f"{'.'.join(one.input)} <- {one.source}.{'.'.join(one.output)}"
            for one in workflow.connections
            if one.target == name and one.source != outer.get(name)
        ]
        waits = [f"after {one}" for one in workflow.steps[name].after]
        yield f"{label}  {workflow.steps[name].node.name:{kinds}}  {took}   {', '.join([*given, *waits])}".rstrip()
