"""One run of a plan: a step starts the moment its own inputs are ready.

A task is started only where there is concurrency to be had: the first step that becomes ready goes on in
the task that made it ready, the others get their own. A task costs 6 microseconds, a semaphore 1,
``asyncio.wait_for`` 14.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, NodeFailed, Problem, Solution, Where
from dataflow.diagnostics.problem import THIS_NODE
from dataflow.nodes.node_type import NodeType
from dataflow.operations.pipeline import is_asked_from_outside
from dataflow.operations.service import raised
from dataflow.retrying import is_conflict, pause
from dataflow.runtimes.activities import Activity, during, told
from dataflow.runtimes.attempts import Attempts
from dataflow.runtimes.branches import Branches, OpenedScope
from dataflow.runtimes.events import Area, OnEvent
from dataflow.runtimes.open_scopes import OpenScopes
from dataflow.runtimes.plan import Block, Plan, Task, Wire
from dataflow.transactions import COMMITTED, Ambient, end
from dataflow.values.answer import Answer
from dataflow.workflows.paths import own, pick, place


class Skipped:
    """The result of a step whose branch was not taken."""

    def __repr__(self) -> str:
        return "<skipped>"


SKIPPED = Skipped()


@attrs.define(eq=False)
class Run:
    """The state of one execution."""

    plan: Plan
    run_id: str
    inputs: Mapping[str, Any]
    max_concurrency: int
    on_event: OnEvent | None = None
    on_progress: OnEvent | None = None
    results: list[Any] = attrs.field(init=False)
    _waits: list[int] = attrs.field(init=False)
    _scopes: OpenScopes = attrs.field(factory=OpenScopes)
    _ready: deque[int] = attrs.field(factory=deque)
    _ready_since: dict[int, float] = attrs.field(factory=dict)
    _group: asyncio.TaskGroup | None = None
    _active: int = 0
    _failure: NodeFailed | None = None

    def __attrs_post_init__(self) -> None:
        self.results = [SKIPPED] * len(self.plan.tasks)
        self._waits = list(self.plan.waits)

    async def execute(self) -> dict[str, Any]:
        """The results by step.

        :raises NodeFailed: the first failure; everything else that ran is then cancelled and has ended.
        """
        try:
            if self.plan.has_scopes:
                await self._scopes.bounded(self._work)
            else:
                await self._work()
        except BaseException as error:
            if self._scopes.overdue is not None:
                self._failed(self.plan.tasks[self._scopes.overdue], error)
            await self._roll_back()
            if self._failure is not None and not isinstance(error, asyncio.CancelledError):
                self._failure.results = self.finished()
                raise self._failure from self._failure.__cause__
            raise
        return self.finished()

    def _work(self) -> Awaitable[None]:
        return self._follow(self.plan.roots[0]) if self.plan.is_chain else self._concurrently()

    def finished(self) -> dict[str, Any]:
        """What has been computed so far, without steps that did not run."""
        return Answer(
            {
                task.id: Answer(result) if type(result) is dict else result
                for task, result in zip(self.plan.tasks, self.results, strict=True)
                if result is not SKIPPED and task.commits is None
            }
        )

    async def _concurrently(self) -> None:
        try:
            async with asyncio.TaskGroup() as self._group:
                for number in self.plan.roots:
                    self._start(number)
        except BaseExceptionGroup as group:
            # one failure cancels the rest; what the rest answer to that is not the cause
            first = group.exceptions[0]
            raise first from first.__cause__

    def _start(self, number: int) -> None:
        if self.on_event is not None:
            self._ready_since[number] = time.perf_counter()
        if self.max_concurrency and self._active >= self.max_concurrency:
            self._ready.append(number)
            return
        self._active += 1
        assert self._group is not None
        self._group.create_task(self._serve(number))

    async def _serve(self, number: int) -> None:
        await self._follow(number)
        while self._ready:
            await self._follow(self._ready.popleft())
        self._active -= 1

    async def _follow(self, number: int) -> None:
        """Run a step and then, in this task, what it made ready first."""
        tasks, waits, results = self.plan.tasks, self._waits, self.results
        while True:
            task = tasks[number]
            results[number] = await self._step(task)
            following = -1
            for other in task.then:
                waits[other] -= 1
                if waits[other]:
                    continue
                if following < 0:
                    following = other
                else:
                    self._start(other)
            if following < 0:
                return
            number = following

    async def _step(self, task: Task) -> Any:
        if task.commits is not None:
            return await self._commit(task)
        if task.block is not None:
            return await self._repeated(task, task.block)
        try:
            params = self._params(task)
            if params is SKIPPED:
                self._tell("skip", "skipped", task)
                return SKIPPED
            ambient = task.ambient
            result = await (self._run(task, params) if ambient is None else self._around(task, ambient, params))
        except BaseException as error:
            if is_asked_from_outside(error):
                raise
            failure = self._failed(task, error)
            raise failure from failure.__cause__
        if isinstance(result, OpenedScope):
            self._scopes.opened(task.number, result)
            return {"start": result.transaction}
        return result

    async def _repeated(self, task: Task, block: Block) -> Any:
        """A scope with all that runs in it; the whole again where others were in its way."""
        for attempt in range(1, block.retries + 2):
            run = Run(block.plan, self.run_id, self.inputs, self.max_concurrency, self.on_event, self.on_progress)
            run.results = list(self.results)
            try:
                await run.execute()
            except NodeFailed as failure:
                if attempt <= block.retries and is_conflict(failure):
                    self._tell_retry(task, attempt, failure)
                    await pause(attempt)
                    continue
                self._failure = self._failure or failure
                raise
            finally:
                for number in block.numbers:
                    self.results[number] = run.results[number]
            return self.results[task.number]
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _around(self, task: Task, ambient: Ambient, params: Mapping[str, Any]) -> Any:
        """Run a step; what its own code asks of the database joins the scope around the step."""
        scope: Any = SKIPPED if task.inside is None else self.results[task.inside]
        if scope is SKIPPED:
            return await self._run(task, params)
        token = ambient.set(scope["start"])
        try:
            return await self._run(task, params)
        finally:
            ambient.reset(token)

    def _run(self, task: Task, params: Mapping[str, Any]) -> Awaitable[Any]:
        # no coroutine of its own: each costs a microsecond and is passed at every suspension of the step
        if task.is_plain and self.on_event is None and (self.on_progress is None or not task.has_progress):
            assert task.bind is not None
            assert task.execute is not None
            return task.execute(task.bind(params))
        return self._observed(task, params)

    def _params(self, task: Task) -> Any:
        given = own(task.params) if task.is_changeable else task.params
        if not task.wires:
            return given
        params = dict(given)
        live = 0
        for wire in task.wires:
            value = self._value(wire)
            if value is not SKIPPED:
                live += 1
                if wire.is_operand and isinstance(value, Mapping):
                    value = {"$eq": value}
                place(params, wire.input, value)
            elif not _is_merge(task):
                return SKIPPED
        return params if live else SKIPPED

    def _value(self, wire: Wire) -> Any:
        if wire.workflow_input is not None:
            return pick(self.inputs[wire.workflow_input], wire.output[1:])
        result = self.results[wire.source]
        if result is SKIPPED or (isinstance(result, Branches) and wire.output[0] not in result):
            return SKIPPED
        return pick(result, wire.output)

    async def _observed(self, task: Task, params: Mapping[str, Any]) -> Any:
        """The longer way: events, retry, timeout, mapping."""
        attempts = Attempts(task, self._tell_retry)

        async def work() -> Any:
            if task.has_progress and self.on_progress is not None and params.get("progress") is None:
                return await self._telling_progress(attempts, params, self.on_progress)
            return await attempts(params)

        if self.on_event is None:
            return await work()
        queued_ms = self._queued_ms(task)
        return await told(self._activity(task), work, self.on_event, params, attempts.measured, queued_ms=queued_ms)

    def _queued_ms(self, task: Task) -> float:
        """How long a step has waited since its inputs were there; one that goes on in its predecessor's task has not."""
        since = self._ready_since.pop(task.number, None)
        return 0.0 if since is None else round((time.perf_counter() - since) * 1000, 3)

    async def _telling_progress(self, attempts: Attempts, params: Mapping[str, Any], tell: OnEvent) -> Any:
        activity = self._activity(attempts.task)

        def batch(done: int, total: int) -> None:
            tell(activity.event("progress", "batch", details={"done": done, "total": total}))

        try:
            return await attempts({**params, "progress": batch})
        finally:
            tell(activity.event("progress", "end"))

    async def _commit(self, task: Task) -> Any:
        assert task.commits is not None
        transaction = self._scopes.ended(task.commits)
        if transaction is None:
            return SKIPPED
        try:
            with self._within(task.id):
                await end(transaction.commit(), None if self._scopes.any_open else COMMITTED)
        except Exception as error:
            self.results[task.commits] = SKIPPED
            failure = self._failed(task, error)
            raise failure from failure.__cause__
        self.results[task.commits] = {"committed": True}
        return True

    async def _roll_back(self) -> None:
        """Undo every open scope, innermost first."""
        while (number := self._scopes.innermost) is not None:
            transaction = self._scopes.ended(number)
            assert transaction is not None
            self._undone(number)
            try:
                with self._within(self.plan.tasks[number].id):
                    await end(transaction.rollback())
            except Exception as error:
                if self._failure is not None:
                    self._failure.add_note(f"the rollback failed too: {error}")

    def _undone(self, scope: int) -> None:
        """Say of a scope, and of those inside that had ended well, that nothing of it is left."""
        self.results[scope] = {"committed": False}
        for task in self.plan.tasks:
            if task.inside == scope and task.is_scope and self.results[task.number] is not SKIPPED:
                self._undone(task.number)

    def _failed(self, task: Task, error: BaseException) -> NodeFailed:
        call = None if task.step is None else task.step.call
        node: NodeType | None = None if task.step is None else task.step.node
        failure = node_failure(task.id, node, call, error, self.run_id)
        if self._failure is None:
            self._failure = failure
        return failure

    def _tell(self, area: Area, name: str, task: Task, **details: Any) -> None:
        if self.on_event is not None:
            self.on_event(self._activity(task).event(area, name, details=details))

    def _tell_retry(self, task: Task, attempt: int, error: Exception) -> None:
        self._tell("exec", "retry", task, attempt=attempt, error=error)

    def _within(self, node_id: str) -> AbstractContextManager[object]:
        """What happens inside is a node's own, where somebody observes."""
        return nullcontext() if self.on_event is None else during(Activity(run_id=self.run_id, node_id=node_id))

    def _activity(self, task: Task) -> Activity:
        assert task.step is not None
        node = task.step.node
        return Activity(
            run_id=self.run_id,
            node_id=task.id,
            node_type=node.name,
            model=None if node.model is None else node.model.name,
        )


def _is_merge(task: Task) -> bool:
    return task.step is not None and task.step.node.kind == "merge"


def node_failure(node_id: str, node: NodeType | None, call: Any, error: BaseException, run_id: str) -> NodeFailed:
    """The error of a run whose node failed: the node's own problems, at the place of its ``add_node``."""
    problems = error.problems if isinstance(error, DataFlowError) else (_foreign(error),)
    located = [
        attrs.evolve(
            one,
            where=attrs.evolve(
                one.where, node_id=node_id, node_type=None if node is None else node.name, call=call or one.where.call
            ),
            solutions=tuple(attrs.evolve(way, code=way.code.replace(THIS_NODE, node_id)) for way in one.solutions),
        )
        for one in problems
    ]
    return NodeFailed.of(located, node_id, run_id, error)


def _foreign(error: BaseException) -> Problem:
    return Problem(
        code="DF-X101",
        message=f"the node raised {raised(error)}",
        where=Where(),
        context={"exception": type(error).__name__},
        cause="the exception came from code of the application; the traceback above shows where",
        solutions=(
            Solution("let the code handle it, or try again what may pass by itself:", "add_node(..., retry=3)"),
        ),
    )
