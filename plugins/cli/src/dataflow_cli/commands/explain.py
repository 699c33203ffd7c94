"""``dataflow explain CODE``: the page of a code, offline."""

from __future__ import annotations

import click

from dataflow.diagnostics import CATALOGUE, closest, page_of
from dataflow_cli.output import Output
from dataflow_cli.output import command as made_command


@made_command("explain", "Show the page of an error's code.")
@click.argument("code")
def command(out: Output, code: str) -> int | None:
    """Show the page of an error's CODE, such as DF-N102; without a network."""
    wanted = code.upper() if code.upper().startswith("DF-") else f"DF-{code.upper()}"
    entry, page = CATALOGUE.get(wanted), page_of(wanted)
    if entry is None or page is None:
        near = closest(wanted, CATALOGUE)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise click.UsageError(f"there is no code '{code}'{hint}")
    out.put(code=wanted, title=entry.title, group=entry.group, page=page)
    out.markdown(page.rstrip("\n"))
    return 0
