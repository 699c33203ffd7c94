"""``TracePlugin``: a line for each thing that happens in an instance, as far as ``debug`` and ``db.debug`` choose it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs

from dataflow.config.option import ARGUMENT
from dataflow.config.options import Config
from dataflow.debugging import LEVELS, Choice, Level
from dataflow.diagnostics import Problem
from dataflow.models.model import Model
from dataflow.plugins.hookspecs import hookimpl
from dataflow.plugins.option_problems import wrong_plugin_option
from dataflow.runtimes.areas import EVERYTHING, chosen_areas
from dataflow.runtimes.events import Area, Event
from dataflow_trace.levels import level_of
from dataflow_trace.lines import line_of
from dataflow_trace.output import Write, private_output, unwritable
from dataflow_trace.records import record_of
from dataflow_trace.values import Shown


@attrs.define(eq=False)
class TracePlugin:
    """Prints events; while nothing is chosen it does not ask for any, so that none is made."""

    max_value_length: int = attrs.field(
        default=200,
        validator=attrs.validators.ge(20),
        metadata={"description": "How many characters of one value are shown."},
    )
    colour: bool | None = attrs.field(
        default=None, metadata={"description": "Colour the areas; None asks the terminal."}
    )
    echo: bool = attrs.field(
        default=False, metadata={"description": "Print the statements alone, without the rest of `debug`."}
    )
    format: Literal["text", "json"] = attrs.field(
        default="text", metadata={"description": "Lines for people, or for each event one line of JSON."}
    )
    file: Path | None = attrs.field(
        default=None, metadata={"description": "A file that the lines are appended to; None is stderr."}
    )
    level: Level = attrs.field(
        default="debug",
        metadata={
            "description": "What is printed of the chosen areas: everything, what is out of the ordinary, or failures."
        },
    )
    _choice: Choice = attrs.field(factory=Choice, init=False, repr=False)
    _write: Write | None = attrs.field(default=None, init=False, repr=False)
    _secret_fields: dict[str, frozenset[str]] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def wants_events(self) -> bool | frozenset[Area]:
        """Read by the kernel after ``dataflow_check_config``, and after each ``db.debug``."""
        # an area of another plugin's own is among everything
        return True if self._choice.areas == EVERYTHING else self._choice.areas

    @property
    def choice(self) -> Choice:
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Print from now on what is chosen."""
        if choice.areas and self._write is None:
            self._write = private_output(self.file, self.colour, as_json=self.format == "json")
        self._choice = choice

    @hookimpl
    def dataflow_check_config(self, config: Config) -> Sequence[Problem]:
        reason = None if self.file is None else unwritable(self.file)
        if reason is not None:
            return [wrong_plugin_option("trace", "file", reason, repr(str(self.file)), ARGUMENT, '"trace.log"')]
        areas = chosen_areas(config.debug) | (frozenset[Area](("sql",)) if self.echo else frozenset())
        self.choose(Choice(areas, self.level))
        return ()

    @hookimpl
    def dataflow_debug(self) -> TracePlugin:
        return self

    @hookimpl
    def dataflow_check_model(self, model: Model) -> Sequence[Problem]:
        self._secret_fields[model.name] = frozenset(one.name for one in model.fields.values() if one.is_secret)
        return ()

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        level = level_of(event)
        if self._write is None or LEVELS.index(level) < LEVELS.index(self._choice.level):
            return
        shown = Shown(self._hidden_in(event), self.max_value_length)
        area, text = record_of(event, level, shown) if self.format == "json" else line_of(event, shown)
        self._write(area, text)

    def _hidden_in(self, event: Event) -> frozenset[str]:
        known = self._secret_fields.get(event.model or "")
        # a statement or a function of no model may carry any model's values
        return frozenset().union(*self._secret_fields.values()) if known is None else known
