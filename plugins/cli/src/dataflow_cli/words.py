"""What may stand in the place of an argument, for shells that complete it."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def completed_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes that begin so, each with its title."""
    # asked at a tab only
    from dataflow.diagnostics import CATALOGUE

    wanted = incomplete.upper()
    return [CompletionItem(code, help=one.title) for code, one in CATALOGUE.items() if code.startswith(wanted)]
