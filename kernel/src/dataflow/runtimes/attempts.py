"""A step with what was asked for besides: more attempts, a time limit, one call per item of a list."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of
from dataflow.nodes.node_type import Path
from dataflow.runtimes.activities import Measured
from dataflow.runtimes.plan import Task
from dataflow.workflows.paths import pick, place
from dataflow.workflows.workflow import Retry

MAP_CONCURRENCY = 64

#: mistakes do not go away by trying again
HOPELESS = ("DF-N", "DF-M", "DF-W", "DF-C", "DF-P", "DF-X102", "DF-X103", "DF-X104", "DF-A101")


@attrs.frozen(eq=False)
class Attempts:
    """Runs one step of a plan; ``retrying`` is told of an attempt that failed before there is another."""

    task: Task
    retrying: Callable[[Task, int, Exception], None]
    measured: Measured = attrs.field(factory=Measured)

    async def __call__(self, params: Mapping[str, Any]) -> Any:
        step = self.task.step
        assert step is not None
        if step.map_over is None:
            return await self._attempts(params)
        return await self._mapped(params, tuple(step.map_over.split(".")))

    async def _mapped(self, params: Mapping[str, Any], path: Path) -> Any:
        """One call per item of the list at ``path``, at most ``MAP_CONCURRENCY`` at a time."""
        items = pick(params, path)
        if not isinstance(items, list | tuple):
            raise error_of(_not_a_list(".".join(path), items))
        results: list[Any] = [None] * len(items)
        numbered = iter(enumerate(items))

        async def work() -> None:
            for index, item in numbered:
                own = dict(params)
                place(own, path, item)
                try:
                    results[index] = await self._attempts(own)
                except DataFlowError as error:
                    raise error_of([_of_item(one, index) for one in error.problems]) from error.__cause__

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(items), MAP_CONCURRENCY)):
                    group.create_task(work())
        except BaseExceptionGroup as failures:
            first = failures.exceptions[0]
            raise first from first.__cause__
        return {"records": results, "count": len(results)}

    async def _attempts(self, params: Mapping[str, Any]) -> Any:
        retry = self.task.step.retry if self.task.step is not None else None
        retry = retry or Retry(attempts=1)
        for attempt in range(1, retry.attempts + 1):
            try:
                return await self._once(params)
            except Exception as error:
                if attempt == retry.attempts or _is_hopeless(error):
                    raise
                self.retrying(self.task, attempt, error)
                await asyncio.sleep(_pause_s(retry, attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, params: Mapping[str, Any]) -> Any:
        bind, execute = self.task.bind, self.task.execute
        assert bind is not None
        assert execute is not None
        assert self.task.step is not None
        timeout_s = self.task.step.timeout_s
        if timeout_s is None:
            return await execute(self.measured.bound(lambda: bind(params)))
        deadline = asyncio.timeout(timeout_s)
        try:
            async with deadline:
                return await execute(self.measured.bound(lambda: bind(params)))
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise error_of(_too_late(timeout_s)) from error


def _of_item(problem: Problem, index: int) -> Problem:
    return attrs.evolve(problem, context={"item": index, **problem.context})


def _pause_s(retry: Retry, attempt: int) -> float:
    # full jitter: callers that failed together do not come back together
    return random.uniform(0, min(retry.max_delay_s, retry.delay_s * 2 ** (attempt - 1)))  # noqa: S311


def _is_hopeless(error: Exception) -> bool:
    return isinstance(error, DataFlowError) and error.code.startswith(HOPELESS)


def _too_late(timeout_s: float) -> Problem:
    return Problem(
        code="DF-X106",
        message=f"the node took longer than its timeout of {timeout_s:g} s and was cancelled",
        where=Where(),
        context={"timeout_s": timeout_s},
        cause="'timeout_s' was given for this step",
        solutions=(Solution("give it more time:", "add_node(..., timeout_s=...)"),),
    )


def _not_a_list(name: str, value: object) -> Problem:
    return Problem(
        code="DF-N104",
        message=f"'{name}' to map over must be a list, not a {type(value).__name__}",
        where=Where(path=(name,)),
        context={"given": value},
        cause="map_over runs the node once for each item of a list",
    )
