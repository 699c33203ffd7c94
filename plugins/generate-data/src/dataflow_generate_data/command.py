"""``dataflow generate-data FILE Model=COUNT ...``: fill the tables of a file's models."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from dataflow import DataFlow
from dataflow.diagnostics import closest
from dataflow.plugins.command_line import CommandLine, CommandOutput
from dataflow.values.documents import converter
from dataflow_generate_data.generating import generate
from dataflow_generate_data.output import Options, line_of, sample, write_files

T = TypeVar("T")
SHOWN = 3


@click.command("generate-data", short_help="Fill the tables of a Python file's models with test data.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("counts", nargs=-1, metavar="MODEL=COUNT...")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed makes the same records.")
@click.option("--locale", default="en", show_default=True, help="The language of names, cities and texts, such as de.")
@click.option(
    "--null-share",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="The share of None where a field may be None.",
)
@click.option("--dry-run", is_flag=True, help="Make the records, show a few of each model, and write nothing.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write lines of JSON to a file, and nothing to the database.",
)
@click.option("--yes", is_flag=True, help="Write under a profile for real data too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal.")
@click.pass_obj
def generate_data(
    line: CommandLine, file: Path, counts: Sequence[str], seed: int, locale: str, null_share: float, dry_run: bool,
    output: Path | None, yes: bool, as_json: bool, no_color: bool,
) -> int:  # fmt: skip
    """Import FILE and add COUNT records of each MODEL to its database, in one transaction.

    Values fit types, bounds and uniqueness; records refer to one another, or to what the database holds.
    """
    if dry_run and output is not None:
        raise click.UsageError("'--dry-run' writes nothing, and '-o' a file: give one of them")
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no directory '{output.parent}' for the records")
    application = line.load(file)
    if application.error is not None:
        raise application.error
    options = Options(_counts(counts, application.instances), seed, locale, null_share)
    db = _instance(application.instances, options)
    out = line.output(as_json, no_color)
    out.put(ok=True, file=str(file), seed=seed, database=db.adapter.display_url)
    if dry_run:
        _show(out, _run(db, sample(db, options, SHOWN)), options)
    elif output is not None:
        paths = _run(db, write_files(db, options, output))
        out.put(written={name: str(path) for name, path in paths.items()}, records=dict(options.counts))
        for name, path in paths.items():
            out.line(f"{options.counts[name]} records of {name}  {path}")
    else:
        work = generate(db, options.counts, seed=seed, locale=locale, null_share=null_share, permit=yes)
        made = _run(db, work)
        out.put(created=dict(made.created))
        for name, number in made.created.items():
            out.line(f"{number} records of {name}")
    out.finish()
    return 0


def _run(db: DataFlow, work: Coroutine[Any, Any, T]) -> T:
    async def once() -> T:
        try:
            return await work
        finally:
            await db.close()

    return asyncio.run(once())


def _counts(given: Sequence[str], instances: Sequence[DataFlow]) -> dict[str, int]:
    known = [name for one in instances for name in one.models]
    if not given:
        example = " ".join(f"{name}=100" for name in known[:2]) or "User=100"
        raise click.UsageError(f"name the models and how many records of each, such as: {example}")
    counts: dict[str, int] = {}
    for text in given:
        name, sign, number = text.partition("=")
        if not sign or not number.isdecimal():
            raise click.UsageError(f"'{text}' is not MODEL=COUNT, such as User=100")
        if name not in known:
            near = closest(name, known)
            hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known) or 'none'}"
            raise click.UsageError(f"the file has no model '{name}'; {hint}")
        counts[name] = int(number)
    return counts


def _instance(instances: Sequence[DataFlow], options: Options) -> DataFlow:
    found = [one for one in instances if all(name in one.models for name in options.counts)]
    if len(found) != 1:
        which = "no instance has all of them" if not found else "several instances have them"
        raise click.UsageError(f"the models are to be of one instance, and {which}: {', '.join(options.counts)}")
    return found[0]


def _show(out: CommandOutput, shown: Any, options: Options) -> None:
    out.put(records=dict(options.counts), sample=converter().unstructure(shown))
    for name, rows in shown.items():
        out.line(f"{options.counts[name]} records of {name}, such as")
        for row in rows:
            out.line(f"  {line_of(row)}")
    out.line("nothing was written")
