"""A workflow as an SVG picture that needs nothing else: no script, no font, no style sheet from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow.workflows.layout import GAP, Box, Layout, laid_out
from dataflow.workflows.pictures import Arrow, StepState, arrows_of, subtitle
from dataflow.workflows.step import INPUTS

if TYPE_CHECKING:
    from dataflow.workflows.workflow import Workflow

#: widths of one character of the two text sizes, a little generous
TITLE_CHARACTER, SMALL_CHARACTER = 7.8, 6.2
_STYLE = """
.box{fill:#f4f7fb;stroke:#3d5a80;stroke-width:1.3}.input{fill:#fff8e6;stroke:#9a7212}
.scope{fill:#efe9f7;stroke:#5e3c99}.switch{fill:#e8f4f4;stroke:#1f6f6f}
.ok{fill:#e3f4e5;stroke:#2f7d3a}.failed{fill:#fbe4e2;stroke:#b3261e}.skipped{fill:#eee;stroke:#8a8a8a;stroke-dasharray:4 3}
.frame{fill:none;stroke:#5e3c99;stroke-dasharray:5 4}.way{fill:none;stroke:#55606e;stroke-width:1.3}.order{stroke-dasharray:4 4}
text{font-family:system-ui,sans-serif;fill:#1b2430}.name{font-size:13px;font-weight:600}.type,.label,.run{font-size:11px}
.label{fill:#3f4a57}.inside{stroke:#5e3c99;stroke-width:2}.run{fill:#3f4a57}
@media(prefers-color-scheme:dark){.sheet{fill:#fff}}
"""


def escape(text: str) -> str:
    """Text as XML takes it; control characters, which it cannot hold, are shown as such."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    # html.escape would cost the import of a table of 2,000 entities
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def svg(workflow: Workflow, states: Mapping[str, StepState] | None = None) -> str:
    """The picture; with ``states`` that of one run."""
    arrows = arrows_of(workflow)
    ids = [*([INPUTS] if workflow.inputs else []), *workflow.order]
    widths = {one: _width(workflow, one, (states or {}).get(one)) for one in ids}
    layout = laid_out(widths, [(arrow.source, arrow.target) for arrow in _ranked(workflow, arrows)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}">',
        f"<title>{escape(workflow.name)}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#55606e"/></marker></defs>',
        f'<rect class="sheet" width="{layout.width:.0f}" height="{layout.height:.0f}" fill="#fff"/>',
        *_ways(arrows, layout),
        *(_box(workflow, one, layout.boxes[one], (states or {}).get(one)) for one in ids),
        *_labels(arrows, layout),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _ranked(workflow: Workflow, arrows: list[Arrow]) -> list[Arrow]:
    """The arrows to draw, first; then those that only keep a scope's start above its members."""
    drawn = {(arrow.source, arrow.target) for arrow in arrows}
    pairs = [(scope, member) for scope, members in workflow.scopes.items() for member in members]
    return arrows + [Arrow(*pair) for pair in pairs if pair not in drawn]


def _lines(workflow: Workflow, step_id: str, state: StepState | None) -> list[str]:
    if step_id == INPUTS:
        return [INPUTS, ", ".join(f"{one.name}: {one.type}" for one in workflow.inputs.values())]
    scope = next((one for one, members in workflow.scopes.items() if step_id in members), None)
    inside = f" in {scope}" if scope is not None else ""
    return [step_id, subtitle(workflow, step_id) + inside, *([str(state)] if state is not None else [])]


def _width(workflow: Workflow, step_id: str, state: StepState | None) -> float:
    title, *rest = _lines(workflow, step_id, state)
    return max([len(title) * TITLE_CHARACTER, *(len(one) * SMALL_CHARACTER for one in rest)]) + GAP


def _box(workflow: Workflow, step_id: str, box: Box, state: StepState | None) -> str:
    title, second, *rest = _lines(workflow, step_id, state)
    step = workflow.steps.get(step_id)
    kind = "input" if step is None else {"transaction_scope": "scope", "switch": "switch"}.get(step.node.kind, "")
    status = "" if state is None else state.status
    inside = "inside" if any(step_id in members for members in workflow.scopes.values()) else ""
    classes = " ".join(one for one in ("box", kind, inside, status) if one)
    lift = 6 if rest else 0
    texts = [
        f'<text class="name" x="{box.middle:.1f}" y="{box.y + 20 - lift:.1f}" text-anchor="middle">{escape(title)}</text>',
        f'<text class="type" x="{box.middle:.1f}" y="{box.y + 36 - lift:.1f}" text-anchor="middle">{escape(second)}</text>',
        *(
            f'<text class="run" x="{box.middle:.1f}" y="{box.y + 42:.1f}" text-anchor="middle">{escape(one)}</text>'
            for one in rest
        ),
    ]
    shape = (
        f'<rect class="{classes}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{box.height / 2 if kind in ("input", "scope") else 7:.0f}"/>'
    )
    return f"<g>{shape}{''.join(texts)}</g>"


def _ways(arrows: list[Arrow], layout: Layout) -> Iterator[str]:
    for arrow, points in zip(arrows, layout.routes, strict=False):
        classes = "way order" if arrow.is_order else "way"
        yield f'<path class="{classes}" d="{_curve(points)}" marker-end="url(#tip)"/>'


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    """A curve that leaves and enters every point straight down."""
    text = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (to_y - y) / 2
        text += f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}"
    return text


def _labels(arrows: list[Arrow], layout: Layout) -> Iterator[str]:
    """What each arrow brings, near its tip and on lines of their own where several arrive together."""
    arrived: dict[str, int] = {}
    for arrow, points in zip(arrows, layout.routes, strict=False):
        if arrow.is_order:
            continue
        row = arrived.get(arrow.target, 0)
        arrived[arrow.target] = row + 1
        (from_x, from_y), (x, y) = points[-2:]
        share = 0.62 - 0.2 * (row % 3)
        at_x, at_y = from_x + (x - from_x) * share, from_y + (y - from_y) * share
        text = escape(", ".join(arrow.labels))
        width = len(", ".join(arrow.labels)) * SMALL_CHARACTER
        yield (
            f'<rect x="{at_x - width / 2:.1f}" y="{at_y - 10:.1f}" width="{width:.1f}" height="13" fill="#fff"/>'
            f'<text class="label" x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="middle">{text}</text>'
        )
