"""``draw``: a workflow in any format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from dataflow import DataFlowError, Workflow, WorkflowBuilder
from dataflow.diagnostics import Problem, Solution, Where, closest, error_of
from dataflow_visualize.dot import dot
from dataflow_visualize.mermaid import mermaid
from dataflow_visualize.picture import Picture
from dataflow_visualize.reading import read_picture
from dataflow_visualize.recording import Bar, Recording
from dataflow_visualize.report import report
from dataflow_visualize.svg import svg

Format = Literal["html", "svg", "mmd", "dot"]
FORMATS: tuple[Format, ...] = get_args(Format)


@attrs.frozen
class Drawing:
    """The picture of one workflow, or of one run of it."""

    picture: Picture
    bars: tuple[Bar, ...] = ()

    def to_svg(self) -> str:
        """A self-contained SVG element."""
        return svg(self.picture)

    def to_mermaid(self) -> str:
        """A Mermaid flowchart."""
        return mermaid(self.picture)

    def to_dot(self) -> str:
        """A graph in the language of Graphviz."""
        return dot(self.picture)

    def to_html(self) -> str:
        """A page that loads nothing: the picture, what is wrong, and the timings of the run."""
        return report([self.picture], [self.bars])

    def to_dict(self) -> dict[str, Any]:
        """What the picture shows, as data that JSON can hold."""
        return {
            "name": self.picture.name,
            "valid": not self.picture.all_problems,
            "nodes": [
                {"id": node.id, "type": node.type, "in": node.parent, "parameters": list(node.parameters)}
                for node in self.picture.nodes
            ],
            "arrows": [
                {"from": one.source, "to": one.target, "labels": list(one.labels), "broken": one.is_broken}
                for one in self.picture.arrows
            ],
            "problems": [one.to_dict() for one in self.picture.all_problems],
            "timings": [{**attrs.asdict(bar)} for bar in self.bars],
        }

    def as_text(self, format: Format) -> str:
        """The picture in a format."""
        return _TEXTS[format](self)

    def save(self, path: str | Path) -> Path:
        """Write a file whose suffix says the format.

        :raises WorkflowError: DF-W119 for a suffix that is none.
        """
        target = Path(path)
        target.write_text(self.as_text(format_of(target)), encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.to_svg()


_TEXTS: Mapping[Format, Callable[[Drawing], str]] = {
    "html": Drawing.to_html,
    "svg": Drawing.to_svg,
    "mmd": Drawing.to_mermaid,
    "dot": Drawing.to_dot,
}


def draw(
    workflow: Workflow | WorkflowBuilder, recording: Recording | None = None, error: DataFlowError | None = None
) -> Drawing:
    """Draw a workflow; raises nothing for what is wrong with a builder, that is drawn too.

    :param recording: of a run whose states and timings are shown.
    :param error: that ended the run; its problems are shown at their nodes.
    """
    states = None if recording is None else recording.states()
    picture = read_picture(workflow, states, () if error is None else error.problems)
    return Drawing(picture, () if recording is None else recording.bars)


def format_of(path: Path) -> Format:
    """The format that a file's suffix names.

    :raises WorkflowError: DF-W119.
    """
    suffix = path.suffix.lower().removeprefix(".")
    for one in FORMATS:
        if one == suffix:
            return one
    near = closest(suffix, FORMATS)
    raise error_of(
        Problem(
            code="DF-W119",
            message=f"no picture has the ending '{path.suffix}'" if path.suffix else f"'{path.name}' has no ending",
            where=Where(operation="draw"),
            context={"file": str(path), "known": ", ".join(f".{one}" for one in FORMATS)},
            cause="the ending of a file's name chooses the format of the picture",
            solutions=(Solution("name it by one of them:", f'"{path.stem}.{near[0] if near else "html"}"'),),
        )
    )
