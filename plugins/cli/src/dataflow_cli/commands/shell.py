"""``dataflow shell FILE``: a prompt that awaits, with the file's names and instances."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import attrs
import click

import dataflow
from dataflow import DataFlow, DataFlowError
from dataflow.diagnostics.problem import plain_data
from dataflow.plugins.command_line import Application
from dataflow_cli.application import load_application
from dataflow_cli.awaiting import AwaitingConsole
from dataflow_cli.exit_codes import FAILED
from dataflow_cli.output import Output


@attrs.frozen
class Session:
    """What one prompt works with; ``names`` are also those that it adds itself."""

    console: AwaitingConsole
    instances: tuple[DataFlow, ...]
    names: dict[str, Any]


def open_shell(out: Output, file: Path | None, program: str | None) -> int:
    """Read and run lines, or one program, until there are no more; every instance is closed at the end."""
    if out.as_json and program is None:
        raise click.UsageError("a prompt has no JSON; give it one expression: dataflow shell FILE -c EXPRESSION --json")
    application = None if file is None else load_application(file)
    if application is not None and application.error is not None:
        raise application.error
    instances = (DataFlow(),) if application is None else application.instances
    names = _names(application, instances)
    with asyncio.Runner() as runner:
        session = Session(AwaitingConsole(names, runner), instances, names)
        try:
            return _interact(session) if program is None else _run(out, session, program)
        finally:
            for app in instances:
                runner.run(app.close())


def _names(application: Application | None, instances: tuple[DataFlow, ...]) -> dict[str, Any]:
    """The file's own names win over what is added: ``db``, the first instance, and the framework's public names."""
    added = {name: getattr(dataflow, name) for name in dataflow.__all__}
    added |= {"instances": instances, "asyncio": asyncio}
    if instances:
        added["db"] = instances[0]
    own = {} if application is None else dict(application.namespace)
    return {**added, **own, "__name__": "__console__", "__doc__": None}


def _interact(session: Session) -> int:
    if sys.stdin.isatty():
        _edit_lines(session.names)
    session.console.interact(banner=_banner(session), exitmsg="")
    # a program from a pipe that failed is told by the code; whoever sits at a prompt has seen it
    return FAILED if session.console.has_failed and not sys.stdin.isatty() else 0


def _banner(session: Session) -> str:
    if not sys.stdin.isatty():
        return ""
    lines = [f"DataFlow on Python {sys.version.split()[0]}: `await` works here; end with Ctrl-D"]
    lines += [f"  {app.adapter.display_url}: {', '.join(app.models) or 'no model'}" for app in session.instances]
    if session.instances and session.instances[0].models:
        lines.append(f"  such as: await db.{next(iter(session.instances[0].models))}.list(limit=3)")
    return "\n".join(lines)


def _edit_lines(names: dict[str, Any]) -> None:
    """Arrow keys, history and completion of names, where the terminal's library is there."""
    with contextlib.suppress(ImportError):
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")


def _run(out: Output, session: Session, program: str) -> int:
    """Run a program; the value of one that is an expression is the answer."""
    try:
        value = session.console.evaluated(_compiled(session, program))
    except DataFlowError:
        raise
    except Exception as error:  # the program's own failure, and not one of the command
        raise click.ClickException(f"the program raised {type(error).__name__}: {error}") from error
    out.put(value=plain_data(value))
    if value is not None:
        out.line(repr(value))
    return 0


def _compiled(session: Session, program: str) -> CodeType:
    try:
        return session.console.compiled(program, "eval")
    except SyntaxError:
        return session.console.compiled(program, "exec")
