"""Debug output of a running instance."""

from __future__ import annotations

from dataflow_trace.plugin import TracePlugin

__all__ = ["TracePlugin"]
