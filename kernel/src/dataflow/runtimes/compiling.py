"""From a workflow to its plan, once."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from dataflow.runtimes.blocks import with_blocks
from dataflow.runtimes.plan import Plan, Task, Wire
from dataflow.workflows.schedule import Turn
from dataflow.workflows.schedule import Wire as Named
from dataflow.workflows.scopes import Commit, Moment
from dataflow.workflows.workflow import Step, Workflow

_plans: WeakKeyDictionary[Workflow, Plan] = WeakKeyDictionary()


def plan_of(workflow: Workflow) -> Plan:
    """The plan of a workflow, compiled once."""
    plan = _plans.get(workflow)
    if plan is None:
        plan = _plans[workflow] = _compile(workflow)
    return plan


def _compile(workflow: Workflow) -> Plan:
    schedule = workflow.schedule
    numbers = {turn.moment: number for number, turn in enumerate(schedule.turns)}
    tasks = with_blocks([_task(workflow, turn, numbers, schedule.outer) for turn in schedule.turns])
    roots = tuple(task.number for task in tasks if not task.waits)
    is_chain = len(roots) == 1 and all(len(task.then) <= 1 for task in tasks)
    waits = tuple(task.waits for task in tasks)
    return Plan(tasks, roots, waits, is_chain, bool(workflow.scopes), _alone(tasks))


def _alone(tasks: tuple[Task, ...]) -> Task | None:
    if len(tasks) != 1:
        return None
    only = tasks[0]
    return only if only.is_plain and not only.wires and not only.is_changeable else None


def _task(workflow: Workflow, turn: Turn, numbers: Mapping[Moment, int], outer: Mapping[str, str]) -> Task:
    number, then = numbers[turn.moment], tuple(numbers[other] for other in turn.then)
    if isinstance(turn.moment, Commit):
        scope = turn.moment.scope
        return Task(number, scope, None, None, None, {}, (), turn.waits, then, numbers[scope])
    step = workflow.steps[turn.moment]
    around = outer.get(step.id)
    return Task(
        number=number,
        id=step.id,
        step=step,
        bind=step.node.behaviour.bind,
        execute=step.app.pipeline(step.node),
        params=dict(step.params),
        wires=tuple(_wire(wire, numbers, step) for wire in turn.wires),
        waits=turn.waits,
        then=then,
        is_scope=step.id in workflow.scopes,
        inside=None if around is None else numbers[around],
        # a database node is given the transaction as a parameter
        ambient=None if around is None or step.node.is_database_node else workflow.steps[around].app.ambient,
        is_plain=step.retry is None and step.timeout_s is None and step.map_over is None,
        is_changeable=step.node.model is None and any(isinstance(one, dict | list) for one in step.params.values()),
        # the items of a mapped step would each tell of a whole of their own
        has_progress=step.map_over is None and any(one.name == "progress" for one in step.node.parameters),
    )


def _wire(wire: Named, numbers: Mapping[Moment, int], step: Step) -> Wire:
    first, last = wire.input[0], wire.input[-1]
    is_operand = step.node.model is not None and first == "filter" != last and not last.startswith("$")
    if wire.source in numbers:
        return Wire(numbers[wire.source], wire.output, wire.input, is_operand=is_operand)
    return Wire(-1, wire.output, wire.input, wire.output[0], is_operand)
