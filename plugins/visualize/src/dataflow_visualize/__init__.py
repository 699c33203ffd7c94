"""Pictures of workflows: SVG, Mermaid, DOT, and an HTML report with the timings of a run."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dataflow_visualize.plugin import VisualizePlugin

if TYPE_CHECKING:
    from dataflow_visualize.drawing import Drawing, draw
    from dataflow_visualize.recording import Recording

__all__ = ["Drawing", "Recording", "VisualizePlugin", "draw"]

_LATE = {"Drawing": "drawing", "draw": "drawing", "Recording": "recording"}


def __getattr__(name: str) -> Any:
    # every instance of the development profile imports this module, and few of them draw
    if name not in _LATE:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
