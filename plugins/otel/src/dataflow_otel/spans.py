"""Events as spans. A start opens one and makes it the current one, until its end; a statement is told when it is over."""

from __future__ import annotations

import time
from contextvars import ContextVar, Token

import attrs
from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, get_current_span, set_span_in_context

from dataflow.runtimes.events import Event
from dataflow_otel.attributes import (
    Attributes,
    description_of,
    error_type_of,
    ids_of,
    scope_attributes,
    statement_attributes,
)

Key = tuple[str | None, str | None, str | None]


@attrs.frozen(eq=False)
class Open:
    """A span that has not ended: of which run, node or call, and the one around it."""

    key: Key
    span: Span
    token: Token[Context]
    outer: Open | None


#: the innermost open span of the code that runs; a task that is started inside begins with it
_innermost: ContextVar[Open | None] = ContextVar("dataflow_otel_open", default=None)


@attrs.frozen(eq=False)
class Spans:
    """The spans of one instance."""

    tracer: Tracer
    database: Attributes

    def tell(self, event: Event) -> None:
        if event.name == "retry":
            self._again(event)
        elif event.area == "exec":
            self._open(event)
        elif event.area == "result":
            self._close(event)
        elif event.area == "sql":
            self._done(event, statement_attributes(event))
        else:
            self._done(event, scope_attributes(event))

    def _open(self, event: Event) -> None:
        span = self.tracer.start_span(_name_of(event), attributes=ids_of(event))
        token = context.attach(set_span_in_context(span))
        _innermost.set(Open(_key_of(event), span, token, _innermost.get()))

    def _close(self, event: Event) -> None:
        opened = _innermost.get()
        # observed since after it began
        if opened is None or opened.key != _key_of(event):
            return
        _innermost.set(opened.outer)
        context.detach(opened.token)
        if event.name == "error":
            _fail(opened.span, event.details.get("error"))
        opened.span.end()

    def _done(self, event: Event, own: Attributes) -> None:
        end_ns = time.time_ns()
        span = self.tracer.start_span(
            " ".join(str(own[part]) for part in ("db.operation.name", "db.collection.name") if part in own)
            or str(self.database["db.system.name"]),
            kind=SpanKind.CLIENT,
            attributes={**self.database, **own, **ids_of(event)},
            start_time=end_ns - int((event.elapsed_ms or 0) * 1_000_000),
        )
        if event.name == "error":
            _fail(span, event.details.get("error"))
        span.end(end_ns)

    def _again(self, event: Event) -> None:
        attributes: Attributes = {"dataflow.attempt": int(event.details.get("attempt", 0))}
        if "error" in event.details:
            attributes["error.type"] = error_type_of(event.details["error"])
        get_current_span().add_event("dataflow.retry", attributes)


def _fail(span: Span, error: object) -> None:
    """Mark a span as failed. The exception itself is left out: its texts, and those behind it, may hold values."""
    span.set_attribute("error.type", error_type_of(error))
    span.set_status(Status(StatusCode.ERROR, description_of(error)))
    named = {"exception.type": type(error).__name__, "exception.message": description_of(error)}
    span.add_event("exception", named)


def _key_of(event: Event) -> Key:
    return event.run_id, event.node_id, event.call_id


def _name_of(event: Event) -> str:
    if event.call_id is not None:
        return str(event.node_type)
    if event.node_id is not None:
        return f"{event.node_type} {event.node_id}"
    return f"workflow {event.details.get('workflow', '')}".rstrip()
