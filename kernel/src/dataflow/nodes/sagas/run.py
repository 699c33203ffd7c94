"""One run of a saga: step after step; when one fails, what undoes the finished ones, the last first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Solution, error_of
from dataflow.nodes.sagas.reading import WHERE
from dataflow.nodes.sagas.step import KEY, Call, NodeSource, SagaStep
from dataflow.retrying import pause
from dataflow.transactions import end
from dataflow.workflows.paths import pick, place


@attrs.define(eq=False)
class SagaRun:
    """``results`` are those of the finished steps by name, and under ``data`` the saga's own inputs."""

    source: NodeSource
    steps: Sequence[SagaStep]
    saga_id: str
    retries: int
    results: dict[str, Any]
    _done: list[SagaStep] = attrs.field(factory=list)
    _undone: list[str] = attrs.field(factory=list)
    _failed: dict[str, str] = attrs.field(factory=dict)

    async def run(self) -> dict[str, Any]:
        """The results of all steps.

        :raises TransactionError: DF-T111 when a step failed and all before it were undone, DF-T112 when some were not.
        """
        for step in self.steps:
            try:
                self.results[step.name] = await self._call(step.call, step.name)
            except BaseException as error:
                # a cancellation waits too: half of a saga must not stay
                await end(self._undo())
                if not isinstance(error, Exception):
                    error.add_note(self._account(step))
                    raise
                raise error_of(self._problem(step, error)) from error
            self._done.append(step)
        return {step.name: self.results[step.name] for step in self.steps}

    async def _call(self, call: Call, key: str) -> Any:
        params: dict[str, Any] = dict(call.params)
        for target, source in call.inputs.items():
            place(params, target, pick(self.results, source))
        if call.node.parameter(KEY) is not None:
            params.setdefault(KEY, f"{self.saga_id}:{key}")
        return await self.source.pipeline(call.node)(call.node.behaviour.bind(params))

    async def _undo(self) -> None:
        for step in reversed(self._done):
            if step.compensation is not None:
                await self._compensate(step, step.compensation)

    async def _compensate(self, step: SagaStep, call: Call) -> None:
        for attempt in range(1, self.retries + 2):
            try:
                await self._call(call, f"{step.name}:undo")
            except Exception as error:
                if attempt > self.retries:
                    self._failed[step.name] = _first_line(error)
                else:
                    await pause(attempt)
            else:
                self._undone.append(step.name)
                return

    def _account(self, failed: SagaStep) -> str:
        left = [step.name for step in self._done if step.name not in (*self._undone, *self._failed)]
        parts = [f"undone: {', '.join(self._undone) or 'none'}"]
        parts += [f"without compensation: {', '.join(left)}"] if left else []
        parts += [f"not undone: {', '.join(self._failed)}"] if self._failed else []
        return f"step '{failed.name}' did not finish; " + "; ".join(parts)

    def _problem(self, failed: SagaStep, error: Exception) -> Problem:
        left = [step.name for step in self._done if step.compensation is None]
        context: dict[str, Any] = {
            "saga": self.saga_id,
            "failed step": failed.name,
            "failure": _first_line(error),
            "undone": ", ".join(self._undone) or "none",
        }
        if left:
            context["without compensation"] = ", ".join(left)
        if not self._failed:
            return Problem(
                code="DF-T111",
                message=f"step '{failed.name}' of the saga failed, and what was done before it was undone",
                where=WHERE,
                context=context,
                cause=_first_line(error),
                solutions=(Solution("cure the step's own failure, and run the saga again"),),
            )
        return Problem(
            code="DF-T112",
            message=f"step '{failed.name}' of the saga failed, and {_quoted(self._failed)} could not be undone",
            where=WHERE,
            context={**context, **{f"undoing {name}": why for name, why in self._failed.items()}},
            cause=f"each compensation was tried {self.retries + 1} times",
            solutions=(
                Solution(
                    "undo by hand what the failed compensations name; their steps' results are:", str(self._results())
                ),
            ),
        )

    def _results(self) -> Mapping[str, Any]:
        return {name: self.results[name] for name in self._failed}


def _first_line(error: Exception) -> str:
    if isinstance(error, DataFlowError):
        return f"{error.code}: {error.message}"
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _quoted(names: Mapping[str, str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
