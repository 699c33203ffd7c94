"""``dataflow config show``: every option with its value and its origin."""

from __future__ import annotations

import click

from dataflow import DataFlow
from dataflow.diagnostics.problem import plain_data
from dataflow.inspection.report import table
from dataflow_cli.output import Output
from dataflow_cli.output import command as made_command


@click.group("config", short_help="Show every option, its value and who decided it.")
def command() -> None:
    """The options that are in force here."""


@made_command("show", "Show every option, its value and who decided it.")
@click.option("--profile", help="Instead of the profile that is in force here.")
def show(out: Output, profile: str | None) -> int | None:
    """Show every option, its value, secrets masked, and who decided it: default, profile, file, environment or argument."""
    db = DataFlow(profile=profile)
    plugins = [state for one in db.plugins.inspect().loaded for state in one.options]
    states = [*db.config.describe(), *plugins]
    out.put(
        profile=db.config.profile,
        options=[{**plain_data(state), "origin": str(state.origin)} for state in states],
    )
    out.line(f"profile {db.config.profile}")
    out.heading("options")
    for row in table([(state.name, state.value, f"({state.origin})") for state in states]):
        out.line(row)
    return 0


command.add_command(show)
