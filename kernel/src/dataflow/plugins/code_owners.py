"""The prefixes of error codes: each belongs to one plugin."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import ErrorCodes, Problem, Solution, Where
from dataflow.diagnostics.own_codes import is_published, publish


def publish_codes(given: Sequence[tuple[str, ErrorCodes]]) -> list[Problem]:
    """Make the codes of plugins known; a DF-P114 for each plugin whose codes are not fit for that."""
    found: list[Problem] = []
    for plugin, codes in given:
        if is_published(plugin, codes):
            continue
        faults = list(codes.faults())
        owner = None if faults else publish(plugin, codes)
        if owner is not None:
            whose = "the framework" if owner == "dataflow" else f"the plugin '{owner}'"
            faults = [f"the prefix '{codes.prefix}' belongs to {whose}"]
        if faults:
            found.append(_unfit(plugin, codes, faults))
    return found


def _unfit(plugin: str, codes: ErrorCodes, faults: Sequence[str]) -> Problem:
    return Problem(
        code="DF-P114",
        message=f"plugin '{plugin}' has error codes that it may not have: {faults[0]}",
        where=Where(operation="plugins"),
        context={"plugin": plugin, "prefix": codes.prefix, "codes": ", ".join(codes.entries) or "none"}
        | ({"and": "; ".join(faults[1:])} if faults[1:] else {}),
        cause="a code is looked up by its prefix: one plugin has it, and each of its codes has a page that `dataflow explain` prints",
        solutions=(
            Solution(
                "give codes of its own:",
                'ErrorCodes("ACME", {"ACME-101": Entry("title", "Kind")}, "dataflow_acme/pages")',
            ),
            Solution("and write the page of each:", "dataflow_acme/pages/ACME-101.md    # ACME-101: title"),
        ),
    )
