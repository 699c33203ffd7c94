"""``OtelPlugin``: each run, node, direct call and statement is a span, inside the span of what asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from opentelemetry.trace import TracerProvider, get_tracer

from dataflow.config.options import Config
from dataflow.diagnostics import Problem
from dataflow.plugins.hookspecs import hookimpl
from dataflow.runtimes.events import Area, Event
from dataflow_otel.attributes import database_attributes
from dataflow_otel.spans import Spans

SCOPE = "dataflow"


@attrs.define(eq=False)
class OtelPlugin:
    """Makes spans with the tracer provider of the application; until there is one they cost little and go nowhere."""

    statements: bool = attrs.field(
        default=True,
        metadata={"description": "A span for each statement too, and for what begins and ends transactions."},
    )
    tracer_provider: TracerProvider | None = attrs.field(
        default=None,
        repr=False,
        metadata={"description": "Who makes the spans; None is the provider that the application has set."},
    )
    _spans: Spans | None = attrs.field(default=None, init=False, repr=False)

    @property
    def wants_events(self) -> frozenset[Area]:
        """Read by the kernel after ``dataflow_check_config``."""
        areas: Mapping[Area, bool] = {"exec": True, "result": True, "sql": self.statements, "scope": self.statements}
        return frozenset(area for area, wanted in areas.items() if wanted)

    @hookimpl
    def dataflow_check_config(self, config: Config) -> Sequence[Problem]:
        tracer = get_tracer(SCOPE, tracer_provider=self.tracer_provider)
        self._spans = Spans(tracer, database_attributes(config.database_url))
        return ()

    @hookimpl
    def dataflow_event(self, event: Event) -> None:
        if self._spans is not None:
            self._spans.tell(event)
