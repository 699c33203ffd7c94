"""Places for boxes, frames around them and ways between them; knows nothing of workflows."""

from __future__ import annotations

from dataflow_visualize.layout.geometry import Box, Edge, Layout, Route, Shape
from dataflow_visualize.layout.nested import laid_out

__all__ = ["Box", "Edge", "Layout", "Route", "Shape", "laid_out"]
