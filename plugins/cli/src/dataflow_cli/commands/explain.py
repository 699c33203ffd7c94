"""``dataflow explain [CODE]``: the page of an error's code, offline."""

from __future__ import annotations

from collections.abc import Mapping

import click

from dataflow.diagnostics import Entry, closest, page_of
from dataflow.diagnostics.own_codes import entry_of, known_codes
from dataflow.inspection.report import table
from dataflow_cli.output import Output
from dataflow_cli.plugin_commands import loaded_plugins


def explain_code(out: Output, code: str) -> int:
    """Show a page; a code may be written without its ``DF-``, and in lower case. Plugins are loaded for codes of theirs."""
    wanted = code.upper() if "-" in code else f"DF-{code.upper()}"
    if entry_of(wanted) is None and not wanted.startswith("DF-"):
        # the plugins of the profile tell their codes when they are loaded
        loaded_plugins()
    entry, page = entry_of(wanted), page_of(wanted)
    if entry is None or page is None:
        raise click.UsageError(f"there is no code '{code}'; {_hint(wanted)}")
    out.put(code=wanted, title=entry.title, group=entry.group, page=page)
    out.markdown(page.rstrip("\n"))
    return 0


def _hint(wanted: str) -> str:
    known = known_codes()
    prefix = wanted.partition("-")[0]
    if not any(code.startswith(f"{prefix}-") for code in known):
        return f"codes with '{prefix}-' are those of a plugin, and none that plugins.toml or DATAFLOW_PLUGINS names has them"
    # the letter names the area: a code of another one is not what was meant
    near = [one for one in closest(wanted, known) if one[: len(prefix) + 2] == wanted[: len(prefix) + 2]]
    return f"did you mean {', '.join(near)}?" if near else "`dataflow explain` lists them all"


def list_codes(out: Output) -> int:
    """Every code with its title, group by group; those of plugins last."""
    loaded_plugins()
    known: Mapping[str, Entry] = known_codes()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, entry in known.items():
        groups.setdefault(entry.group, []).append((code, entry.title))
    out.put(codes=[{"code": code, "title": one.title, "group": one.group} for code, one in known.items()])
    for group, rows in groups.items():
        out.heading(group)
        for row in table(rows):
            out.line(row)
    return 0
