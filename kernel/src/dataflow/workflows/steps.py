"""From a sound sketch to the parts of a workflow, and back from a workflow to a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dataflow.models.model import MISSING
from dataflow.workflows.draft import ConnectionCall, Draft, InputCall, NodeCall
from dataflow.workflows.sketch import DraftStep, Sketch, written
from dataflow.workflows.step import Connection, Retry, Step

if TYPE_CHECKING:
    from dataflow.workflows.workflow import Workflow


def steps_of(sketch: Sketch, order: Sequence[str]) -> dict[str, Step]:
    return {step_id: _step(sketch, sketch.steps[step_id]) for step_id in order}


def _step(sketch: Sketch, step: DraftStep) -> Step:
    assert step.node is not None  # an unknown node type is a problem
    assert step.app is not None
    return Step(
        id=step.id,
        node=step.node,
        params=step.params,
        after=sketch.after[step.id],
        retry=_retry(step.call.retry),
        timeout_s=step.call.timeout_s,
        map_over=None if step.map_over is None else written(step.map_over),
        call=step.call.call,
        app=step.app,
        type=step.call.type,
        stored=_stored(step),
    )


def _retry(given: Any) -> Retry | None:
    return given if given is None or isinstance(given, Retry) else Retry(given)


def _stored(step: DraftStep) -> dict[str, Any]:
    """The parameters that make the step again: with those that chose the node's form and are in it now."""
    chose = step.general is not None and step.general.specialise is not None
    return {**step.call.params, **step.params} if chose else step.params


def connections_of(sketch: Sketch) -> tuple[Connection, ...]:
    return tuple(
        Connection(source=link.source, output=link.output, target=link.target, input=link.input, call=link.call.call)
        for link in sketch.links
    )


def draft_of(workflow: Workflow) -> Draft:
    """The calls that would build the same workflow."""
    draft = Draft(workflow.name, workflow.app)
    outer = {member: scope for scope, members in workflow.scopes.items() for member in members}
    for step in workflow.steps.values():
        draft.nodes.append(
            NodeCall(
                type=step.type,
                id=step.id,
                params=step.stored,
                after=step.after,
                retry=step.retry,
                timeout_s=step.timeout_s,
                map_over=step.map_over,
                scope=outer.get(step.id),
                app=step.app,
                was_built=True,
                call=step.call,
            )
        )
    for one in workflow.connections:
        source, target = written(one.output), written(one.input)
        draft.connections.append(
            ConnectionCall(source=one.source, output=source, target=one.target, input=target, call=one.call)
        )
    for name, declared in workflow.inputs.items():
        default = MISSING if declared.required else declared.default
        draft.inputs.append(InputCall(name=name, type=declared.type, default=default))
    return draft
