"""Foreign keys may name models that are registered later; when a workflow is built all must be there."""

from __future__ import annotations

from collections.abc import Iterator

from dataflow.diagnostics import Problem
from dataflow.models.references import reference_problems
from dataflow.workflows.sketch import Sketch


def check_references(sketch: Sketch) -> Iterator[Problem]:
    """A problem for each reference of a model in use whose target is not registered on its instance."""
    seen: set[tuple[int, str]] = set()
    for step in sketch.steps.values():
        model = None if step.node is None else step.node.model
        if model is None or step.app is None or (id(step.app), model.name) in seen:
            continue
        seen.add((id(step.app), model.name))
        yield from reference_problems(model, step.app.models)
