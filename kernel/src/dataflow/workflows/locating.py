"""Problems of a node's own checks, seen from the workflow: the step, its ``add_node``, its id in every fix."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution
from dataflow.diagnostics.problem import THIS_NODE
from dataflow.workflows.sketch import DraftStep, ProblemPath


def located(step: DraftStep, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems with node id, place of the call and path as the user wrote it."""
    return [_located(step, one) for one in problems]


def _located(step: DraftStep, problem: Problem) -> Problem:
    old = problem.where
    where = attrs.evolve(
        step.where(*step.written_path(old.path)), operation=old.operation, field=old.field, model=old.model
    )
    return attrs.evolve(
        problem,
        where=where,
        solutions=tuple(_named(step, one) for one in problem.solutions),
        fix=None if problem.fix is None else _fixed(step, problem.fix),
    )


def _named(step: DraftStep, solution: Solution) -> Solution:
    return attrs.evolve(solution, code=_with_id(step, solution.code))


def _fixed(step: DraftStep, fix: Fix) -> Fix:
    edits = tuple(attrs.evolve(one, path=_edit_path(step, one)) for one in fix.edits)
    return attrs.evolve(fix, edits=edits, script=_with_id(step, fix.script))


def _edit_path(step: DraftStep, edit: Edit) -> ProblemPath:
    if edit.action == "add" and len(edit.path) == 1:
        return edit.path
    return step.written_path(edit.path)


def _with_id(step: DraftStep, text: str) -> str:
    """Node types do not know the ids of their steps and leave room for them."""
    return text.replace(THIS_NODE, step.id).replace(
        f'add_node("{step.type_name}", ...,', f'add_node("{step.type_name}", "{step.id}",'
    )
