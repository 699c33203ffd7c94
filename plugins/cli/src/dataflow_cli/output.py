"""What a command prints: text for people, one JSON object for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import attrs
import click

if TYPE_CHECKING:
    from dataflow.inspection.report import Report

P = ParamSpec("P")

#: the words that a terminal shows in colour, and the colour
MARKS = {"PASS": "green", "WARN": "yellow", "FAIL": "red", "error": "red", "warning": "yellow"}


@attrs.define(eq=False)
class Output:
    """``as_json`` silences every text, ``colour`` allows escape codes; both are false for a pipe."""

    as_json: bool = False
    colour: bool = False
    _data: dict[str, Any] = attrs.field(factory=dict)

    @property
    def is_terminal(self) -> bool:
        return self.colour and not self.as_json

    def put(self, **data: Any) -> None:
        """Add to the JSON object."""
        self._data |= data

    def heading(self, text: str) -> None:
        if not self.as_json:
            click.echo()
            click.echo(click.style(text, bold=True) if self.colour else text)

    def line(self, text: str = "") -> None:
        """One line; a mark in it is coloured, a result is not lost without colours."""
        if self.as_json:
            return
        if self.colour:
            for mark, colour in MARKS.items():
                text = text.replace(mark, click.style(mark, fg=colour, bold=True))
        click.echo(text)

    def report(self, report: Report) -> None:
        """An inspection's text, set in."""
        if not self.as_json:
            for line in report.lines():
                self.line(f"  {line}")

    def tables(self, report: Report) -> None:
        """A report by itself: as tables where the terminal shows them."""
        if not self.is_terminal:
            for line in () if self.as_json else report.lines():
                self.line(line)
            return
        # a command whose output is a pipe's does not pay for it
        from rich.console import Console

        Console().print(report)

    def markdown(self, text: str) -> None:
        """A page, laid out where the terminal can."""
        if not self.is_terminal:
            self.line(text)
            return
        # a command whose output is a pipe's does not pay for it
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))

    def finish(self) -> None:
        """Print the JSON object, if that is asked for."""
        if self.as_json:
            click.echo(json.dumps(self._data, indent=2, allow_nan=False, default=str))


def command(name: str, summary: str) -> Callable[[Callable[Concatenate[Output, P], int | None]], click.Command]:
    """A command with ``--json`` and ``--no-color``, whose function is given the output and answers the exit code."""

    def made(function: Callable[Concatenate[Output, P], int | None]) -> click.Command:
        def run(as_json: bool, no_color: bool, *args: P.args, **kwargs: P.kwargs) -> int:
            if no_color:
                os.environ["NO_COLOR"] = "1"
            out = Output(as_json, shows_colour())
            code = function(out, *args, **kwargs) or 0
            out.put(ok=code == 0)
            out.finish()
            return code

        run.__doc__ = function.__doc__ or summary
        run.__dict__.update(function.__dict__)
        options = [
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text."),
            click.option("--no-color", is_flag=True, help="Print no colours, whatever the terminal."),
        ]
        for option in options:
            option(run)
        return click.command(name, short_help=summary)(run)

    return made


def shows_colour() -> bool:
    """Whether stdout is a terminal that shows colours, and nobody refused them."""
    # a process may be started without any stdout at all
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    return on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def counted(number: int, noun: str) -> str:
    """A number of things, such as ``1 model`` or ``2 models``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(entries: Mapping[str, object]) -> str:
    """Facts on one line."""
    return "   ".join(f"{name} {value}" for name, value in entries.items())
