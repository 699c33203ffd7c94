"""``dataflow validate FILE [--fix] [--format ...]``: every problem of a file's models and workflows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import click

from dataflow import WorkflowBuildError
from dataflow.diagnostics import Problem
from dataflow.diagnostics.callsite import displayed
from dataflow.diagnostics.problem import Applicability
from dataflow.rendering import show
from dataflow_cli.application import NO_WORKFLOW
from dataflow_cli.formats.findings import findings_of
from dataflow_cli.formats.github import github_failure, github_text
from dataflow_cli.formats.json_report import json_problems
from dataflow_cli.formats.sarif import sarif_text
from dataflow_cli.output import Output, counted
from dataflow_cli.repairs import Checked, checked, is_fixable, replace_file
from dataflow_cli.text_loader import lines_of

_WRITERS: Mapping[Applicability, str] = {"safe": "--fix writes", "unsafe": "--fix --unsafe-fixes writes"}


@attrs.frozen
class Asked:
    """What the command line asked for."""

    file: Path
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    format: str = "text"

    @property
    def allowed(self) -> tuple[Applicability, ...]:
        """The fixes that may be made."""
        if not (self.fix or self.diff):
            return ()
        return ("safe", "unsafe") if self.unsafe else ("safe",)


def validate_file(out: Output, asked: Asked) -> int:
    """Check a file and report; with ``fix``, write what may be written. 1 when problems are left, or would be without it."""
    out.as_json = out.as_json or asked.format == "json"
    try:
        found = checked(asked.file, asked.allowed)
    except click.ClickException as error:
        if asked.format not in ("sarif", "github") or isinstance(error, click.UsageError):
            raise
        text = error.format_message()
        click.echo(sarif_text((), text) if asked.format == "sarif" else github_failure(asked.file, text))
        return 1
    if not asked.diff and found.after != found.before:
        replace_file(asked.file, found.before, found.after)
    _report(out, asked, found)
    return 1 if found.problems or (asked.diff and found.fixed) else 0


def _report(out: Output, asked: Asked, found: Checked) -> None:
    findings = findings_of(found.problems, asked.file, found.after)
    if asked.format == "sarif":
        click.echo(sarif_text(findings))
    elif asked.format == "github":
        click.echo(github_text(findings), nl=bool(findings))
    elif out.as_json:
        out.put(
            file=str(asked.file),
            workflows=list(found.application.workflows),
            problems=json_problems(findings),
            fixed=[problem.to_dict() for problem in found.fixed],
            diff="".join(diff_of(asked.file, found.before, found.after)),
        )
    else:
        _tell(out, asked, found)


def _tell(out: Output, asked: Asked, found: Checked) -> None:
    for line in diff_of(asked.file, found.before, found.after):
        out.line(line.rstrip("\n"))
    for problem in found.fixed:
        out.line(f"{'would fix' if asked.diff else 'fixed'} {problem.code} {_masked_message(problem)}")
    if found.problems:
        error = WorkflowBuildError.of(found.problems)
        show(error)
        _tell_fixes(out, asked, error.fix_script, found.problems)
    models = sum(len(one.models) for one in found.application.instances)
    counts = (
        counted(len(found.application.workflows), "workflow"),
        counted(models, "model"),
        counted(len(found.problems), "problem"),
    )
    out.line(f"{'FAIL' if found.problems else 'PASS'}  {asked.file}: {', '.join(counts)}")
    if not found.application.workflows:
        out.line(f"      {NO_WORKFLOW}")


def _tell_fixes(out: Output, asked: Asked, script: str, problems: Sequence[Problem]) -> None:
    """What would mend the problems that are left, and which option writes it."""
    if script:
        out.heading("what mends them")
        for line in script.splitlines():
            out.line(f"  {line}")
        out.line()
    for kind, how in _WRITERS.items():
        able = sum(is_fixable(one, asked.file, (kind,)) for one in problems)
        if able:
            out.line(f"{how} {able} of these fixes")


def _masked_message(problem: Problem) -> str:
    return str(problem.to_dict()["message"])


def diff_of(file: Path, before: bytes, after: bytes) -> list[str]:
    """The unified diff of a file's two texts."""
    if before == after:
        return []
    name = displayed(str(file))
    return list(difflib.unified_diff(lines_of(before), lines_of(after), name, name))
