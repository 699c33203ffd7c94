"""``AsyncLocalRuntime``: runs workflows on the caller's own event loop."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Never

import attrs

from dataflow.awaiting import awaited
from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, Where, closest, error_of, misspelt
from dataflow.runtimes.activities import WITHIN, Activity, told
from dataflow.runtimes.alone import results_alone
from dataflow.runtimes.compiling import plan_of
from dataflow.runtimes.events import Area, OnEvent
from dataflow.runtimes.loop import closed
from dataflow.runtimes.run import Run
from dataflow.runtimes.settings import check_concurrency, told_by, unknown_setting
from dataflow.values.answer import Outcome
from dataflow.values.arguments import as_argument
from dataflow.values.faults import ValueFault
from dataflow.workflows.workflow import Workflow

PROGRESS: tuple[Area, ...] = ("progress",)
#: all that is told of a run
OF_RUNS = WITHIN + PROGRESS


@attrs.define(eq=False)
class AsyncLocalRuntime:
    """``await AsyncLocalRuntime().execute_workflow_async(workflow, inputs={...})``.

    ``max_concurrency`` bounds how many nodes of one run are under way at once; 0 means no bound.
    The connections belong to the workflow's instance, not to the runtime.
    """

    max_concurrency: int = attrs.field(default=0, validator=check_concurrency)
    _closed: bool = attrs.field(default=False, init=False)

    @awaited
    async def execute_workflow_async(
        self,
        workflow: Workflow,
        inputs: Mapping[str, Any] | None = None,
        *,
        on_event: OnEvent | None = None,
        **unknown: Never,
    ) -> Outcome:
        """Run a built workflow: ``(results by node id, run id)``.

        :raises NodeFailed: when a node fails; it names the node and carries the finished results.
        """
        return await self._executed(workflow, inputs, on_event, unknown)

    @awaited
    async def execute(
        self,
        workflow: Workflow,
        inputs: Mapping[str, Any] | None = None,
        *,
        on_event: OnEvent | None = None,
        **unknown: Never,
    ) -> Outcome:
        """The same as ``execute_workflow_async``."""
        return await self._executed(workflow, inputs, on_event, unknown)

    async def _executed(
        self,
        workflow: Workflow,
        inputs: Mapping[str, Any] | None,
        on_event: OnEvent | None,
        unknown: Mapping[str, object],
    ) -> Outcome:
        if self._closed:
            raise error_of(closed("AsyncLocalRuntime"))
        if unknown:
            raise error_of([unknown_setting(name) for name in unknown])
        checked = check_run(workflow, {} if inputs is None else inputs)
        telling = None if on_event is None else told_by(on_event)
        run_id = os.urandom(8).hex()
        plan, app = plan_of(workflow), workflow.app
        is_heard = telling is not None or bool(app.plugins.observers(*OF_RUNS))
        try:
            if plan.alone is not None and not is_heard:
                return Outcome((await results_alone(plan.alone, run_id), run_id))
            run = Run(
                plan=plan,
                run_id=run_id,
                inputs=checked,
                max_concurrency=self.max_concurrency,
                on_event=app.observer(telling, *WITHIN) if is_heard else None,
                on_progress=app.observer(telling, *PROGRESS) if is_heard else None,
            )
            # a caller is told of the nodes: of the whole run it knows
            tell = app.observer(None, *WITHIN) if is_heard else None
            if tell is None:
                return Outcome((await run.execute(), run_id))
            told_results = await told(Activity(run_id=run_id), run.execute, tell, checked, workflow=workflow.name)
            return Outcome((told_results, run_id))
        except DataFlowError as error:
            # it says which node and line it comes from; the frames of the run say nothing more
            raise error.with_traceback(None) from error.__cause__

    async def close(self) -> None:
        """Refuse further runs. Instances stay open: they are closed by themselves."""
        self._closed = True

    async def __aenter__(self) -> AsyncLocalRuntime:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def check_run(workflow: Workflow, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The workflow's inputs with their defaults, each of its type.

    :raises WorkflowError: DF-W116 for something that is not a built workflow, DF-W114 for the inputs.
    """
    if not isinstance(workflow, Workflow):
        raise error_of(_not_built(workflow))
    # an abstract class answers slowly
    if type(inputs) is not dict and not isinstance(inputs, Mapping):
        raise error_of(_not_named(inputs))
    if not inputs and not workflow.inputs:
        return {}
    problems: list[Problem] = []
    checked: dict[str, Any] = {}
    unknown = [name for name in inputs if name not in workflow.inputs]
    free = [name for name in workflow.inputs if name not in inputs]
    meant = misspelt(unknown, [name for name in free if workflow.inputs[name].required], free)
    for name, declared in workflow.inputs.items():
        if name in inputs:
            try:
                checked[name] = as_argument(declared.type, inputs[name])
            except ValueFault as fault:
                problems.append(_bad_input(name, inputs[name], fault))
        elif declared.required and name not in meant.values():
            problems.append(_missing_input(name, str(declared.type)))
        else:
            checked[name] = declared.default
    problems += [_unknown_input(name, workflow, free) for name in unknown]
    if problems:
        raise error_of(problems)
    return checked


