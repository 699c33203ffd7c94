"""``dataflow config show``: every option with its value and its origin."""

from __future__ import annotations

from dataflow import DataFlow
from dataflow.diagnostics.problem import plain_data
from dataflow.inspection.report import table
from dataflow_cli.output import Output


def show_options(out: Output, profile: str | None) -> int:
    """Show the options of a profile, the one that is in force when none is given, and of its plugins."""
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
