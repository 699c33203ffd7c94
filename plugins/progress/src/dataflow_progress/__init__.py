"""A bar on the terminal for each long step of a run."""

from __future__ import annotations

from dataflow_progress.plugin import ProgressPlugin

__all__ = ["ProgressPlugin"]
