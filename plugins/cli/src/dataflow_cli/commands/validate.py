"""``dataflow validate FILE [--fix]``: every problem of a file's models and workflows."""

from __future__ import annotations

from pathlib import Path

import click

from dataflow import WorkflowBuildError
from dataflow.diagnostics import Problem
from dataflow.rendering import show
from dataflow.workflows.validation import validate_workflow
from dataflow_cli.application import Application, load_application
from dataflow_cli.output import Output
from dataflow_cli.output import command as made_command
from dataflow_cli.repair import Repair, repaired


@made_command("validate", "Check the models and workflows of a Python file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fix", is_flag=True, help="Apply the fixes that cannot change what the program means.")
def command(out: Output, file: Path, fix: bool) -> int | None:
    """Import FILE and report everything that is wrong with its models and workflows; nothing is executed."""
    application = load_application(file)
    problems = _problems(application)
    applied = repaired(problems, file) if fix else Repair()
    if applied.text is not None:
        file.write_bytes(applied.text)
    left = [problem for problem in problems if problem not in applied.problems]
    out.put(
        file=str(file),
        workflows=list(application.workflows),
        problems=[problem.to_dict() for problem in left],
        fixed=[problem.to_dict() for problem in applied.problems],
    )
    for problem in applied.problems:
        out.line(f"fixed {problem.code} {problem.message}")
    if left and not out.as_json:
        show(WorkflowBuildError.of(left))
    checked = f"{len(application.workflows)} workflows, {sum(len(one.models) for one in application.instances)} models"
    out.line(f"{'FAIL' if left else 'PASS'}  {file}: {checked}, {len(left)} problems")
    return 1 if left else 0


def _problems(application: Application) -> list[Problem]:
    """Each once: the error that ended the file may be that of a workflow which is checked here too."""
    found = [problem for one in application.workflows.values() for problem in validate_workflow(one).errors]
    if application.error is not None:
        found += application.error.problems
    return list({(one.code, one.message, _place(one)): one for one in found}.values())


def _place(problem: Problem) -> tuple[str, int] | None:
    call = problem.where.call
    return None if call is None else (call.file, call.line)
