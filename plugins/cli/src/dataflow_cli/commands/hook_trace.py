"""``dataflow plugins --trace [FILE]``: which plugin answered which hook, in the order in which they were asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import get_args

import attrs

from dataflow import DataFlow, DataFlowError, Workflow, WorkflowBuilder
from dataflow.diagnostics import Problem
from dataflow.inspection.report import table
from dataflow.plugins.tracing import HookAnswer, traced_hooks
from dataflow.rendering import Style
from dataflow.workflows.validation import validate_workflow
from dataflow_cli.application import load_application
from dataflow_cli.output import Output

#: what a problem is rendered from, to see who renders
SAMPLE = Problem(code="DF-X101", message="a sample")


@attrs.frozen
class Question:
    """One asking of a hook: about what, and what each plugin said, in the order of asking."""

    hook: str
    subject: str
    answers: tuple[tuple[str, str], ...]


def trace_hooks(out: Output, file: Path | None, profile: str | None) -> int:
    """Import a file, or make an instance, have everything asked that is asked before a run, and show the answers."""
    error: DataFlowError | None = None
    with traced_hooks() as notes:
        if file is None:
            instances: Sequence[DataFlow] = (DataFlow(profile=profile),)
        else:
            application = load_application(file)
            instances, error = application.instances, application.error
            for workflow in application.workflows.values():
                _ask_about_workflow(workflow)
        for app in instances:
            _ask(app)
    questions = list(_questions(notes))
    out.put(
        hooks=[_as_data(one) for one in questions],
        listeners=[
            {"plugin": one.plugin, "areas": _areas(one.areas)} for app in instances for one in app.plugins.observers()
        ],
        errors=[] if error is None else [one.to_dict() for one in error.problems],
    )
    for hook, asked in _by_hook(questions):
        out.heading(hook)
        for row in table([(subject, answers) for subject, answers in _rows(asked)]):
            out.line(row)
    out.heading("dataflow_event")
    for app in instances:
        for row in table([(one.plugin, "listens to", ", ".join(_areas(one.areas))) for one in app.plugins.observers()]):
            out.line(row)
        if not app.plugins.observers():
            out.line("  nobody listens, so that no event is made")
    for problem in () if error is None else error.problems:
        out.heading(f"{problem.code} {problem.message}")
    return 0 if error is None else 1


def _ask(app: DataFlow) -> None:
    """Ask what is otherwise asked at the first use of a node, on display and at an inspection; opens nothing."""
    for node in app.node_types.values():
        # a node that nothing executes is told when it is used
        with suppress(DataFlowError):
            app.pipeline(node)
    for style in get_args(Style):
        app.plugins.render(SAMPLE, style)
    with suppress(DataFlowError):
        app.plugins.describe(app)
    with suppress(DataFlowError):
        app.plugins.checkups(app, 1)


def _ask_about_workflow(workflow: WorkflowBuilder | Workflow) -> None:
    if validate_workflow(workflow).valid:
        built = workflow if isinstance(workflow, Workflow) else workflow.build()
        built.app.plugins.picture(built, {})


def _questions(notes: Sequence[HookAnswer]) -> Iterator[Question]:
    """Answers to one asking stand together; the same plugin again is the next asking."""
    open_: list[HookAnswer] = []
    for note in notes:
        same = bool(open_) and (open_[0].hook, open_[0].subject) == (note.hook, note.subject)
        if open_ and (not same or note.plugin in [one.plugin for one in open_]):
            yield _question(open_)
            open_ = []
        open_.append(note)
    if open_:
        yield _question(open_)


def _question(notes: Sequence[HookAnswer]) -> Question:
    return Question(notes[0].hook, notes[0].subject, tuple((one.plugin, one.answer) for one in notes))


def _by_hook(questions: Sequence[Question]) -> list[tuple[str, list[Question]]]:
    order = list(dict.fromkeys(one.hook for one in questions))
    return [(hook, [one for one in questions if one.hook == hook]) for hook in order]


def _rows(questions: Sequence[Question]) -> Iterator[tuple[str, str]]:
    """One row per kind of answer: eleven nodes that are answered alike are one."""
    for answers, group in groupby(questions, key=lambda one: one.answers):
        subjects = list(dict.fromkeys(one.subject or "the instance" for one in group))
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        told = "; ".join(f"{plugin}: {answer or 'leaves it'}" for plugin, answer in answers)
        yield f"{subjects[0]}{more}", told


def _as_data(one: Question) -> dict[str, object]:
    answers = [{"plugin": plugin, "answer": answer or None} for plugin, answer in one.answers]
    return {"hook": one.hook, "subject": one.subject, "answers": answers}


def _areas(areas: frozenset[str] | None) -> list[str]:
    return ["all"] if areas is None else sorted(areas)
