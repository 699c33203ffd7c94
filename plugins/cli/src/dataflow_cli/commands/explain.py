"""``dataflow explain [CODE]``: the page of an error's code, offline."""

from __future__ import annotations

import click

from dataflow.diagnostics import CATALOGUE, closest, page_of
from dataflow.inspection.report import table
from dataflow_cli.output import Output


def explain_code(out: Output, code: str) -> int:
    """Show a page; a code may be written without its ``DF-``, and in lower case."""
    wanted = code.upper() if code.upper().startswith("DF-") else f"DF-{code.upper()}"
    entry, page = CATALOGUE.get(wanted), page_of(wanted)
    if entry is None or page is None:
        # the letter names the area: a code of another one is not what was meant
        near = [one for one in closest(wanted, CATALOGUE) if one[:4] == wanted[:4]]
        hint = f"did you mean {', '.join(near)}?" if near else "`dataflow explain` lists them all"
        raise click.UsageError(f"there is no code '{code}'; {hint}")
    out.put(code=wanted, title=entry.title, group=entry.group, page=page)
    out.markdown(page.rstrip("\n"))
    return 0


def list_codes(out: Output) -> int:
    """Every code with its title, group by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, entry in CATALOGUE.items():
        groups.setdefault(entry.group, []).append((code, entry.title))
    out.put(codes=[{"code": code, "title": one.title, "group": one.group} for code, one in CATALOGUE.items()])
    for group, rows in groups.items():
        out.heading(group)
        for row in table(rows):
            out.line(row)
    return 0
