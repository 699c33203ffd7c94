"""``dataflow plugins``: what is loaded, in order, and what is installed besides."""

from __future__ import annotations

from dataflow import DataFlow
from dataflow.diagnostics.problem import plain_data
from dataflow.inspection.report import table
from dataflow.plugins.discovery import installed_plugins
from dataflow_cli.output import Output


def show_plugins(out: Output, profile: str | None) -> int:
    """Show the plugins of a profile, the one that is in force when none is given."""
    db = DataFlow(profile=profile)
    states = db.plugins.inspect()
    loaded = {one.name for one in states.loaded}
    others = [one for name, claims in installed_plugins().items() for one in claims if name not in loaded]
    out.put(
        profile=db.config.profile,
        loaded=[
            {
                **plain_data(one),
                "origin": str(one.origin),
                "options": [{**plain_data(state), "origin": str(state.origin)} for state in one.options],
            }
            for one in states.loaded
        ],
        absent=[plain_data(one) for one in states.absent],
        installed=[{"name": one.name, "distribution": one.distribution, "version": one.version} for one in others],
    )
    out.line(f"profile {db.config.profile}")
    out.heading("loaded, in order")
    for one in states.loaded:
        source = f"{one.distribution} {one.version}" if one.distribution else str(one.origin)
        out.line(f"  {one.order}. {one.name}  ({source})")
        out.line(f"       {', '.join(one.hooks)}")
        for row in table([(state.name, "=", state.value, f"({state.origin})") for state in one.options], "       "):
            out.line(row)
    if states.absent:
        out.heading("not loaded")
        for absent in states.absent:
            out.line(f"  {absent.name}: {absent.reason}")
    if others:
        out.heading("installed, not asked for")
        for row in table([(one.name, f"{one.distribution} {one.version}") for one in others]):
            out.line(row)
    return 0
