"""A run of a single step to which nobody listens: what a ``Run`` keeps count of would be paid for and never used."""

from __future__ import annotations

from typing import Any

from dataflow.operations.pipeline import is_asked_from_outside
from dataflow.runtimes.plan import Task
from dataflow.runtimes.run import node_failure
from dataflow.values.answer import Answer


async def results_alone(task: Task, run_id: str) -> dict[str, Any]:
    """The result of the step, as a run gives it.

    :raises NodeFailed: when it fails.
    """
    assert task.bind is not None
    assert task.execute is not None
    assert task.step is not None
    try:
        result = await task.execute(task.bind(task.params))
    except BaseException as error:
        if is_asked_from_outside(error):
            raise
        failure = node_failure(task.id, task.step.node, task.step.call, error, run_id)
        raise failure from failure.__cause__
    return Answer({task.id: Answer(result) if type(result) is dict else result})
