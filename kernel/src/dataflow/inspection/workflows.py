"""A workflow, step by step, with what is wrong at each."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Where, error_of
from dataflow.diagnostics.fixes import fix_script
from dataflow.diagnostics.shown import Shown
from dataflow.inspection.html_tables import html_tables
from dataflow.inspection.report import Grid, Report, table
from dataflow.inspection.rich_tables import MARKS
from dataflow.nodes.node_type import NodeType
from dataflow.workflows.builder import WorkflowBuilder
from dataflow.workflows.draft import Draft
from dataflow.workflows.naming import named
from dataflow.workflows.steps import draft_of
from dataflow.workflows.validation import validate_workflow
from dataflow.workflows.workflow import Workflow

MAX_VALUE = 60
CONNECTIONS = "Connections"

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

    @property
    def verdict(self) -> str:
        return "PASS" if self.passes else "FAIL"

    def lines(self) -> Iterator[str]:
        yield f"{self.verdict}  {self.id} ({self.type})"
        yield from self.details()

    def details(self) -> Iterator[str]:
        """Each parameter and input with its mark, then what is wrong."""
        yield from table(self._marked(self.parameters, "="))
        yield from table(self._marked(self.connected, "<-"))
        yield from (f"  ! {problem}" for problem in self.problems)

    def grids(self) -> Iterator[Grid]:
        yield Grid(self.id, STEP_COLUMNS, [self.row()])

    def row(self) -> tuple[str, ...]:
        """Its cells in the table of its workflow."""
        given = [*self._marked(self.parameters, "="), *self._marked(self.connected, "<-")]
        return (self.verdict, self.id, self.type, "\n".join(map(" ".join, given)), "\n".join(self.problems))

    def _marked(self, inputs: Mapping[str, str], sign: str) -> list[tuple[str, str, str, str]]:
        return [("!" if name in self.wrong else "+", name, sign, text) for name, text in inputs.items()]


STEP_COLUMNS = ("", "node", "type", "inputs", "why")


@attrs.frozen
class ConnectionIssue(Report):
    """One connection that cannot stay as it is; ``mend`` are the lines that mend it, or say how it is done."""

    code: str
    message: str
    mend: str

    def lines(self) -> Iterator[str]:
        yield f"! {self.code} {self.message}"
        yield from (f"    {line}" for line in self.mend.splitlines())

    def grids(self) -> Iterator[Grid]:
        yield Grid("connection issues", ISSUE_COLUMNS, [(self.code, self.message, self.mend)])


ISSUE_COLUMNS = ("code", "connection issue", "mend")


@attrs.frozen
class WorkflowInspection(Report):
    """One workflow. ``issues`` belong to no single step; ``repairs`` are the lines that mend what can be mended.

    In a notebook, and nowhere else, a picture is asked for: the hook ``dataflow_picture`` gives it.
    """

    name: str
    valid: bool
    steps: tuple[StepInspection, ...]
    connection_issues: tuple[ConnectionIssue, ...]
    issues: tuple[str, ...]
    repairs: tuple[str, ...]
    _picture: Picture | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def verdict(self) -> str:
        return "PASS" if self.valid else "FAIL"

    def lines(self) -> Iterator[str]:
        yield from self.tree()
        if self.connection_issues:
            yield "  connection issues"
            yield from (f"    {line}" for issue in self.connection_issues for line in issue.lines())
        if self.repairs:
            yield "  repairs"
            yield from (f"    {line}" for line in self.repairs)

    def tree(self) -> Iterator[str]:
        """Its nodes as a tree, and what is wrong with none of them alone."""
        yield f"workflow {self.name}: {self.verdict}"
        for number, step in enumerate(self.steps, 1):
            first, *rest = step.lines()
            last = number == len(self.steps)
            yield f"  {'`--' if last else '|--'} {first}"
            yield from (f"  {' ' if last else '|'}     {line}" for line in rest)
        yield from (f"  ! {issue}" for issue in self.issues)

    def grids(self) -> Iterator[Grid]:
        yield Grid(f"workflow {self.name}: {self.verdict}", STEP_COLUMNS, [step.row() for step in self.steps])
        if self.connection_issues:
            rows = [(one.code, one.message, one.mend) for one in self.connection_issues]
            yield Grid("connection issues", ISSUE_COLUMNS, rows)
        if self.issues:
            yield Grid("other issues", ("issue",), [(one,) for one in self.issues])
        if self.repairs:
            yield Grid("repairs", ("line",), [(line,) for line in self.repairs])

    def __rich__(self) -> Any:
        text, tree = importlib.import_module("rich.text").Text, importlib.import_module("rich.tree").Tree
        root = tree(text.assemble(f"workflow {self.name}: ", (self.verdict, MARKS[self.verdict])))
        for step in self.steps:
            branch = root.add(text.assemble((step.verdict, MARKS[step.verdict]), f"  {step.id} ({step.type})"))
            for line in step.details():
                branch.add(text(line.strip(), style="red" if line.lstrip().startswith("!") else ""))
        rest = [line for line in self.lines() if line not in set(self.tree())]
        return importlib.import_module("rich.console").Group(
            root, *(text(f"! {one}", style="red") for one in self.issues), *map(text, rest)
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture, when somebody draws one, above the tables."""
        picture = None if self._picture is None else self._picture()
        tables = html_tables(tuple(self.grids()))
        return tables if picture is None else f'<div style="overflow-x:auto">{picture}</div>{tables}'


def inspected_workflow(workflow: WorkflowBuilder | Workflow, picture: Picture | None = None) -> WorkflowInspection:
    """The inspection of a builder's draft or of a built workflow; raises nothing for what is wrong with it.

    :param picture: asked when a notebook shows the inspection.
    :raises WorkflowError: DF-W116 for what is no workflow.
    """
    draft = draft_of(workflow) if isinstance(workflow, Workflow) else getattr(workflow, "draft", None)
    validation = validate_workflow(workflow)
    if not isinstance(draft, Draft):
        raise error_of(validation.errors)
    known = [str(call.id) for call in draft.nodes]
    alone = [one for one in validation.errors if one.where.node_id not in known and one.group != CONNECTIONS]
    return WorkflowInspection(
        draft.name,
        validation.valid,
        tuple(_step(draft, index, validation.errors) for index in range(len(draft.nodes))),
        tuple(_issue(one) for one in validation.errors if one.group == CONNECTIONS),
        tuple(map(_told, alone)),
        tuple(validation.fix_script.splitlines()),
        picture,
    )


def _issue(problem: Problem) -> ConnectionIssue:
    ways = "\n".join(f"{one.text} {one.code}".strip() for one in problem.solutions[:1])
    return ConnectionIssue(problem.code, problem.message, fix_script([problem]) or ways)


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
