"""What every sub-command of ``dataflow migrate`` shares: the file, its instance, its options, its exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import click

from dataflow import DataFlow
from dataflow.plugins.command_line import CommandLine, CommandOutput

#: 1 something is wrong or was refused, 3 an action is needed
FAILED, ACTION = 1, 3


@attrs.frozen
class Asked:
    """One call of a sub-command."""

    db: DataFlow
    out: CommandOutput


Work = Callable[..., Awaitable[int]]


def migrating(name: str, summary: str) -> Callable[[Work], click.Command]:
    """A sub-command of an instance: ``async (asked, **options) -> exit code``."""

    def made(work: Work) -> click.Command:
        def run(line: CommandLine, file: Path, only: str | None, as_json: bool, no_color: bool, **options: Any) -> int:
            out = line.output(as_json, no_color)
            db = _instance(line, file, only)

            async def done() -> int:
                try:
                    return await work(Asked(db, out), **options)
                finally:
                    await db.close()

            code = asyncio.run(done())
            out.put(ok=code == 0)
            out.finish()
            return code

        run.__doc__ = work.__doc__
        run.__dict__.update(work.__dict__)
        shared = (
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text."),
            click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal."),
            click.option("--instance", "only", help="The variable of the one instance, where the file has several."),
            click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        )
        for option in shared:
            run = option(run)
        return click.command(name, short_help=summary)(click.pass_obj(run))

    return made


def _instance(line: CommandLine, file: Path, only: str | None) -> DataFlow:
    application = line.load(file)
    if application.error is not None:
        raise application.error
    named = {name: one for name, one in application.namespace.items() if isinstance(one, DataFlow)}
    if only is not None:
        if only not in named:
            raise click.UsageError(f"no variable '{only}' holds an instance; there are: {', '.join(named) or 'none'}")
        return named[only]
    instances = application.instances
    if len(instances) != 1:
        raise click.UsageError(
            f"{file} makes {len(instances) or 'no'} instances"
            + (f"; name one: --instance {next(iter(named), 'db')}" if instances else "")
        )
    return instances[0]


def accepting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a person decides."""
    return click.option(
        "--accept", multiple=True, metavar="WHAT", help="What may lose data: 'column users.age', or a code."
    )(function)


def patient(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--timeout",
        "timeout_s",
        type=float,
        metavar="SECONDS",
        help="How long another one's migration, and each lock on the tables, is waited for.",
    )(function)
