"""The command line: which commands there are, and with which code the process ends.

0 is fine, 1 something was found or failed, 2 a wrong command line, 3 an action is needed, 4 the database cannot be reached,
5 an error of the command itself, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import attrs
import click

from dataflow_cli.exit_codes import FAILED, INTERNAL, INTERRUPTED, UNREACHABLE, USAGE
from dataflow_cli.groups import Group
from dataflow_cli.known_commands import KNOWN, KnownCommand
from dataflow_cli.own_commands import OWN
from dataflow_cli.shared import Shared
from dataflow_cli.strangers import asks_for_strangers

if TYPE_CHECKING:
    from dataflow.diagnostics import DataFlowError, Problem


class CommandLine(Group):
    """The commands of this distribution, and those that plugins give."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*OWN, *_known(), *(command.name or "" for command in _strange())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return (
            OWN.get(cmd_name)
            or next((one for one in _given(quiet=False) if one.name == cmd_name), None)
            or _of_application(cmd_name)
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = KNOWN.get(args[0])
        if known is not None and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"no command '{args[0]}' here; {known.way}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        summaries = {name: one.get_short_help_str(80) for name, one in OWN.items()}
        summaries |= {name: one.summary for name, one in _known().items()}
        summaries |= {one.name or "": one.get_short_help_str(80) for one in _strange() if one.name not in OWN}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(summaries.items()))


def _known() -> dict[str, KnownCommand]:
    """The commands of the framework's installed plugins; who calls one that is not in force is told how to name it."""
    return {name: one for name, one in KNOWN.items() if one.is_installed}


def _strange() -> Sequence[click.Command]:
    """What plugins of somebody else's may give: the kernel is imported, and they are, only where some are asked for."""
    return _given(quiet=True) if asks_for_strangers() else ()


def _given(*, quiet: bool) -> Sequence[click.Command]:
    """The commands of the plugins that the profile names; a broken configuration must not hide the own ones."""
    # the kernel is not needed to run or list what is here
    from dataflow.diagnostics import DataFlowError
    from dataflow_cli.plugin_commands import plugin_commands

    try:
        return plugin_commands()
    except DataFlowError:
        if not quiet:
            raise
        return []


def _of_application(name: str) -> click.Command | None:
    """A command of a plugin that applications name themselves, and no profile has to."""
    known = KNOWN.get(name)
    if known is None or not known.is_the_applications or not known.is_installed:
        return None
    from dataflow_cli.plugin_commands import installed_command

    return installed_command(known.extra, name)


@click.command(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dataflow-cli", prog_name="dataflow")
def command_line() -> None:
    """Workflows, models and plugins of DataFlow on the command line."""


def run(args: Sequence[str]) -> int:
    """Run one command line; the code with which the process should end."""
    as_json = "--json" in args
    try:
        return command_line.main(list(args), prog_name="dataflow", standalone_mode=False, obj=Shared()) or 0
    except click.UsageError as error:
        _refused(error, as_json)
        return USAGE
    except click.ClickException as error:
        _refused(error, as_json)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _interrupted(as_json)
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read the output, such as `head`, has had enough
        sys.stdout = None  # nothing is left to flush at exit
        return FAILED
    except OSError as error:
        # a disk that is full, a directory that cannot be written: not of this program's making
        _refused(click.ClickException(_told(error)), as_json)
        return FAILED
    except Exception as error:  # the last line of defence: every failure ends with a code of its own
        return _failed(error, as_json)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, that of the process when none is given, and exit."""
    sys.exit(run(sys.argv[1:] if args is None else args))


def _refused(error: click.ClickException, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": False, "error": error.format_message()}, indent=2))
    else:
        error.show()


def _interrupted(as_json: bool) -> None:
    if as_json:
        _refused(click.ClickException("interrupted"), as_json)
    else:
        click.echo("interrupted", err=True)


def _told(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _failed(error: Exception, as_json: bool) -> int:
    from dataflow.diagnostics import DataFlowError

    if not isinstance(error, DataFlowError):
        click.echo("".join(traceback.format_exception(error)), err=True)
        _refused(click.ClickException("this is an error of the command, not of your code"), as_json)
        return INTERNAL
    show_error(error, as_json)
    return UNREACHABLE if _is_unreachable(error) else FAILED


def show_error(error: DataFlowError, as_json: bool) -> None:
    """Problems on stderr as well as it can show them; as JSON on stdout."""
    from dataflow.rendering import render

    problems = [_without_script(one) for one in error.problems]
    if as_json:
        click.echo(json.dumps({"ok": False, **json.loads(render(problems, "json"))}, indent=2))
    else:
        click.echo(render(problems, "terminal"), err=True)


def _without_script(problem: Problem) -> Problem:
    """A problem without the line that started this process, which tells a reader nothing."""
    script = getattr(sys.modules["__main__"], "__file__", "<string>")
    call = problem.where.call
    if call is None or call.file != script:
        return problem
    return attrs.evolve(problem, where=attrs.evolve(problem.where, call=None))


def _is_unreachable(error: DataFlowError) -> bool:
    from dataflow.diagnostics import UnreachableError

    return isinstance(error, UnreachableError)
