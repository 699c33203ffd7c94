"""``dataflow profile FILE``: run the workflows of a Python file and show what their time is spent on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click

from dataflow import DataFlowError, LocalRuntime, Workflow, WorkflowBuilder
from dataflow.plugins.command_line import Application, CommandLine, CommandOutput
from dataflow_profile.profiling import FORMATS, Format, Profile, format_of
from dataflow_profile.recorder import AREAS

Workflows = Mapping[str, Workflow | WorkflowBuilder]


@attrs.frozen
class Asked:
    """The command line: how often to run what, and where the profile goes, None for the screen alone."""

    file: Path
    only: str | None
    inputs: Mapping[str, Any]
    runs: int
    fresh: bool
    output: Path | None
    format: Format | None


@click.command("profile", short_help="Run the workflows of a Python file and show where their time goes.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--runs", type=click.IntRange(1), default=1, show_default=True, help="Run each this often; times are medians."
)
@click.option("--fresh", is_flag=True, help="Import FILE anew for each run: a database in memory is then empty again.")
@click.option("--workflow", "only", help="The variable of the one workflow to run.")
@click.option("--inputs", metavar="JSON", help="The workflow's inputs, as a JSON object.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the flame graph; its ending says the format.",
)
@click.option(
    "--format", type=click.Choice(FORMATS), help="The format of the file, whatever its ending; json is speedscope's."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal.")
@click.pass_obj
def profile(
    line: CommandLine, file: Path, runs: int, fresh: bool, only: str | None, inputs: str | None, output: Path | None,
    format: Format | None, as_json: bool, no_color: bool,
) -> int:  # fmt: skip
    """Import FILE, execute its workflows on their own databases, and show per step how long it waited for its turn, was
    checked, asked the database, and how many rows it was about; with hints that follow from the numbers.

    What the workflows write stays written. The exit code is 1 when one fails.
    """
    asked = Asked(file, only, _inputs(inputs), runs, fresh, output, _format(output, format))
    out, found = line.output(as_json, no_color), Profile(title=file.name)
    failures = _measured(line, asked, found)
    out.put(
        file=str(file),
        runs=runs,
        **found.to_dict(),
        problems=[one.to_dict() for error in failures for one in error.problems],
    )
    out.tables(found)
    _tell(out, failures, asked)
    if asked.output is not None and asked.format is not None:
        asked.output.write_text(found.as_text(asked.format), encoding="utf-8")
        out.put(written=str(asked.output))
        out.line(f"written  {asked.output}")
    failed = bool(failures) or not found.workflows
    out.put(ok=not failed)
    out.finish()
    return 1 if failed else 0


def _measured(line: CommandLine, asked: Asked, found: Profile) -> list[DataFlowError]:
    """Run every workflow as often as asked; gives what failed. A workflow that failed is not run again."""
    failures: dict[str, DataFlowError] = {}
    application = line.load(asked.file)
    for number in range(asked.runs):
        if number and asked.fresh:
            application = line.load(asked.file)
        if application.error is not None:
            failures.setdefault("", application.error)
        with _observed(application, found), LocalRuntime() as runtime:
            for name, workflow in _chosen(application, asked.only).items():
                if name not in failures:
                    found.recorder.label = name
                    _run(runtime, name, workflow, asked.inputs, failures)
    return list(failures.values())


@contextmanager
def _observed(application: Application, found: Profile) -> Iterator[None]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for app in application.instances:
            stack.enter_context(app.observing(found.recorder.note, *AREAS))
        yield


def _run(
    runtime: LocalRuntime,
    name: str,
    workflow: Workflow | WorkflowBuilder,
    inputs: Mapping[str, Any],
    failures: dict[str, DataFlowError],
) -> None:
    try:
        built = workflow.build() if isinstance(workflow, WorkflowBuilder) else workflow
        given = {key: value for key, value in inputs.items() if key in built.inputs}
        runtime.execute(built, inputs=given)
    except DataFlowError as error:
        failures[name] = error


def _format(output: Path | None, format: Format | None) -> Format | None:
    if output is None:
        if format is not None:
            raise click.UsageError("'--format' is that of a file; name one by -o")
        return None
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no directory '{output.parent}' for the profile")
    if format is not None:
        return format
    try:
        return format_of(output)
    except DataFlowError as error:
        endings = ", ".join(f".{one}" for one in FORMATS)
        raise click.UsageError(f"{error.problems[0].message}; the formats are {endings}, or give --format") from error


def _inputs(text: str | None) -> dict[str, Any]:
    try:
        inputs = json.loads(text or "{}")
    except ValueError as error:
        raise click.UsageError(f"'--inputs' is no JSON: {error}") from error
    if not isinstance(inputs, dict):
        raise click.UsageError("'--inputs' is a JSON object, such as '{\"name\": \"Alice\"}'")
    return inputs


def _chosen(application: Application, only: str | None) -> Workflows:
    if only is None:
        return application.workflows
    if only not in application.workflows:
        known = ", ".join(application.workflows) or "none"
        raise click.UsageError(f"no variable '{only}' holds a workflow; there are: {known}")
    return {only: application.workflows[only]}


def _tell(out: CommandOutput, failures: list[DataFlowError], asked: Asked) -> None:
    for error in failures:
        for one in error.problems:
            out.line(f"FAIL  {one.code} {one.message}")
    if failures and asked.runs > 1 and not asked.fresh:
        out.line(
            "      a workflow that makes the same record each time runs once only, unless --fresh empties its database"
        )
