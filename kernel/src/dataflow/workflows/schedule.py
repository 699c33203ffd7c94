"""In what order a workflow's steps may run, as data that a runtime compiles its plan from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import attrs

from dataflow.nodes.node_type import Path
from dataflow.workflows.scopes import Commit, Moment, Scopes

if TYPE_CHECKING:
    from dataflow.workflows.workflow import Workflow

Waits = Mapping[Moment, set[Moment]]


@attrs.frozen
class Wire:
    """One connection into a step: from the result of a step, or of the workflow's ``inputs``."""

    source: str
    output: Path
    input: Path


@attrs.frozen
class Turn:
    """One moment of a run: a step, or the commit of a scope. It comes when ``waits`` others have been."""

    moment: Moment
    wires: tuple[Wire, ...]
    waits: int
    then: tuple[Moment, ...]


@attrs.frozen
class Schedule:
    """The turns in a topological order. ``members`` and ``outer`` tell of the scopes."""

    turns: tuple[Turn, ...]
    members: Mapping[str, tuple[str, ...]]
    outer: Mapping[str, str]


def schedule_of(workflow: Workflow) -> Schedule:
    """The schedule of a built workflow."""
    scopes = Scopes(workflow.scopes)
    edges = [(one.source, one.target) for one in workflow.connections if one.source in workflow.steps]
    after = [(name, step.id) for step in workflow.steps.values() for name in step.after]
    waits = scopes.waits(edges, after, workflow.order)
    then: dict[Moment, list[Moment]] = {moment: [] for moment in waits}
    order = order_of(waits)
    for moment in order:
        for other in waits[moment]:
            then[other].append(moment)
    wires: dict[Moment, list[Wire]] = {moment: [] for moment in waits}
    for one in workflow.connections:
        wires[one.target].append(Wire(one.source, one.output, one.input))
    turns = tuple(Turn(one, tuple(wires[one]), len(waits[one]), tuple(then[one])) for one in order)
    return Schedule(turns, workflow.scopes, scopes.outer)


def order_of(waits: Waits) -> list[Moment]:
    """A topological order; the one in which steps were added, as far as it can be kept."""
    numbers = {moment: number for number, moment in enumerate(waits)}
    sorter = TopologicalSorter(waits)
    sorter.prepare()
    order: list[Moment] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=numbers.__getitem__)
        order += ready
        sorter.done(*ready)
    return order


def cycles_of(waits: Waits) -> Iterator[list[Moment]]:
    """Every independent cycle, first moment repeated at its end; each is cut before the next is looked for."""
    left = {moment: set(others) for moment, others in waits.items()}
    while True:
        try:
            TopologicalSorter({one: sorted(others, key=str) for one, others in left.items()}).prepare()
        except CycleError as error:
            # graphlib gives a cycle in the order of execution: each element comes before the next
            cycle: list[Moment] = error.args[1]
            yield cycle
            left[cycle[1]].discard(cycle[0])
        else:
            return


def steps_of(order: list[Moment]) -> tuple[str, ...]:
    """The steps among the moments."""
    return tuple(moment for moment in order if not isinstance(moment, Commit))
