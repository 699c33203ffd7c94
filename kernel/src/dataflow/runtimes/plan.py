"""A workflow compiled for execution: numbers instead of names, one call per step.

The commit of a transaction scope is a step of its own, after the scope's members; whatever stands
outside the scope and depends on a member depends on the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from dataflow.nodes.node_type import Path
from dataflow.operations.operation import Executor, Operation
from dataflow.workflows.workflow import Step, Workflow

Bind = Callable[[Mapping[str, Any]], Operation]


@attrs.frozen
class Wire:
    """One connection: from the result in a slot, by a path, into a parameter's place."""

    source: int
    output: Path
    input: Path
    #: the name in a workflow's inputs, when it comes from there
    workflow_input: str | None = None


@attrs.frozen(eq=False)
class Task:
    """One slot of the plan. ``commits`` is the slot of the scope that this one ends, for a commit."""

    number: int
    id: str
    step: Step | None
    bind: Bind | None
    execute: Executor | None
    params: Mapping[str, Any]
    wires: tuple[Wire, ...]
    waits: int
    then: tuple[int, ...]
    commits: int | None = None
    #: whether nothing was asked for that needs the longer way: retry, timeout, mapping
    is_plain: bool = True


@attrs.frozen(eq=False)
class Plan:
    tasks: tuple[Task, ...]
    roots: tuple[int, ...]
    waits: tuple[int, ...]
    #: whether every task has at most one successor and there is one root: no concurrency to be had
    is_chain: bool


_plans: WeakKeyDictionary[Workflow, Plan] = WeakKeyDictionary()


def plan_of(workflow: Workflow) -> Plan:
    """The plan of a workflow, compiled once."""
    plan = _plans.get(workflow)
    if plan is None:
        plan = _plans[workflow] = _compile(workflow)
    return plan


def _compile(workflow: Workflow) -> Plan:
    numbers = {step_id: number for number, step_id in enumerate(workflow.order)}
    commits = {scope: len(numbers) + number for number, scope in enumerate(workflow.scopes)}
    waits_for = _prerequisites(workflow, numbers, commits)
    then: dict[int, list[int]] = {number: [] for number in waits_for}
    for number, others in waits_for.items():
        for other in others:
            then[other].append(number)
    wires = _wires(workflow, numbers)
    tasks = [
        _task(workflow.steps[step_id], number, tuple(wires[number]), len(waits_for[number]), tuple(then[number]))
        for step_id, number in numbers.items()
    ]
    for scope, number in commits.items():
        tasks.append(
            Task(number, scope, None, None, None, {}, (), len(waits_for[number]), tuple(then[number]), numbers[scope])
        )
    roots = tuple(task.number for task in tasks if not task.waits)
    is_chain = len(roots) == 1 and all(len(task.then) <= 1 for task in tasks)
    return Plan(tuple(tasks), roots, tuple(task.waits for task in tasks), is_chain)


def _task(step: Step, number: int, wires: tuple[Wire, ...], waits: int, then: tuple[int, ...]) -> Task:
    return Task(
        number=number,
        id=step.id,
        step=step,
        bind=step.node.behaviour.bind,
        execute=step.app.pipeline(step.node),
        params=dict(step.params),
        wires=wires,
        waits=waits,
        then=then,
        is_plain=step.retry is None and step.timeout_s is None and step.map_over is None,
    )


def _wires(workflow: Workflow, numbers: Mapping[str, int]) -> dict[int, list[Wire]]:
    wires: dict[int, list[Wire]] = {number: [] for number in numbers.values()}
    for connection in workflow.connections:
        from_inputs = connection.source not in numbers
        wires[numbers[connection.target]].append(
            Wire(
                source=-1 if from_inputs else numbers[connection.source],
                output=connection.output,
                input=connection.input,
                workflow_input=connection.output[0] if from_inputs else None,
            )
        )
    return wires


def _prerequisites(workflow: Workflow, numbers: Mapping[str, int], commits: Mapping[str, int]) -> dict[int, set[int]]:
    enclosing = {step_id: _enclosing(workflow, step_id) for step_id in numbers}
    waits_for: dict[int, set[int]] = {number: set() for number in (*numbers.values(), *commits.values())}
    edges = [(one.source, one.target) for one in workflow.connections if one.source in numbers]
    edges += [(before, step.id) for step in workflow.steps.values() for before in step.after]
    for source, target in edges:
        left = [scope for scope in enclosing[source] if scope not in enclosing[target] and scope != target]
        waits_for[numbers[target]].add(commits[left[-1]] if left else numbers[source])
    for scope, members in workflow.scopes.items():
        waits_for[commits[scope]] |= {commits.get(member, numbers[member]) for member in members}
        waits_for[commits[scope]].add(numbers[scope])
    return waits_for


def _enclosing(workflow: Workflow, step_id: str) -> list[str]:
    """The scopes around a step, innermost first."""
    around: list[str] = []
    while True:
        outer = next((scope for scope, members in workflow.scopes.items() if step_id in members), None)
        if outer is None or outer in around:
            return around
        around.append(outer)
        step_id = outer
