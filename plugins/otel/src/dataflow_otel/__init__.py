"""OpenTelemetry spans of runs, nodes, calls and statements."""

from __future__ import annotations

from dataflow_otel.plugin import OtelPlugin

__all__ = ["OtelPlugin"]
