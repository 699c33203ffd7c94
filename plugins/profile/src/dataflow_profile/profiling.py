"""``profile``: measure what instances do in a block, and what was measured in every form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from dataflow import DataFlow
from dataflow.inspection.report import Grid, Report, table
from dataflow_profile.flame import flame
from dataflow_profile.frames import Frame, frame_tree
from dataflow_profile.hints import Hint, hints_of
from dataflow_profile.measures import DIRECT, Measure, WorkflowMeasure, measured
from dataflow_profile.page import page
from dataflow_profile.problems import unknown_format
from dataflow_profile.recorder import AREAS, Recorder
from dataflow_profile.stacks import folded, speedscope

Format = Literal["html", "svg", "json", "folded"]
FORMATS: tuple[Format, ...] = get_args(Format)
COLUMNS = ("step", "type", "runs", "queue", "validation", "SQL", "statements", "tables", "other", "total", "rows")


@attrs.frozen(eq=False)
class Profile(Report):
    """What was measured so far; all times are medians over the runs, in milliseconds."""

    recorder: Recorder = attrs.field(factory=Recorder, repr=False)
    title: str = "profile"

    @property
    def workflows(self) -> tuple[WorkflowMeasure, ...]:
        """The steps of each workflow; calls outside of any are told by node type."""
        return measured(self.recorder.finished)

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What the numbers advise."""
        return hints_of(self.recorder.finished, self.workflows)

    @property
    def frames(self) -> Frame:
        """The tree of the flame graph."""
        return frame_tree(self.recorder.finished)

    def to_dict(self) -> dict[str, Any]:
        """The measures and hints as data that JSON can hold."""
        return {
            "workflows": [one.to_dict() for one in self.workflows],
            "hints": [one.to_dict() for one in self.hints],
        }

    def grids(self) -> Iterable[Grid]:
        """A table per workflow, and one of the hints."""
        for one in self.workflows:
            yield Grid(_title(one), COLUMNS, [row for step in one.steps for row in _rows(step)])
        if self.hints:
            yield Grid("hints", ("where", "what", "instead"), [_hint(one) for one in self.hints])

    def lines(self) -> Iterable[str]:
        """The same as text, with the names of the columns."""
        for one in self.workflows:
            yield from (_title(one), *table([COLUMNS, *(row for step in one.steps for row in _rows(step))]))
        if not self.workflows:
            yield "nothing was measured"
        for hint in self.hints:
            yield f"hint  {hint}"

    def to_svg(self) -> str:
        """The flame graph, a self-contained SVG element."""
        return flame(self.frames)

    def to_html(self) -> str:
        """A page that loads nothing: the flame graph, the tables, the hints."""
        return page(self.title, self.frames, [one for one in self.grids() if one.columns is COLUMNS], self.hints)

    def to_folded(self) -> str:
        """Stacks in the form of ``flamegraph.pl``, in microseconds."""
        return folded(self.frames)

    def to_speedscope(self) -> str:
        """A file for https://www.speedscope.app and editors."""
        return speedscope(self.frames, self.title)

    def as_text(self, format: Format) -> str:
        """The profile in a format; ``json`` is that of speedscope."""
        return _TEXTS[format](self)

    def save(self, path: str | Path) -> Path:
        """Write a file whose suffix says the format.

        :raises DataFlowError: PROFILE-101 for a suffix that is none.
        """
        target = Path(path)
        target.write_text(self.as_text(format_of(target)), encoding="utf-8")
        return target


_TEXTS: Mapping[Format, Callable[[Profile], str]] = {
    "html": Profile.to_html,
    "svg": Profile.to_svg,
    "json": Profile.to_speedscope,
    "folded": Profile.to_folded,
}


@contextmanager
def profile(*instances: DataFlow, title: str = "profile") -> Iterator[Profile]:
    """Measure every run and every call of some instances until the block ends; what else they do meanwhile too.

    What was measured is there at any time, also when the block ends by an exception.
    """
    found = Profile(title=title)
    with ExitStack() as stack:
        for app in instances:
            stack.enter_context(app.observing(found.recorder.note, *AREAS))
        yield found


def format_of(path: Path) -> Format:
    """The format that a file's suffix names.

    :raises DataFlowError: PROFILE-101 for any other.
    """
    suffix = path.suffix.lower().removeprefix(".")
    for one in FORMATS:
        if one == suffix:
            return one
    raise unknown_format(path, FORMATS)


def _title(one: WorkflowMeasure) -> str:
    if one.workflow == DIRECT:
        return f"{DIRECT}: {one.runs}, {one.total_ms:.2f} ms together"
    failed = f", {one.failed} failed" if one.failed else ""
    runs = f"{one.runs} run{'' if one.runs == 1 else 's'}"
    return f"{one.workflow}: {runs}, {'median ' if one.runs > 1 else ''}{one.total_ms:.2f} ms{failed}"


def _rows(step: Measure, indent: str = "") -> Iterator[tuple[object, ...]]:
    times = (step.queue_ms, step.validation_ms, step.sql_ms)
    parts = (step.tables_ms, step.other_ms, step.total_ms)
    yield (
        f"{indent}{step.name}",
        step.node_type if step.node_type != step.name else "",
        f"{step.samples}" + (f" ({step.failed} failed)" if step.failed else ""),
        *(f"{one:.2f}" for one in times),
        f"{step.statements:g}",
        *(f"{one:.2f}" for one in parts),
        "" if step.rows is None else f"{step.rows:g}",
    )
    for call in step.calls:
        yield from _rows(call, f"{indent}  ")


def _hint(one: Hint) -> tuple[str, str, str]:
    return (one.workflow if one.step is None else f"{one.workflow}, {one.step}"), one.message, one.code
