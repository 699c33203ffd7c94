"""Puts a sketch together: names, parameters, connections, order, scopes; and checks each thing as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dataflow.workflows.apps import home_of, no_instance, settle_database_nodes, settled
from dataflow.workflows.checks.cycles import check_cycles
from dataflow.workflows.checks.declarations import declared_inputs
from dataflow.workflows.checks.inputs import check_inputs
from dataflow.workflows.checks.names import check_connection
from dataflow.workflows.checks.references import check_references
from dataflow.workflows.checks.settings import check_settings, resolve_after
from dataflow.workflows.checks.structure import check_empty, check_ids
from dataflow.workflows.checks.switches import check_switches
from dataflow.workflows.checks.templates import Sources
from dataflow.workflows.checks.transactions import START, check_transactions
from dataflow.workflows.checks.types import check_types
from dataflow.workflows.draft import ConnectionCall, Draft, NodeCall
from dataflow.workflows.drawing import drawn, undrawn
from dataflow.workflows.embedding import flatten
from dataflow.workflows.membership import implied_memberships, scopes_of
from dataflow.workflows.naming import named
from dataflow.workflows.schedule import order_of, steps_of
from dataflow.workflows.sketch import Link, Sketch

if TYPE_CHECKING:
    from dataflow.app import DataFlow


@attrs.frozen(eq=False)
class Drawing:
    """A checked sketch with the order of its steps; the order is empty when there is a problem with it."""

    sketch: Sketch
    order: tuple[str, ...]
    app: DataFlow | None


def sketched(draft: Draft) -> Drawing:
    """The sketch of a draft, with every problem that can be found."""
    flat = flatten(draft)
    calls, problems = check_ids(draft, flat.nodes)
    inputs, bad_inputs = declared_inputs(draft)
    sketch = Sketch(name=draft.name, steps={}, inputs=inputs, groups=flat.groups)
    sketch.report([*check_empty(draft, flat.nodes), *problems, *flat.problems, *bad_inputs])
    app = _draw_steps(sketch, draft.app, calls)
    if app is None and calls and not sketch.problems:
        sketch.report([no_instance(draft.name)])
    resolve_after(sketch)
    _connect(sketch, flat.connections)
    sketch.scopes = scopes_of(sketch)
    sketch.report([*settle_database_nodes(sketch, draft.app)])
    order = _check(sketch)
    return Drawing(sketch, order, app)


def _draw_steps(sketch: Sketch, app: DataFlow | None, calls: list[NodeCall]) -> DataFlow | None:
    answers = [named(call, app, undrawn(call).where()) for call in calls]
    home = home_of(app, answers)
    sources = Sources([call.id for call in calls], sketch.inputs)
    for call, answer in zip(calls, answers, strict=True):
        step, problems = drawn(call, settled(call, answer, home), sources)
        sketch.steps[step.id] = step
        sketch.report(problems)
    return home


def _connect(sketch: Sketch, calls: tuple[ConnectionCall, ...]) -> None:
    for call in calls:
        found = check_connection(sketch, call)
        if isinstance(found, Link):
            sketch.join(found)
        else:
            sketch.report(found)
    for scope, step in [*implied_memberships(sketch.steps, sketch.links)]:
        joins = ConnectionCall(source=scope, output="start", target=step.id, input="transaction", call=step.call.call)
        sketch.join(Link(call=joins, source=scope, output=START, target=step.id, input=("transaction",)))


def _check(sketch: Sketch) -> tuple[str, ...]:
    """The order of the steps, empty when they have none."""
    for check in (check_settings, check_inputs, check_types, check_transactions, check_references):
        sketch.report([*check(sketch)])
    cycles = [*check_cycles(sketch)]
    sketch.report(cycles)
    if cycles:
        return ()
    order = steps_of(order_of(sketch.waits()))
    sketch.report([*check_switches(sketch, order)])
    return order
