"""``dataflow visualize FILE``: the workflows of a Python file as pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from dataflow import DataFlowError, LocalRuntime, Workflow, WorkflowBuilder
from dataflow.diagnostics import Problem
from dataflow.plugins.command_line import Application, CommandLine, CommandOutput
from dataflow_visualize.drawing import FORMATS, Drawing, Format, draw, format_of
from dataflow_visualize.recording import Recording
from dataflow_visualize.report import report

Workflows = Mapping[str, Workflow | WorkflowBuilder]


@attrs.frozen
class Asked:
    """The command line: where to, in which format, and what to run a workflow with, None to run nothing."""

    file: Path
    output: Path | None
    format: Format
    inputs: dict[str, Any] | None


@click.command("visualize", short_help="Draw the workflows of a Python file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; its ending says the format.",
)
@click.option("--format", type=click.Choice(FORMATS), help="The format, whatever the ending; mmd without a file.")
@click.option("--workflow", "only", help="The variable of the one workflow to draw.")
@click.option("--run", is_flag=True, help="Execute what is drawn, on its own database, and show states and timings.")
@click.option("--inputs", metavar="JSON", help="The workflow's inputs for --run, as a JSON object.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal.")
@click.pass_obj
def visualize(
    line: CommandLine, file: Path, output: Path | None, format: Format | None, only: str | None, run: bool,
    inputs: str | None, as_json: bool, no_color: bool,
) -> int:  # fmt: skip
    """Import FILE and draw its workflows, with what is wrong at each node: HTML, SVG, Mermaid or DOT.

    Nothing is executed without --run. The exit code is 1 when something is wrong.
    """
    asked = Asked(file, output, _format(output, format), _inputs(run, inputs))
    application = line.load(file)
    workflows = _chosen(application, only)
    drawings = {name: _drawn(one, asked) for name, one in workflows.items()}
    out = line.output(as_json, no_color)
    written = _write(out, asked, drawings, application)
    problems = [one for drawing in drawings.values() for one in drawing.picture.all_problems]
    problems += () if application.error is None else _unseen(application.error, problems)
    _tell(out, asked, drawings, problems, written)
    failed = bool(problems) or not drawings
    out.put(ok=not failed)
    out.finish()
    return 1 if failed else 0


def _format(output: Path | None, format: Format | None) -> Format:
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no directory '{output.parent}' for the picture")
    if format is not None or output is None:
        return format or "mmd"
    try:
        return format_of(output)
    except DataFlowError as error:
        endings = ", ".join(f".{one}" for one in FORMATS)
        raise click.UsageError(f"{error.problems[0].message}; the formats are {endings}, or give --format") from error


def _inputs(run: bool, text: str | None) -> dict[str, Any] | None:
    if not run:
        if text is not None:
            raise click.UsageError("'--inputs' are for '--run'")
        return None
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


def _drawn(workflow: Workflow | WorkflowBuilder, asked: Asked) -> Drawing:
    drawing = draw(workflow)
    if asked.inputs is None or drawing.picture.all_problems:
        return drawing
    built = workflow.build() if isinstance(workflow, WorkflowBuilder) else workflow
    recording, failure = Recording(), None
    with LocalRuntime() as runtime:
        try:
            runtime.execute(built, inputs=asked.inputs, on_event=recording.note)
        except DataFlowError as error:
            failure = error
    return draw(built, recording, failure)


def _write(
    out: CommandOutput, asked: Asked, drawings: Mapping[str, Drawing], application: Application
) -> Mapping[str, str]:
    """Write the files, or print the text; gives what was written or, for programs, what would be printed."""
    texts = _texts(asked, drawings, application)
    if asked.output is None:
        if len(texts) > 1 and asked.format in ("svg", "html"):
            raise click.UsageError(
                f"several workflows: name a file by -o, or one of them by --workflow {next(iter(texts))}"
            )
        for text in texts.values():
            out.line(text.rstrip("\n"))
        return texts
    paths = {name: _path(asked.output, name, len(texts)) for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return {name: str(path) for name, path in paths.items()}


def _texts(asked: Asked, drawings: Mapping[str, Drawing], application: Application) -> dict[str, str]:
    if asked.format != "html":
        return {name: drawing.as_text(asked.format) for name, drawing in drawings.items()}
    if not drawings:
        return {}
    pictures = [one.picture for one in drawings.values()]
    found = [problem for picture in pictures for problem in picture.all_problems]
    notes = () if application.error is None else _unseen(application.error, found)
    return {asked.file.name: report(pictures, [one.bars for one in drawings.values()], asked.file.name, notes)}


def _path(output: Path, name: str, count: int) -> Path:
    """A file per workflow, named after its variable where there are several."""
    return output if count == 1 else output.with_name(f"{output.stem}-{name}{output.suffix}")


def _unseen(error: DataFlowError, seen: list[Problem]) -> list[Problem]:
    """The problems that ended the file, without those of a workflow that is drawn."""
    known = {(one.code, one.message) for one in seen}
    return [one for one in error.problems if (one.code, one.message) not in known]


def _tell(
    out: CommandOutput,
    asked: Asked,
    drawings: Mapping[str, Drawing],
    problems: list[Problem],
    written: Mapping[str, str],
) -> None:
    key = "pictures" if asked.output is None else "written"
    out.put(
        file=str(asked.file),
        format=asked.format,
        workflows=[{"variable": name, **one.to_dict()} for name, one in drawings.items()],
        problems=[one.to_dict() for one in problems],
        **{key: dict(written)},
    )
    if not drawings:
        out.line("no workflow: only those are seen that a variable at the top of the file holds, as a builder or built")
    if asked.output is not None:
        for path in written.values():
            out.line(f"{'FAIL' if problems else 'PASS'}  {path}")
        for one in problems:
            out.line(f"      {one.code} {one.message}")
