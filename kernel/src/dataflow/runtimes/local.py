"""``LocalRuntime``: runs workflows for plain code, on a background loop of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Never

import attrs

from dataflow.diagnostics import DataFlowError, NodeFailed
from dataflow.runtimes.async_local import AsyncLocalRuntime
from dataflow.runtimes.events import OnEvent
from dataflow.runtimes.loop import LoopThread
from dataflow.runtimes.settings import check_concurrency
from dataflow.values.answer import Outcome
from dataflow.workflows.workflow import Workflow


@attrs.define(eq=False)
class LocalRuntime:
    """``with LocalRuntime() as runtime: results, run_id = runtime.execute(workflow.build())``.

    One event loop on one thread for its whole life, so the pools of the workflows' instances live across
    ``execute`` calls. Works inside a running loop too (a notebook, a request handler): the caller's loop
    is then blocked meanwhile. One that is never closed does not keep the process from exiting.
    ``max_concurrency`` bounds how many nodes of one run are under way at once; 0 means no bound.
    """

    max_concurrency: int = attrs.field(default=0, validator=check_concurrency)
    _runtime: AsyncLocalRuntime = attrs.field(init=False)
    _thread: LoopThread = attrs.field(init=False, factory=lambda: LoopThread("LocalRuntime"))

    def __attrs_post_init__(self) -> None:
        self._runtime = AsyncLocalRuntime(max_concurrency=self.max_concurrency)

    def execute(
        self,
        workflow: Workflow,
        inputs: Mapping[str, Any] | None = None,
        *,
        on_event: OnEvent | None = None,
        **unknown: Never,
    ) -> Outcome:
        """Run a built workflow and wait for it: ``(results by node id, run id)``.

        :param on_event: called with each start, finish, error and skip, on the runtime's thread.
        :raises NodeFailed: when a node fails; it names the node and carries the finished results.
        :raises ExecutionError: DF-X104 after close.
        """
        try:
            return self._thread.run(
                self._runtime.execute_workflow_async(workflow, inputs, on_event=on_event, **unknown)
            )
        except NodeFailed:
            raise
        except DataFlowError as error:
            # the loop's thread has no line of the user's; this one has
            raise error.located().with_traceback(None) from error.__cause__

    def close(self) -> None:
        """Stop the loop after cancelling what runs. Idempotent; a run after it is DF-X104."""
        self._thread.close()

    def __enter__(self) -> LocalRuntime:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
