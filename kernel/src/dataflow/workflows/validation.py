"""What ``build()`` would raise, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, WorkflowBuildError
from dataflow.workflows.draft import Draft
from dataflow.workflows.steps import draft_of
from dataflow.workflows.workflow import Workflow, checked

if TYPE_CHECKING:
    from dataflow.workflows.builder import WorkflowBuilder


@attrs.frozen
class Validation:
    """Every problem of a workflow; none when it can be executed."""

    errors: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors

    def group_errors(self) -> Mapping[str, tuple[Problem, ...]]:
        """The problems by kind, in the order of the kinds' first problems."""
        return {} if self.valid else WorkflowBuildError.of(self.errors).groups()

    @property
    def fix_script(self) -> str:
        """Lines that repair what can be repaired; empty when there is nothing."""
        return "" if self.valid else WorkflowBuildError.of(self.errors).fix_script

    def to_dict(self) -> dict[str, Any]:
        errors = [problem.to_dict() for problem in self.errors]
        return {"valid": self.valid, "errors": errors, "fix_script": self.fix_script}


def validate_workflow(workflow: WorkflowBuilder | Workflow) -> Validation:
    """Check a builder's draft, or a built workflow against its models as they are now; raises nothing."""
    draft = draft_of(workflow) if isinstance(workflow, Workflow) else getattr(workflow, "draft", None)
    if not isinstance(draft, Draft):
        return Validation((_no_workflow(workflow),))
    return Validation(checked(draft)[1])


def _no_workflow(given: object) -> Problem:
    return Problem(
        code="DF-W116",
        message=f"a {type(given).__name__} is no workflow",
        where=Where(operation="validate"),
        context={"given": type(given).__name__},
        cause="a builder or a built workflow can be validated",
        solutions=(Solution("give the builder:", "db.validate_workflow(workflow)"),),
    )
