"""The timings of a run as a Gantt chart: one row per execution of a step, in HTML that is as wide as its page."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow_visualize.recording import Bar
from dataflow_visualize.text import escape

#: a bar is at least as wide, in per cent, or nobody sees it
LEAST = 0.4
TICKS = 4


def gantt(bars: Sequence[Bar]) -> str:
    """The chart; empty when nothing ran."""
    if not bars:
        return ""
    total_ms = max(bar.end_ms for bar in bars) or 1.0
    ticks = "".join(f"<span>{duration(total_ms * part / TICKS)}</span>" for part in range(TICKS + 1))
    rows = "".join(_row(bar, total_ms) for bar in bars)
    return f'<div class="gantt"><div class="axis">{ticks}</div>{rows}</div>'


def _row(bar: Bar, total_ms: float) -> str:
    width = max(100 * bar.elapsed_ms / total_ms, LEAST)
    left = min(100 * bar.start_ms / total_ms, 100 - width)
    told = f"{bar.step}: {bar.status}, from {duration(bar.start_ms)} to {duration(bar.end_ms)}"
    return (
        f'<div class="row" title="{escape(told)}"><span class="step">{escape(bar.step)}</span>'
        f'<span class="track"><span class="bar {bar.status}" style="left:{left:.2f}%;width:{width:.2f}%"></span></span>'
        f'<span class="took">{duration(bar.elapsed_ms)}</span></div>'
    )


def duration(elapsed_ms: float) -> str:
    """A time in the unit that suits it."""
    if not elapsed_ms:
        return "0"
    if elapsed_ms >= 1000:
        return f"{elapsed_ms / 1000:.2f} s"
    return f"{elapsed_ms:.1f} ms" if elapsed_ms >= 0.05 else f"{elapsed_ms * 1000:.0f} µs"