def _not_built(given: object) -> Problem:
    builder = hasattr(given, "build")
    return Problem(
        code="DF-W116",
        message=f"a {type(given).__name__} cannot be executed; a built workflow can",
        where=Where(operation="execute"),
        context={"given": type(given).__name__},
        cause="build() checks the whole workflow before anything runs",
        solutions=(Solution("build it first:" if builder else "build one:", "runtime.execute(workflow.build())"),),
    )


def _not_named(given: object) -> Problem:
    return Problem(
        code="DF-W114",
        message=f"the inputs of a workflow are given as a dict, not as a {type(given).__name__}",
        where=Where(operation="execute"),
        context={"given": given},
        cause="inputs have names",
        solutions=(Solution("give them by name:", 'runtime.execute(workflow, inputs={"user_id": "u1"})'),),
    )


def _bad_input(name: str, value: object, fault: ValueFault) -> Problem:
    return Problem(
        code="DF-W114",
        message=f"wrong value for the workflow's input '{name}': expected {fault.expected}",
        where=Where(operation="execute", path=("inputs", name)),
        context={"input": name, "given": value, "given_type": type(value).__name__},
        cause="inputs are checked like the values of nodes",
        solutions=(
            Solution(
                "give a value of its type:", f'runtime.execute(workflow, inputs={{"{name}": {fault.hint or "..."}}})'
            ),
        ),
    )


def _missing_input(name: str, kind: str) -> Problem:
    return Problem(
        code="DF-W114",
        message=f"missing input '{name}' of the workflow",
        where=Where(operation="execute"),
        context={"input": name, "type": kind},
        cause="the workflow declares it without a default",
        solutions=(Solution("give it:", f'runtime.execute(workflow, inputs={{"{name}": ...}})'),),
    )


def _unknown_input(name: str, workflow: Workflow, free: Sequence[str]) -> Problem:
    near = closest(str(name), free) or closest(str(name), workflow.inputs)
    return Problem(
        code="DF-W114",
        message=f"unknown input '{name}' of the workflow" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=Where(operation="execute", path=("inputs", name)),
        context={"input": name, "declared": ", ".join(workflow.inputs) or "none"},
        cause="an input that nothing reads would be ignored in silence",
        solutions=(
            *(Solution(f"use '{one}':", f'runtime.execute(workflow, inputs={{"{one}": ...}})') for one in near[:1]),
            Solution("leave it out, or declare it:", f'workflow.add_input("{name}", str)'),
        ),
        fix=Fix("unsafe", edits=(Edit(("inputs", str(name)), "rename", near[0]),))
        if near and near[0] in free
        else None,
    )
