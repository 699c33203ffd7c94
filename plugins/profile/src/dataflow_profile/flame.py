"""A flame graph as one SVG element that loads nothing: what is in a frame stands above it, as wide as its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

import attrs

from dataflow_profile.frames import Frame, FrameKind

WIDTH, ROW, HEAD = 1200.0, 22, 26
#: narrower than this nothing can be seen, and the pages of long profiles stay small
MIN_WIDTH = 0.4
LETTER = 6.7

#: by kind: the colour on light and on dark
COLOURS: Mapping[FrameKind, tuple[str, str]] = {
    "all": ("#d9dde3", "#3a414c"),
    "run": ("#c3cede", "#44546b"),
    "step": ("#f5b26b", "#a8641c"),
    "call": ("#f2cf73", "#8f6c12"),
    "statement": ("#e8836b", "#9c3b27"),
    "tables": ("#b79fd9", "#6a4d93"),
    "transaction": ("#8fbcbb", "#3e7271"),
    "validation": ("#9cc98a", "#4b7a38"),
}
LEGEND: Mapping[FrameKind, str] = {
    "step": "step", "call": "call", "validation": "validation", "statement": "SQL", "transaction": "transaction",
    "tables": "first use of tables",
}  # fmt: skip


@attrs.frozen
class Box:
    """A frame in its place; ``depth`` 0 is the root, at the bottom."""

    frame: Frame
    left: float
    width: float
    depth: int
    share: float


def boxes(root: Frame) -> list[Box]:
    """Every frame that is wide enough to be seen."""
    total = root.total_ms
    return list(_placed(root, 0.0, 0, WIDTH / total, total)) if total > 0 else []


def _placed(frame: Frame, left: float, depth: int, scale: float, total: float) -> Iterator[Box]:
    width = frame.total_ms * scale
    if width < MIN_WIDTH:
        return
    yield Box(frame, left, width, depth, frame.total_ms / total)
    for one in frame.parts.values():
        yield from _placed(one, left, depth + 1, scale, total)
        left += one.total_ms * scale


def flame(root: Frame) -> str:
    """The SVG element, for people with light or dark screens."""
    placed = boxes(root)
    depth = max((one.depth for one in placed), default=0)
    height = HEAD + (depth + 1) * ROW + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height}" width="{WIDTH:.0f}" height="{height}" '
            f'role="img" aria-label="flame graph">',
            f"<style>{_style()}</style>",
            f'<rect class="sheet" width="{WIDTH:.0f}" height="{height}"/>',
            _legend(),
            *(_drawn(one, HEAD + (depth - one.depth) * ROW) for one in placed),
            "</svg>",
        ]
    )


def _style() -> str:
    light = "".join(f".{kind}{{fill:{one}}}" for kind, (one, _) in COLOURS.items())
    dark = "".join(f".{kind}{{fill:{one}}}" for kind, (_, one) in COLOURS.items())
    return (
        ".sheet{fill:#fff}text{font:11px ui-monospace,monospace;fill:#1c2128;pointer-events:none}"
        f"rect{{stroke:#fff;stroke-width:.6}}g:hover>rect{{stroke:#1c2128;stroke-width:1.2}}{light}"
        "@media(prefers-color-scheme:dark){.sheet{fill:#15181d}text{fill:#e6e9ee}rect{stroke:#15181d}"
        f"g:hover>rect{{stroke:#e6e9ee}}{dark}}}"
    )


def _legend() -> str:
    parts, left = [], 4
    for kind, name in LEGEND.items():
        parts.append(f'<rect class="{kind}" x="{left}" y="6" width="12" height="12"/>')
        parts.append(f'<text x="{left + 17}" y="16">{name}</text>')
        left += 34 + round(len(name) * LETTER)
    return "".join(parts)


def _drawn(box: Box, top: int) -> str:
    frame = box.frame
    tip = f"{frame.name}\n{frame.total_ms:.2f} ms, {box.share:.1%}" + (
        f", {frame.count} times" if frame.count > 1 else ""
    )
    if frame.together_ms > frame.total_ms * 1.001:
        tip += f", {frame.together_ms:.2f} ms one by one"
    room = int((box.width - 6) / LETTER)
    label = frame.name if len(frame.name) <= room else f"{frame.name[: room - 1]}…" if room > 2 else ""
    text = f'<text x="{box.left + 3:.1f}" y="{top + 15}">{escape(label)}</text>' if label else ""
    return (
        f'<g><title>{escape(tip)}</title><rect class="{frame.kind}" x="{box.left:.2f}" y="{top}" '
        f'width="{box.width:.2f}" height="{ROW - 1}" rx="2"/>{text}</g>'
    )
