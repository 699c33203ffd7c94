"""Showing problems: plain text, a terminal, JSON, HTML, and a bounded text for language models."""

from __future__ import annotations

from dataflow.rendering.plugin import KernelRenderer
from dataflow.rendering.styles import Style, render, show

__all__ = ["KernelRenderer", "Style", "render", "show"]
