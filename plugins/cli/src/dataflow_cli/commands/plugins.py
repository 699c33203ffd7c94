"""``dataflow plugins``: what is loaded, in order, and what is installed besides."""

from __future__ import annotations

from dataflow import DataFlow
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
        **states.to_dict(),
        installed=[{"name": one.name, "distribution": one.distribution, "version": one.version} for one in others],
    )
    out.line(f"profile {db.config.profile}")
    out.heading("loaded, in order")
    for one in states.loaded:
        for line in one.lines():
            out.line(f"  {line}")
    if states.absent:
        out.heading("not loaded")
        for absent in states.absent:
            out.line(f"  {absent.name}: {absent.reason}")
    if others:
        out.heading("installed, not asked for")
        for row in table([(one.name, f"{one.distribution} {one.version}") for one in others]):
            out.line(row)
    return 0
