"""Branches: a switch takes exactly one, so no step may need two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataflow.diagnostics import Problem, Solution
from dataflow.workflows.sketch import DraftStep, Link, Sketch, connection_call

#: for each switch the cases of which one must be taken
Needs = Mapping[str, frozenset[str]]


def check_switches(sketch: Sketch, order: Sequence[str]) -> Iterator[Problem]:
    """A problem for each step that can never run; ``order`` is topological."""
    needs: dict[str, Needs] = {}
    for step_id in order:
        step = sketch.steps[step_id]
        ways = [_needs_of(sketch, link, needs) for link in sketch.into(step_id) if link.source in needs]
        if step.node is not None and step.node.kind == "merge":
            needs[step_id] = _any_of(ways)
            continue
        together = _all_of(ways)
        torn = next((switch for switch, cases in together.items() if not cases), None)
        if torn is not None:
            yield _never(sketch, step, torn, [one[torn] for one in ways if torn in one])
        # what follows an impossible step has been reported with it
        needs[step_id] = {} if torn is not None else together


def _needs_of(sketch: Sketch, link: Link, needs: Mapping[str, Needs]) -> Needs:
    source = sketch.steps[link.source]
    if source.node is None or source.node.kind != "switch" or link.output == ("*",):
        return needs[link.source]
    return _all_of([needs[link.source], {link.source: frozenset((link.output[0],))}])


def _all_of(ways: Sequence[Needs]) -> dict[str, frozenset[str]]:
    together: dict[str, frozenset[str]] = {}
    for way in ways:
        for switch, cases in way.items():
            together[switch] = together.get(switch, cases) & cases
    return together


def _any_of(ways: Sequence[Needs]) -> dict[str, frozenset[str]]:
    common = set(ways[0]).intersection(*ways[1:]) if ways else set()
    return {switch: frozenset().union(*(way[switch] for way in ways)) for switch in common}


def _never(sketch: Sketch, step: DraftStep, switch: str, needed: Sequence[frozenset[str]]) -> Problem:
    cases = ", ".join(f"'{case}'" for one in needed for case in sorted(one))
    merge = f"{step.id}_merge"
    lines = [f'workflow.add_node("MergeNode", "{merge}", {{}})']
    for number, link in enumerate(sketch.into(step.id)):
        lines.append(connection_call(link.source, ".".join(link.output), merge, f"value_{number}"))
    lines.append(connection_call(merge, "value", step.id, "<input>"))
    return Problem(
        code="DF-W110",
        message=f"'{step.id}' can never run: it needs the cases {cases} of switch '{switch}', of which only one is taken",
        where=step.where(),
        context={"switch": switch, "cases": cases},
        cause="a node runs when all its inputs have arrived; a MergeNode runs when one of them has",
        solutions=(Solution("join the branches first:", "\n".join(lines)),),
    )
