"""What a step is asked for besides its parameters: order, retry, time limit, mapping."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from dataflow.diagnostics import Edit, Fix, Problem, Solution, closest
from dataflow.values.problems import shown_value
from dataflow.workflows.sketch import DraftStep, Sketch, connection_call
from dataflow.workflows.step import Retry

SETTINGS = ("after", "retry", "timeout_s", "map_over")
#: nodes that steer the run they are in, with what they are not asked for and why
_WHOLE_RUN = {
    "switch": (("map_over",), "a switch takes one branch for the whole run"),
    "transaction_scope": (
        ("map_over", "retry"),
        "a scope opens once, and when a member fails it is rolled back with all that was done in it",
    ),
}


def names_after(given: Any) -> list[str] | None:
    """The ids in ``after``: one, or several; None when it is neither."""
    names = (
        [given] if isinstance(given, str) else [*given] if isinstance(given, list | tuple | set | frozenset) else None
    )
    return names if names is not None and all(isinstance(name, str) for name in names) else None


def resolve_after(sketch: Sketch) -> None:
    """Fill in what each step comes after; a sub-workflow stands for all its steps."""
    for step in sketch.steps.values():
        names = names_after(step.call.after) or []
        resolved = [one for name in names for one in sketch.groups.get(name, (name,)) if one in sketch.steps]
        sketch.after[step.id] = tuple(dict.fromkeys(resolved))


def check_settings(sketch: Sketch) -> Iterator[Problem]:
    """A problem for each setting that has no meaning."""
    for step in sketch.steps.values():
        if step.call.unknown:
            yield _unknown(step)
        yield from _after(sketch, step)
        if not is_retry(step.call.retry):
            yield _bad_retry(step)
        if not _is_timeout(step.call.timeout_s):
            yield _bad_timeout(step)
        if step.node is not None and step.node.kind in _WHOLE_RUN:
            yield from _of_the_run(step, step.node.kind)
        elif step.call.map_over is not None and step.node is not None:
            yield from _map_over(sketch, step)


def _unknown(step: DraftStep) -> Problem:
    """Keywords that are no settings: misspelt ones, or parameters of the node."""
    given = step.call.unknown
    near = {name: found[0] for name in given if (found := closest(name, SETTINGS))}
    edits = tuple(Edit((name,), "rename", meant) for name, meant in near.items())
    whole = {**given, **step.params}
    call = f'workflow.add_node("{step.type_name}", "{step.id}", {shown_value(whole, 400)})'
    return Problem(
        code="DF-W112",
        message=f"'{step.id}' has no setting {', '.join(map(repr, given))}"
        + (f"; did you mean {', '.join(map(repr, near.values()))}?" if near else ""),
        where=step.where(),
        context={"given": ", ".join(given), "settings": ", ".join(SETTINGS)},
        cause="a keyword of add_node says how a step is run; the parameters of its node stand in one dict",
        solutions=tuple(Solution(f"write '{meant}':", f"{meant}=...") for meant in near.values())
        if near
        else (Solution("give parameters in the dict:", call),),
        fix=Fix("unsafe", edits=edits) if len(near) == len(given) else Fix("unsafe", script=call),
    )


def is_retry(given: Any) -> bool:
    if given is None:
        return True
    if isinstance(given, Retry):
        return _is_count(given.attempts) and _is_span(given.delay_s) and _is_span(given.max_delay_s)
    return _is_count(given)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 1


def _is_span(given: Any) -> bool:
    # a number beyond every float is compared, not converted
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= sys.float_info.max


def _is_timeout(given: Any) -> bool:
    return given is None or (_is_span(given) and given > 0)


def _after(sketch: Sketch, step: DraftStep) -> Iterator[Problem]:
    names = names_after(step.call.after)
    if names is None:
        yield _setting(step, "after", step.call.after, "a list of node ids", 'after=["create"]')
        return
    for name in names:
        if name not in sketch.steps and name not in sketch.groups:
            yield _unknown_after(sketch, step, name)


def _of_the_run(step: DraftStep, kind: str) -> Iterator[Problem]:
    names, reason = _WHOLE_RUN[kind]
    for name in names:
        given = getattr(step.call, name)
        if given is not None:
            yield _without_effect(step, name, given, reason)


def _without_effect(step: DraftStep, name: str, given: object, reason: str) -> Problem:
    return Problem(
        code="DF-W112",
        message=f"'{name}' of '{step.id}' ({step.type_name}) has no effect",
        where=step.where(),
        context={name: given},
        cause=reason,
        solutions=(Solution(f"leave '{name}' out"),),
    )


def _unknown_after(sketch: Sketch, step: DraftStep, name: str) -> Problem:
    known = [*sketch.steps, *sketch.groups]
    near = closest(name, [one for one in known if one != step.id])
    better = f'after=["{near[0]}"]' if near else ""
    return Problem(
        code="DF-W103",
        message=f"'{step.id}' comes after an unknown node: '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=step.where(),
        context={"after": name, "nodes": ", ".join(known)},
        cause="'after' names nodes of the same workflow by their ids",
        solutions=(
            Solution(f"use '{near[0]}':", better) if near else Solution("name one of the nodes, or leave 'after' out"),
        ),
        fix=Fix("unsafe", edits=(Edit(_place_after(step, name), "replace", f'"{near[0]}"'),)) if near else None,
    )


def _place_after(step: DraftStep, name: str) -> tuple[str | int, ...]:
    given = step.call.after
    return ("after", given.index(name)) if isinstance(given, list | tuple) else ("after",)


def _bad_retry(step: DraftStep) -> Problem:
    return _setting(
        step,
        "retry",
        step.call.retry,
        "a number of attempts from 1, or a Retry",
        "retry=3 or retry=Retry(3, delay_s=0.5)",
    )


def _bad_timeout(step: DraftStep) -> Problem:
    return _setting(step, "timeout_s", step.call.timeout_s, "a number of seconds above 0", "timeout_s=10.0")


def _map_over(sketch: Sketch, step: DraftStep) -> Iterator[Problem]:
    given = step.call.map_over
    if step.map_over is None:
        names = [] if step.node is None else [one.name for one in step.node.parameters if one.role != "transaction"]
        yield _setting(
            step,
            "map_over",
            given,
            f"the name of an input ({', '.join(names) or 'it has none'})",
            f'map_over="{next(iter(names), "id")}"',
        )
        return
    value: Any = step.params
    for name in step.map_over:
        value = value.get(name) if isinstance(value, dict) else None
    links = [link for link in sketch.into(step.id) if link.input == step.map_over[: len(link.input)]]
    waiting = any(map(str, path)) if (path := next(iter(step.templates), None)) else False
    if value is None and not links and not waiting:
        yield _nothing_to_map(step, str(given))
    elif value is not None and not isinstance(value, list | tuple):
        yield _setting(
            step,
            "map_over",
            value,
            "given a list to map over",
            connection_call("<node>", "records", step.id, str(given)),
        )


def _nothing_to_map(step: DraftStep, given: str) -> Problem:
    call = connection_call("<node>", "records", step.id, given)
    return Problem(
        code="DF-W112",
        message=f"'{step.id}' maps over '{given}', but nothing brings that list",
        where=step.where(),
        context={"map_over": given},
        cause="map_over runs the node once for each item of a list that is given or connected",
        solutions=(Solution("connect the list:", call),),
        fix=Fix("placeholder", script=call),
    )


def _setting(step: DraftStep, name: str, given: object, expected: str, example: str) -> Problem:
    return Problem(
        code="DF-W112",
        message=f"'{name}' of '{step.id}' must be {expected}, not {given!r}",
        where=step.where(),
        context={name: given, "expected": expected},
        cause="a setting that cannot be followed would be ignored in silence",
        solutions=(Solution("write it as:", example),),
        fix=Fix("placeholder", edits=(Edit((name,), "replace", example.partition(" or ")[0].partition("=")[2]),))
        if example.startswith(f"{name}=")
        else None,
    )
