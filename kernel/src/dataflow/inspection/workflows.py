"""A workflow, step by step, with what is wrong at each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Where
from dataflow.diagnostics.shown import Shown
from dataflow.inspection.report import Report, table
from dataflow.nodes.node_type import NodeType
from dataflow.workflows.builder import WorkflowBuilder
from dataflow.workflows.draft import Draft
from dataflow.workflows.naming import named
from dataflow.workflows.steps import draft_of
from dataflow.workflows.svg import escape
from dataflow.workflows.validation import validate_workflow
from dataflow.workflows.workflow import Workflow

MAX_VALUE = 60
Picture = Callable[[], str | None]


@attrs.frozen
class StepInspection(Report):
    """One step. ``parameters`` are what was given, as text; ``connected`` are its inputs by their sources.

    ``wrong`` names those among both that a problem speaks of, be it another step's.
    """

    id: str
    type: str
    parameters: Mapping[str, str]
    connected: Mapping[str, str]
    problems: tuple[str, ...]
    wrong: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        return not self.problems

    def lines(self) -> Iterator[str]:
        yield f"{'PASS' if self.passes else 'FAIL'}  {self.id} ({self.type})"
        yield from table([(self._mark(name), name, "=", text) for name, text in self.parameters.items()], "        ")
        yield from table([(self._mark(name), name, "<-", one) for name, one in self.connected.items()], "        ")
        yield from (f"        ! {problem}" for problem in self.problems)

    def _mark(self, name: str) -> str:
        return "!" if name in self.wrong else "+"


@attrs.frozen
class WorkflowInspection(Report):
    """One workflow. ``issues`` belong to no single step; ``repairs`` are the lines that mend what can be mended."""

    name: str
    valid: bool
    steps: tuple[StepInspection, ...]
    issues: tuple[str, ...]
    repairs: tuple[str, ...]
    _picture: Picture | None = attrs.field(default=None, eq=False, repr=False)

    def lines(self) -> Iterator[str]:
        yield f"workflow {self.name}: {'PASS' if self.valid else 'FAIL'}"
        for step in self.steps:
            yield from (f"  {line}" for line in step.lines())
        yield from (f"  ! {issue}" for issue in self.issues)
        if self.repairs:
            yield "  repairs"
            yield from (f"    {line}" for line in self.repairs)

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture, when somebody draws one, above the text."""
        picture = None if self._picture is None else self._picture()
        lines = "\n".join(map(escape, self.lines()))
        text = f'<pre style="overflow-x:auto;white-space:pre">{lines}</pre>'
        return text if picture is None else f'<div style="overflow-x:auto">{picture}</div>{text}'


def inspected_workflow(workflow: WorkflowBuilder | Workflow, picture: Picture | None = None) -> WorkflowInspection:
    """The inspection of a builder's draft or of a built workflow; raises nothing for what is wrong with it.

    :param picture: asked when a notebook shows the inspection.
    """
    validation = validate_workflow(workflow)
    draft = draft_of(workflow) if isinstance(workflow, Workflow) else workflow.draft
    known = [str(call.id) for call in draft.nodes]
    return WorkflowInspection(
        draft.name,
        validation.valid,
        tuple(_step(draft, index, validation.errors) for index in range(len(draft.nodes))),
        tuple(_told(one) for one in validation.errors if one.where.node_id not in known),
        tuple(validation.fix_script.splitlines()),
        picture,
    )


def _step(draft: Draft, index: int, problems: Sequence[Problem]) -> StepInspection:
    call = draft.nodes[index]
    name = call.type if isinstance(call.type, str) else getattr(call.type, "name", getattr(call.type, "__name__", "?"))
    given = call.params if isinstance(call.params, Mapping) else {"": call.params}
    shown = Shown(secret_fields(named(call, draft.app, Where()).node), MAX_VALUE)
    connections = [one for one in draft.connections if one.target == call.id]
    own = [one for one in problems if one.where.node_id == call.id]
    calls = [one.where.call for one in problems]
    broken = [str(one.input) for one in connections if one.call is not None and any(one.call is it for it in calls)]
    return StepInspection(
        str(call.id),
        str(name),
        {str(key): shown.under(key, value) for key, value in given.items()},
        {str(one.input): f"{one.source}.{one.output}" for one in connections},
        tuple(map(_told, own)),
        tuple(dict.fromkeys([*_named(given, own), *broken])),
    )


def _named(given: Mapping[Any, Any], problems: Sequence[Problem]) -> Iterator[str]:
    """The parameters that problems speak of; a flat field stands in ``given``, its path may lead through ``data``."""
    for path in (one.where.path for one in problems):
        yield from (str(part) for part in next(([part] for part in path[:2] if part in given), []))


def _told(problem: Problem) -> str:
    return f"{problem.code} {problem.message}"


def secret_fields(node: NodeType | None) -> frozenset[str]:
    """The fields of a node's model whose values nobody may read."""
    model = None if node is None else node.model
    return frozenset() if model is None else frozenset(one.name for one in model.fields.values() if one.is_secret)
