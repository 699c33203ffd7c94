"""``dataflow validate FILE [--fix]``: every problem of a file's models and workflows."""

from __future__ import annotations

from pathlib import Path

from dataflow import WorkflowBuildError
from dataflow.diagnostics import Problem
from dataflow.rendering import show
from dataflow.workflows.validation import validate_workflow
from dataflow_cli.application import NO_WORKFLOW, Application, load_application
from dataflow_cli.output import Output, counted
from dataflow_cli.repair import Repair, repaired


def validate_file(out: Output, file: Path, fix: bool) -> int:
    """Import a file and report its problems; with ``fix``, write those fixes that are safe. 1 when problems are left."""
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
    models = sum(len(one.models) for one in application.instances)
    counts = counted(len(application.workflows), "workflow"), counted(models, "model"), counted(len(left), "problem")
    out.line(f"{'FAIL' if left else 'PASS'}  {file}: {', '.join(counts)}")
    if not application.workflows:
        out.line(f"      {NO_WORKFLOW}")
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
