"""One script that repairs all problems: corrected calls in the caller's own words, and lines to add."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.problem import Applicability, Edit, Problem
from dataflow.diagnostics.secret import redacted, secrets_in
from dataflow.diagnostics.source import SourceCall


def fix_script(problems: Sequence[Problem], only: Sequence[Applicability] = ("safe", "unsafe", "placeholder")) -> str:
    """The lines, each once, in the order of the problems; empty when nothing can be repaired."""
    lines: list[str] = []
    done: set[CallSite] = set()
    for problem in problems:
        if problem.fix is None or problem.fix.applicability not in only:
            continue
        site = problem.where.call
        texts: list[str | None] = []
        if site is not None and site not in done and (problem.fix.edits or not problem.fix.script):
            corrected = corrected_call(site, edits_at(site, problems, only))
            if corrected is not None:
                done.add(site)
            texts.append(corrected)
        if site not in done:
            texts.append(problem.fix.instead)
        texts.append(problem.fix.script)
        lines += [text for text in dict.fromkeys(texts) if text and text not in lines]
    secrets = secrets_in([(one.context, one.introspection) for one in problems])
    return redacted("\n".join(lines), secrets)


def edits_at(site: CallSite, problems: Sequence[Problem], only: Sequence[Applicability]) -> list[Edit]:
    """The edits of all problems of one call, each once."""
    found = [
        edit
        for problem in problems
        if problem.where.call == site and problem.fix is not None and problem.fix.applicability in only
        for edit in problem.fix.edits
    ]
    # a misspelt field is unknown and missing at once: renaming it is enough
    renamed = {(*edit.path[:-1], edit.text) for edit in found if edit.action == "rename"}
    # what is taken away is not renamed besides
    removed = {edit.path for edit in found if edit.action == "remove"}
    left = [
        edit
        for edit in found
        if not (edit.action == "add" and edit.path in renamed)
        and not (edit.action == "rename" and edit.path in removed)
    ]
    # a call in a loop has its problems once per turn
    return list(dict.fromkeys(left))


def corrected_call(site: CallSite, edits: Sequence[Edit]) -> str | None:
    """The text of a call after its edits, or None when they cannot be applied to its source."""
    source = SourceCall.at(site)
    return None if source is None else source.edited(edits)
