"""The looks: everything under a class of its own, for a picture may stand in a page of somebody else's."""

from __future__ import annotations

FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

#: family: the accent on light and on dark
ACCENTS = {
    "input": ("#64748b", "#94a3b8"),
    "read": ("#2563eb", "#60a5fa"),
    "write": ("#0f766e", "#2dd4bf"),
    "branch": ("#7c3aed", "#a78bfa"),
    "code": ("#b45309", "#fbbf24"),
    "sql": ("#0e7490", "#22d3ee"),
    "saga": ("#be185d", "#f472b6"),
    "scope": ("#6d4fb3", "#b197fc"),
    "workflow": ("#475569", "#94a3b8"),
    "unknown": ("#94a3b8", "#64748b"),
}
_LIGHT = {
    "sheet": "#f8fafc", "card": "#ffffff", "line": "#cbd5e1", "ink": "#0f172a", "soft": "#475569", "way": "#64748b",
    "frame": "#f3effc", "frameline": "#8b72c9", "group": "#eef2f6", "groupline": "#94a3b8",
    "bad": "#b3261e", "badcard": "#fdf0ef", "good": "#166534", "badge": "#b3261e", "onbadge": "#ffffff",
}  # fmt: skip
_DARK = {
    "sheet": "#0b1220", "card": "#18212f", "line": "#3b4a5f", "ink": "#e8edf4", "soft": "#a9b6c6", "way": "#8695a9",
    "frame": "#1a1730", "frameline": "#8b78c9", "group": "#141c29", "groupline": "#5b6b80",
    "bad": "#ff8a80", "badcard": "#2d1a1c", "good": "#4ade80", "badge": "#c9372c", "onbadge": "#ffffff",
}  # fmt: skip
# a rule per line, `.p` stands for the picture, `$name` for a colour
_RULES = """
.p .sheet{fill:$sheet}
.p text{fill:$soft}
.p .name{fill:$ink}
.p .card{fill:$card;stroke:$line}
.p .scope>.card{fill:$frame;stroke:$frameline}
.p .workflow>.card{fill:$group;stroke:$groupline}
.p .way{stroke:$way}
.p .tip{fill:$way}
.p .tag{fill:$sheet}
.p .label{fill:$soft}
.p .wrong>.card,.p .failed>.card{fill:$badcard;stroke:$bad}
.p .way.broken{stroke:$bad}
.p .tip.broken{fill:$bad}
.p .badge{fill:$badge}
.p .scope.head text{stroke:$frame}
.p .workflow.head text{stroke:$group}
.p .wrong.head text{stroke:$badcard}
.p .mark{fill:$onbadge}
.p .ok>.state{fill:$good}
.p .failed>.state{fill:$bad}
"""
_SHAPES = f"""
.p text{{font:11px {FONT}}}
.p .name{{font-size:13px;font-weight:600}}
.p .mark{{font-weight:600}}
.p .card{{stroke-width:1.2}}
.p .frame>.card{{stroke-dasharray:6 4}}
.p .head text{{paint-order:stroke;stroke-width:6px;stroke-linejoin:round}}
.p .head .mark{{stroke:none}}
.p .wrong>.card,.p .failed>.card{{stroke-width:1.8}}
.p .way{{fill:none;stroke-width:1.4}}
.p .way.order,.p .way.broken{{stroke-dasharray:5 4}}
.p .skipped{{opacity:.62}}
.p .label{{text-anchor:middle}}
.p .mark{{text-anchor:middle}}
"""


def picture_style() -> str:
    """The style sheet of a picture, light and dark."""
    dark = _coloured(_DARK) + _accents(1)
    rules = _SHAPES + _coloured(_LIGHT) + _accents(0) + f"@media(prefers-color-scheme:dark){{{dark}}}"
    return rules.replace(".p ", ".dataflow-picture ").replace("\n", "")


def colours(dark: bool) -> dict[str, str]:
    """The colours by their names, for what stands around a picture."""
    return dict(_DARK if dark else _LIGHT)


def _coloured(colours: dict[str, str]) -> str:
    text = _RULES
    # the longer names first: one may begin another
    for name in sorted(colours, key=len, reverse=True):
        text = text.replace(f"${name}", colours[name])
    return text


def _accents(index: int) -> str:
    return "".join(f".p .{family}>.accent{{fill:{both[index]}}}" for family, both in ACCENTS.items())
