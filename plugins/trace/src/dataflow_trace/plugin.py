"""``TracePlugin``: a line for everything that happens in an instance whose option ``debug`` is on, or for its statements."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dataflow.config.options import Config
from dataflow.diagnostics import Problem
from dataflow.models.model import Model
from dataflow.plugins.hookspecs import hookimpl
from dataflow.runtimes.events import Area, Event
from dataflow_trace.lines import line_of
from dataflow_trace.output import Write, private_output
from dataflow_trace.values import Shown


@attrs.define(eq=False)
class TracePlugin:
    """Prints events; without ``debug`` and ``echo`` it does not ask for any, so that none is made."""

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
    _debug: bool = attrs.field(default=False, init=False, repr=False)
    _write: Write | None = attrs.field(default=None, init=False, repr=False)
    _secret_fields: dict[str, frozenset[str]] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def wants_events(self) -> bool | frozenset[Area]:
        """Read by the kernel after ``dataflow_check_config``."""
        return self._debug or (frozenset[Area](("sql",)) if self.echo else False)

    @hookimpl
    def dataflow_check_config(self, config: Config) -> Sequence[Problem]:
        self._debug = config.debug
        self._write = private_output(self.colour) if config.debug or self.echo else None
        return ()

    @hookimpl
    def dataflow_check_model(self, model: Model) -> Sequence[Problem]:
        self._secret_fields[model.name] = frozenset(one.name for one in model.fields.values() if one.is_secret)
        return ()

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        if self._write is not None:
            area, text = line_of(event, Shown(self._hidden_in(event), self.max_value_length))
            self._write(area, text)

    def _hidden_in(self, event: Event) -> frozenset[str]:
        known = self._secret_fields.get(event.model or "")
        # a statement or a function of no model may carry any model's values
        return frozenset().union(*self._secret_fields.values()) if known is None else known
