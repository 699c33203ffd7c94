"""Which steps run inside which transaction scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataflow.workflows.scopes import Scopes
from dataflow.workflows.sketch import DraftStep, Link, Sketch

SCOPE = "transaction_scope"


def is_scope(step: DraftStep | None) -> bool:
    return step is not None and step.node is not None and step.node.kind == SCOPE


def is_membership(sketch: Sketch, link: Link) -> bool:
    """Whether a connection fills a place for a transaction."""
    node = sketch.steps[link.target].node
    parameter = None if node is None else node.parameter(link.input[0])
    return parameter is not None and parameter.role == "transaction"


def implied_memberships(steps: Mapping[str, DraftStep], links: Iterable[Link]) -> Iterable[tuple[str, DraftStep]]:
    """The scope and step of each database node that was added inside ``with workflow.transaction(...)``."""
    joined = {link.target for link in links if link.input == ("transaction",)}
    for step in steps.values():
        scope = step.call.scope
        if (
            scope is not None
            and scope in steps
            and step.node is not None
            and step.node.is_database_node
            and step.id not in joined
        ):
            yield scope, step


def scopes_of(sketch: Sketch) -> Scopes:
    """The scopes with their members.

    A node that cannot join a transaction (a function, a switch) runs inside one when it was added in its
    ``with`` block, or when it stands between members: a member waits for it, so the commit does too.
    """
    members: dict[str, list[str]] = {step.id: [] for step in sketch.steps.values() if is_scope(step)}
    placed: set[str] = set()
    for link in sketch.links:
        if link.source in members and is_membership(sketch, link) and link.target not in placed:
            members[link.source].append(link.target)
            placed.add(link.target)
    for step in sketch.steps.values():
        if step.call.scope in members and step.id not in placed and not _joins_by_itself(step):
            members[step.call.scope].append(step.id)
            placed.add(step.id)
    _carry_along(sketch, members)
    return Scopes({scope: tuple(steps) for scope, steps in members.items()})


def _joins_by_itself(step: DraftStep) -> bool:
    return step.node is None or step.node.is_database_node


def _carry_along(sketch: Sketch, members: dict[str, list[str]]) -> None:
    """Add to each scope, inner ones first, what stands between its members and cannot join by itself."""
    scopes = Scopes({scope: tuple(steps) for scope, steps in members.items()})
    before, behind = _neighbours(sketch)
    for scope in sorted(members, key=lambda one: -len(scopes.around(one))):
        inside = {step for step in scopes.inside(scope) if not is_scope(sketch.steps[step])}
        between = _reached(inside, behind) & _reached(inside, before)
        for step_id in sketch.steps:
            if step_id in between and step_id not in scopes.outer and not _joins_by_itself(sketch.steps[step_id]):
                members[scope].append(step_id)
        scopes = Scopes({one: tuple(steps) for one, steps in members.items()})


def _neighbours(sketch: Sketch) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    before: dict[str, set[str]] = {step_id: set() for step_id in sketch.steps}
    behind: dict[str, set[str]] = {step_id: set() for step_id in sketch.steps}
    for source, target in (*sketch.edges, *sketch.orders):
        before[target].add(source)
        behind[source].add(target)
    return before, behind


def _reached(starts: Iterable[str], ways: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*starts]
    while waiting:
        for step in ways[waiting.pop()] - found:
            found.add(step)
            waiting.append(step)
    return found
