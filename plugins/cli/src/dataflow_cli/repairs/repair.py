"""Which fixes are written into a file, and the file's text with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import attrs

from dataflow.diagnostics import Problem
from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.fixes import edits_at
from dataflow.diagnostics.problem import Applicability
from dataflow.diagnostics.source import SourceCall
from dataflow.diagnostics.source_text import UNREADABLE
from dataflow_cli.repairs.edits import WHOLE, Change, Place, changes_of, place_of
from dataflow_cli.repairs.held import with_held_dicts
from dataflow_cli.repairs.rewriting import rewritten


@attrs.frozen
class Repair:
    """The file's new text, None when nothing changes, and the problems that are gone with it."""

    text: bytes | None = None
    problems: tuple[Problem, ...] = ()


@attrs.define(eq=False)
class _Plan:
    changes: dict[Change, None] = attrs.field(factory=dict)
    added: dict[Place, list[str]] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)


def repaired(text: bytes, problems: Sequence[Problem], file: Path, allowed: Collection[Applicability]) -> Repair:
    """Apply the fixes of a file whose every edit has a place in it; what does not fit together waits for the next time."""
    plan = _Plan()
    for site, members in _by_call(problems, file, allowed).items():
        _add_call(plan, site, members, allowed)
    if not plan.problems:
        return Repair()
    new = rewritten(text, list(plan.changes), plan.added)
    if new is None or new == text or not _parses(new):
        return Repair()
    return Repair(new, tuple(plan.problems))


def is_fixable(problem: Problem, file: Path, allowed: Collection[Applicability]) -> bool:
    """Whether a problem's fix could be written into a file."""
    fix, site = problem.fix, problem.where.call
    if fix is None or site is None or not fix.edits or fix.applicability not in allowed:
        return False
    call = SourceCall.at(site) if Path(site.file).resolve() == file.resolve() else None
    return call is not None and changes_of(with_held_dicts(call), fix.edits) is not None


def _by_call(
    problems: Sequence[Problem], file: Path, allowed: Collection[Applicability]
) -> dict[CallSite, list[Problem]]:
    calls: dict[CallSite, list[Problem]] = {}
    for problem in problems:
        if problem.where.call is not None and is_fixable(problem, file, allowed):
            calls.setdefault(problem.where.call, []).append(problem)
    return calls


def _add_call(plan: _Plan, site: CallSite, members: list[Problem], allowed: Collection[Applicability]) -> None:
    """Plan the edits of one call."""
    call = SourceCall.at(site)
    assert call is not None
    changes = changes_of(with_held_dicts(call), edits_at(site, members, tuple(allowed))) or []
    taken = {one.subject for one in plan.changes}
    # a call in a loop has its problems once per turn; two fixes of one value are made one after the other
    new = [one for one in changes if one not in plan.changes]
    subjects = [one.subject for one in new]
    if taken & set(subjects) or len(set(subjects)) < len(subjects) or _is_inside(new, plan):
        return
    plan.changes |= dict.fromkeys(new)
    plan.problems += members
    lines = [line for one in members if one.fix for line in one.fix.script.splitlines()]
    if lines:
        known = plan.added.setdefault(place_of(call, call.call), [])
        known += [line for line in dict.fromkeys(lines) if line not in known]


def _is_inside(changes: Sequence[Change], plan: _Plan) -> bool:
    """Whether a whole dict is replaced in which something else is changed too."""
    every = [*changes, *plan.changes]
    whole = [one for one in every if one.action == "replace" and one.text.startswith("{")]
    return any(
        other is not one
        # another entry of the same dict or list stands beside it
        and (other.inside != one.inside or one.index == WHOLE)
        and one.inside[:2] <= other.inside[:2]
        and other.inside[2:] <= one.inside[2:]
        for one in whole
        for other in every
    )


def _parses(text: bytes) -> bool:
    try:
        compile(text, "<repaired>", "exec", dont_inherit=True)
    except UNREADABLE:
        return False
    return True
