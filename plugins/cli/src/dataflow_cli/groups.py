"""Groups of commands that answer a wrong word with the right one."""

from __future__ import annotations

import difflib
from typing import Any

import click


class Group(click.Group):
    """Says which command was meant, and where the options that every command has stand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in ("--json", "--no-color"):
                raise
            rest = [one for one in args if not one.startswith("-")] or ["COMMAND"]
            right = " ".join([ctx.command_path, *rest, error.option_name])
            raise click.UsageError(f"'{error.option_name}' stands after the command: {right}", ctx) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
            raise click.UsageError(f"no command '{name}'; {hint}", ctx)
        return super().resolve_command(ctx, args)


class DefaultGroup(Group):
    """A group that is one of its own commands where none is named: ``config`` is ``config show``."""

    def __init__(self, *arguments: Any, default: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_named = any(not one.startswith("-") for one in args)
        asks_for_help = any(one in ("-h", "--help") for one in args)
        # a shell that completes has named nothing yet
        as_they_are = is_named or asks_for_help or ctx.resilient_parsing
        return super().parse_args(ctx, args if as_they_are else [self.default, *args])
