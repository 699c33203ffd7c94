"""The kernel's own answer to ``dataflow_render``, which any plugin may precede."""

from __future__ import annotations

from dataflow.diagnostics import Problem
from dataflow.plugins.hookspecs import hookimpl
from dataflow.rendering.styles import Style, render


class KernelRenderer:
    """Shows every problem in every style."""

    @hookimpl(trylast=True)
    def dataflow_render(self, problem: Problem, style: Style) -> str:
        return render([problem], style)
