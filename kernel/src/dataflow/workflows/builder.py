"""``WorkflowBuilder``: takes down what a workflow shall be; all checking happens at ``build()``, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Never

from dataflow.adapters import Isolation
from dataflow.diagnostics import CallSite, Problem, Solution, Where, error_of
from dataflow.models.model import MISSING
from dataflow.nodes.node_type import NodeType
from dataflow.workflows.draft import ConnectionCall, Draft, InputCall, NodeCall, WorkflowCall, taken_down
from dataflow.workflows.step import Retry
from dataflow.workflows.steps import draft_of
from dataflow.workflows.validation import Validation, validate_workflow
from dataflow.workflows.workflow import Workflow, built

if TYPE_CHECKING:
    from dataflow.app import DataFlow


class WorkflowBuilder:
    """Collects nodes and connections. May be used further after ``build()``, for another workflow.

    Without ``app``, each node name is found through the instance that registered it; when two have it,
    ``build()`` asks for ``WorkflowBuilder(db)`` or ``db.workflow()``.
    """

    def __init__(self, app: DataFlow | None = None, name: str = "workflow") -> None:
        if app is not None and not hasattr(app, "node_types"):
            raise error_of(_no_app(app))
        self.draft = Draft(name, app)
        self._scopes: list[str] = []

    def __repr__(self) -> str:
        return f"<WorkflowBuilder '{self.draft.name}' nodes={len(self.draft.nodes)} connections={len(self.draft.connections)}>"

    def add_node(
        self,
        type: str | NodeType | Callable[..., Any],
        id: str,
        params: Mapping[str, Any] | None = None,
        *,
        after: str | Sequence[str] = (),
        retry: int | Retry | None = None,
        timeout_s: float | None = None,
        map_over: str | None = None,
        **unknown: Never,
    ) -> str:
        """Add a step and give its id. ``type`` is a node's name or a Python function.

        ``after`` names steps to wait for without a value; ``map_over`` names an input that brings a list:
        the node runs once for each item, and its result is ``{"records": [...], "count": n}``.
        """
        self.draft.nodes.append(
            NodeCall(
                type=type,
                id=id,
                params={} if params is None else taken_down(params),
                after=after,
                retry=retry,
                timeout_s=timeout_s,
                map_over=map_over,
                unknown=unknown,
                scope=self._scopes[-1] if self._scopes else None,
                call=CallSite.here(1),
            )
        )
        return id

    def add_connection(self, source: str, output: str, target: str, input: str) -> None:
        """Bring an output of one step to an input of another.

        Dots lead inside: ``"records.0.id"``, ``"data.email"``; the output ``"*"`` is the whole result, and the
        source ``"inputs"`` the workflow's own inputs.
        """
        self.draft.connections.append(
            ConnectionCall(source=source, output=output, target=target, input=input, call=CallSite.here(1))
        )

    def add_input(self, name: str, type: Any = str, default: Any = MISSING) -> None:
        """Declare an input that ``execute(workflow, inputs={...})`` must give, unless there is a default."""
        self.draft.inputs.append(InputCall(name=name, type=type, default=default, call=CallSite.here(1)))

    def add_workflow(
        self, workflow: WorkflowBuilder | Workflow, id: str, inputs: Mapping[str, Any] | None = None
    ) -> str:
        """Add all steps of another workflow, named ``"<id>.<step>"``, and give the id.

        ``inputs`` are values for its declared inputs; connections to ``id`` bring others. What is added to
        the other builder afterwards does not come along.
        """
        scope = self._scopes[-1] if self._scopes else None
        given = {} if inputs is None else taken_down(inputs)
        self.draft.workflows.append(
            WorkflowCall(id=id, draft=_draft_in(workflow), inputs=given, scope=scope, call=CallSite.here(1))
        )
        return id

    @contextmanager
    def transaction(
        self,
        id: str,
        isolation: Isolation | None = None,
        read_only: bool = False,
        timeout_s: float | None = None,
        retries: int = 0,
    ) -> Iterator[str]:
        """Add a transaction scope; every node added inside the ``with`` block runs in it.

        Inside another one it is a savepoint of it. ``retries``: how often the whole of it is done again when others were
        in its way (a deadlock, a serialization failure, a lock); functions inside must then be ``@node(idempotent=True)``.
        """
        given = {
            "isolation_level": isolation,
            "read_only": read_only or None,
            "timeout_s": timeout_s,
            "retries": retries or None,
        }
        params = {name: value for name, value in given.items() if value is not None}
        self.draft.nodes.append(
            NodeCall(
                type="TransactionScopeNode",
                id=id,
                params=params,
                scope=self._scopes[-1] if self._scopes else None,
                # one frame is this generator's, one is contextlib's
                call=CallSite.here(2),
            )
        )
        self._scopes.append(id)
        try:
            yield id
        finally:
            self._scopes.pop()

    def build(self) -> Workflow:
        """The workflow as it is now.

        :raises WorkflowBuildError: with every problem of every step, and one ``fix_script``.
        """
        return built(self.draft.snapshot())

    def validate(self) -> Validation:
        """What ``build()`` would raise, as data."""
        return validate_workflow(self)


def _draft_in(given: Any) -> Any:
    """What a workflow holds at this moment; what is no workflow is told at ``build()``."""
    if isinstance(given, Workflow):
        return draft_of(given)
    return given.draft.snapshot() if isinstance(given, WorkflowBuilder) else given


def _no_app(given: object) -> Problem:
    return Problem(
        code="DF-N104",
        message=f"wrong value for parameter 'app' of WorkflowBuilder: expected an instance of DataFlow, not {given!r}",
        where=Where(operation="build"),
        context={"given": given, "given_type": type(given).__name__},
        cause="a builder finds its nodes in an instance",
        solutions=(
            Solution("give the instance, and a name by its own parameter:", 'WorkflowBuilder(db, name="sign-up")'),
        ),
    )
