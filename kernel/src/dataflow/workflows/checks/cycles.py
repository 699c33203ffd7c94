"""A workflow runs from its sources to its ends: no step may wait for itself, not even through a commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataflow.diagnostics import Problem, Solution, Where
from dataflow.workflows.schedule import cycles_of
from dataflow.workflows.scopes import Commit, Moment
from dataflow.workflows.sketch import Sketch


def check_cycles(sketch: Sketch) -> Iterator[Problem]:
    """Each cycle once, with its path; those that only the commit of a scope closes are told apart."""
    plain: dict[Moment, set[Moment]] = {step_id: set() for step_id in sketch.steps}
    for source, target in (*sketch.edges, *sketch.orders):
        plain[target].add(source)
    found = [*cycles_of(plain)]
    if found:
        yield from (_cycle(sketch, [str(moment) for moment in path]) for path in found)
        return
    # a circle through a commit closes once more where its scope opens: it is told once
    for path in [*cycles_of(sketch.waits(openings=False))] or cycles_of(sketch.waits()):
        yield _through_commit(sketch, path)


def _cycle(sketch: Sketch, path: Sequence[str]) -> Problem:
    closing = [link for link in sketch.links if (link.source, link.target) == (path[-2], path[-1])]
    call = closing[0].call.call if closing else sketch.steps[path[-1]].call.call
    text = " -> ".join(path)
    return Problem(
        code="DF-W107",
        message=f"the workflow runs in a circle: {text}",
        where=Where(node_id=path[-1], operation="connect", call=call),
        context={"cycle": text, "closed by": closing[0].text if closing else f"after=['{path[-2]}'] of '{path[-1]}'"},
        cause="each of these nodes waits for the one before it, so none can start",
        solutions=(
            Solution("leave out one of the connections of the circle,"),
            Solution(
                "or run the node for each item of a list instead of going round:", 'add_node(..., map_over="records")'
            ),
        ),
    )


def _through_commit(sketch: Sketch, path: Sequence[Moment]) -> Problem:
    commits = [moment for moment in path if isinstance(moment, Commit)]
    scope = commits[0].scope
    at = path.index(commits[0])
    # turned so that it starts at the commit: what comes next is the step outside
    turned = [*path[at:-1], *path[:at], path[at]] if at else [*path]
    outside = str(turned[1])
    text = " -> ".join(map(str, turned))
    return Problem(
        code="DF-T105",
        message=f"'{outside}' stands outside transaction '{scope}' but between its members: {text}",
        where=sketch.steps[outside].where(),
        context={"transaction": scope, "members": ", ".join(sketch.scopes.members[scope]), "cycle": text},
        cause="a node outside a transaction sees its changes only after the commit, and the commit waits for all members",
        solutions=tuple(_ways_out(sketch, scope, outside)),
    )


def _ways_out(sketch: Sketch, scope: str, outside: str) -> Iterator[Solution]:
    node = sketch.steps[outside].node
    if node is not None and node.is_database_node:
        join = f'workflow.add_connection("{scope}", "start", "{outside}", "transaction")'
        yield Solution("let it join the transaction:", join)
    else:
        yield Solution("move what it computes before the transaction, or behind its last member,")
    yield Solution("or end the transaction before it: give the members behind it a scope of their own")
