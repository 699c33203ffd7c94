"""The commands of this distribution: their arguments, options and texts; what they do stands in ``commands``.

The work is imported when a command is called: it needs the kernel, whose import would cost every ``--help`` 0.2 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from dataflow_cli.groups import DefaultGroup
from dataflow_cli.output import Output, command
from dataflow_cli.words import completed_codes

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PROFILE = click.option("--profile", help="Instead of the profile that is in force here.")


@command("completion", "Print the script by which a shell completes.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, out: Output, shell: str) -> int | None:
    """Print the script by which SHELL completes commands, options, files and codes.

    For bash: eval "$(dataflow completion bash)" in ~/.bashrc.
    """
    from dataflow_cli.commands.completion import show_script

    return show_script(out, shell, ctx.find_root().command)


@command("demo", "A tour on SQLite that shows what it does.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write the workflow's picture to a file.")
def demo(out: Output, svg: Path | None) -> int | None:
    """A tour on SQLite, in a directory that is gone afterwards: models, a workflow with a transaction, 10,000 rows, a mistake."""
    from dataflow_cli.commands.demo import demonstrate

    return demonstrate(out, svg)


@command("doctor", "Examine environment, plugins, options, database and tables.")
@click.argument("file", type=_FILE, required=False)
@_PROFILE
@click.option(
    "--processes", type=click.IntRange(1), default=1, show_default=True, help="How many the application runs as."
)
def doctor(out: Output, file: Path | None, profile: str | None, processes: int) -> int | None:
    """Examine the instances of FILE, or the one that the configuration here makes: each finding with code and cure.

    The exit code is 0 when all is well, 4 when the database cannot be reached, 3 when tables differ from their models, 1 for
    any other finding.
    """
    from dataflow_cli.commands.doctor import examine

    return examine(out, file, profile, processes)


@command("explain", "Show the page of an error's code.")
@click.argument("code", required=False, shell_complete=completed_codes)
def explain(out: Output, code: str | None) -> int | None:
    """Show the page of an error's CODE, such as DF-N102, without a network; without a CODE, list them all."""
    from dataflow_cli.commands.explain import explain_code, list_codes

    return list_codes(out) if code is None else explain_code(out, code)


@command("inspect", "Show models, nodes and workflows of a Python file.")
@click.argument("file", type=_FILE)
def inspect(out: Output, file: Path) -> int | None:
    """Import FILE and show its models, nodes, workflows, schema cache, connection pools and plugins.

    No workflow is executed and no database is opened. The exit code is 1 when something is wrong.
    """
    from dataflow_cli.commands.inspect import inspect_file

    return inspect_file(out, file)


@command("new", "Write a new application that runs.")
@click.argument("name")
def new(out: Output, name: str) -> int | None:
    """Write a new application into the directory NAME: models, a workflow, its test, plugins.toml."""
    from dataflow_cli.commands.new import write_application

    return write_application(out, name)


@command("plugins", "Show the plugins in order, and where each comes from.")
@click.argument("file", type=_FILE, required=False)
@_PROFILE
@click.option("--trace", is_flag=True, help="Show which plugin answers which hook, for the instances of FILE.")
def plugins(out: Output, file: Path | None, profile: str | None, trace: bool) -> int | None:
    """Show the plugins of a profile in order: a later one is asked first, wraps outermost and wins."""
    from dataflow_cli.commands.hook_trace import trace_hooks
    from dataflow_cli.commands.plugins import show_plugins

    if file is not None and not trace:
        raise click.UsageError(f"a FILE is for --trace: dataflow plugins --trace {file}")
    return trace_hooks(out, file, profile) if trace else show_plugins(out, profile)


@command("shell", "Open a prompt that awaits, with the instances of a Python file.")
@click.argument("file", type=_FILE, required=False)
@click.option(
    "-c", "--command", "program", metavar="PROGRAM", help="Run this instead, and print the value of an expression."
)
def shell(out: Output, file: Path | None, program: str | None) -> int | None:
    """Open a prompt that awaits, with the names and instances of FILE; `db` is the first instance."""
    from dataflow_cli.commands.shell import open_shell

    return open_shell(out, file, program)


@command("typegen", "Write the types of the models of a Python file.")
@click.argument("file", type=_FILE)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE's name with _types.py."
)
@click.option("--check", is_flag=True, help="Write nothing; end with 1 when the types are not up to date.")
def typegen(out: Output, file: Path, output: Path | None, check: bool) -> int | None:
    """Import FILE and write a module with the types of its models, whose class Database checkers and editors know."""
    from dataflow_cli.commands.typegen import write_types

    return write_types(out, file, output, check=check)


@command("validate", "Check the models and workflows of a Python file.")
@click.argument("file", type=_FILE)
@click.option("--fix", is_flag=True, help="Write the fixes that cannot change what the program means.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff, also those that are probably meant.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option(
    "--format",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="How to report: json and sarif for editors and code scanning, github for annotations.",
)
def validate(out: Output, file: Path, fix: bool, unsafe_fixes: bool, diff: bool, format: str) -> int | None:
    """Import FILE and report everything that is wrong with its models and workflows; no workflow is executed."""
    from dataflow_cli.commands.validate import Asked, validate_file

    if unsafe_fixes and not (fix or diff):
        raise click.UsageError("--unsafe-fixes goes with --fix, which writes them, or --diff, which shows them")
    return validate_file(out, Asked(file, fix, unsafe_fixes, diff, format))


@command("show", "Show every option, its value and who decided it.")
@_PROFILE
def show(out: Output, profile: str | None) -> int | None:
    """Show every option, its value, secrets masked, and who decided it: default, profile, file, environment or argument."""
    from dataflow_cli.commands.configuration import show_options

    return show_options(out, profile)


@click.group("config", cls=DefaultGroup, default="show", short_help="Show every option, its value and who decided it.")
def config() -> None:
    """The options that are in force here; without a command, show them."""


config.add_command(show)

OWN: Mapping[str, click.Command] = {
    one.name or "": one
    for one in (completion, config, demo, doctor, explain, inspect, new, plugins, shell, typegen, validate)
}
