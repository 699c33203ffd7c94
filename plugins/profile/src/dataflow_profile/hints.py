"""What the numbers advise: each hint names what was seen, and the call that does better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from dataflow_profile.measures import DIRECT, Measure, WorkflowMeasure, grouped
from dataflow_profile.work import Work

#: from how many equal ones on one for all of them is worth writing
MANY = 5
SLOW_MS, WAITED_MS = 50.0, 10.0

#: by the operation in a node's name: the operation for many
_FOR_MANY: Mapping[str, tuple[str, str]] = {
    "Read": ("List", 'await db.{model}.list({{"id": {{"$in": ids}}}})'),
    "List": ("List", 'await db.{model}.list({{"...": {{"$in": values}}}})'),
    "Create": ("BulkCreate", "await db.{model}.bulk_create(records)"),
    "Update": ("BulkUpdate", "await db.{model}.bulk_update(records)"),
    "Delete": ("BulkDelete", "await db.{model}.bulk_delete(ids)"),
    "Upsert": ("BulkUpsert", "await db.{model}.bulk_upsert(records)"),
}


@attrs.frozen
class Hint:
    """``code`` is what to write instead, ``step`` None where it is about calls outside of workflows."""

    workflow: str
    step: str | None
    message: str
    code: str

    def to_dict(self) -> dict[str, Any]:
        """The hint as data that JSON can hold."""
        return attrs.asdict(self)

    def __str__(self) -> str:
        place = self.workflow if self.step is None else f"{self.workflow}, step '{self.step}'"
        return f"{place}: {self.message}: {self.code}"


def hints_of(works: Sequence[Work], measures: Sequence[WorkflowMeasure]) -> tuple[Hint, ...]:
    """Every hint once, those of fan-outs first."""
    found = [hint for work in works if work.kind == "run" for hint in _of_run(work)]
    found += _repeated(DIRECT, None, [one for one in works if one.kind == "call"])
    found += [hint for one in measures for step in one.steps for hint in _of_step(one.workflow, step)]
    # the same step of several runs may do another number of calls; the first says enough
    seen = {(one.workflow, one.step, one.code): one for one in reversed(found)}
    return tuple(one for one in found if seen[one.workflow, one.step, one.code] is one)


def _of_run(run: Work) -> Iterator[Hint]:
    steps = [one for one in run.parts if one.kind == "step"]
    for step in steps:
        yield from _repeated(run.name, step.name, [part for part in step.parts if part.kind == "call"])
        yield from _fanned_out(run, step)
    for works in grouped_by_type(steps).values():
        names = {one.name for one in works}
        way = _way(works[0])
        if len(names) >= MANY and way is not None:
            yield Hint(run.name, None, f"{len(names)} steps are {works[0].node_type}; one does for all of them", way)


def grouped_by_type(works: Iterable[Work]) -> dict[str, list[Work]]:
    """Works by the node type that they are of."""
    found: dict[str, list[Work]] = {}
    for one in works:
        found.setdefault(one.node_type or "", []).append(one)
    return found


def _repeated(workflow: str, step: str | None, calls: Sequence[Work]) -> Iterator[Hint]:
    for name, works in grouped(calls).items():
        way = _way(works[0])
        if len(works) < MANY or way is None:
            continue
        took = f"{name} is called {len(works)} times, {sum(one.total_ms for one in works):.1f} ms together"
        if len({one.question for one in works}) == 1 and _operation(works[0]) in ("Read", "List", "Count"):
            yield Hint(workflow, step, f"{took}, always with the same parameters", "ask once, and keep the answer")
        else:
            yield Hint(workflow, step, took, way)


def _fanned_out(run: Work, step: Work) -> Iterator[Hint]:
    """A step that runs for each item of a list sends a statement for each."""
    way, sent = _way(step), sum(part.kind == "statement" for part in step.parts)
    if way is not None and sent >= MANY and not (_operation(step) or "").startswith("Bulk"):
        yield Hint(run.name, step.name, f"{step.node_type} sends {sent} statements, one for each item", way)


def _of_step(workflow: str, step: Measure) -> Iterator[Hint]:
    where = None if workflow == DIRECT else step.name
    if step.queue_ms >= WAITED_MS and step.queue_ms > step.total_ms:
        message = f"it waits {step.queue_ms:.1f} ms for its turn, longer than it runs"
        yield Hint(workflow, where, message, "a greater max_concurrency of the runtime, or fewer steps at once")
    is_alone = step.statements == 1 and not step.calls
    if is_alone and step.sql_ms >= SLOW_MS and step.sql_ms > step.total_ms / 2 and step.node_type:
        message = f"one statement takes {step.sql_ms:.1f} ms; its plan says whether an index serves it"
        yield Hint(workflow, where, message, f'await db.explain("{step.node_type}", {{...}})')


def _operation(work: Work) -> str | None:
    if work.node_type is None or work.model is None:
        return None
    return work.node_type.removeprefix(work.model).removesuffix("Node")


def _way(work: Work) -> str | None:
    """What does the same for many at once: in a workflow a node, in Python a call."""
    operation = _operation(work) or ""
    if operation not in _FOR_MANY:
        return None
    many, call = _FOR_MANY[operation]
    code = call.format(model=work.model)
    return (
        f"one {work.model}{many}Node" + (' with {"id": {"$in": [...]}}' if operation == "Read" else "")
        if work.kind == "step"
        else code
    )
