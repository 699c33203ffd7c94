"""Ids and the least that a workflow must have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataflow.diagnostics import CallSite, Edit, Fix, Problem, Solution, Where
from dataflow.values.problems import shown_value
from dataflow.workflows.draft import Draft, NodeCall
from dataflow.workflows.step import INPUTS

_ID = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
_WORD = re.compile(r"[A-Z][a-z0-9]*")
_OWN_ID = re.compile(r"[A-Za-z_][\w-]*")


def check_ids(draft: Draft, nodes: Sequence[NodeCall]) -> tuple[list[NodeCall], list[Problem]]:
    """The calls to go on with, the first of each id; a problem for each id that cannot be used.

    A call whose id is only written wrongly goes on, so that its connections are not reported as well.
    """
    kept: dict[str, NodeCall] = {}
    problems: list[Problem] = []
    for call in nodes:
        if not isinstance(call.id, str) or not _ID.fullmatch(call.id) or call.id == INPUTS:
            problems.append(_bad_id(call.id, call.call, _shown(call)))
        if isinstance(call.id, str) and call.id in kept:
            problems.append(_duplicate(call, kept[call.id]))
        elif isinstance(call.id, str) and call.id != INPUTS:
            kept[call.id] = call
    own = {call.id for call in draft.nodes if isinstance(call.id, str)}
    for number, group in enumerate(draft.workflows):
        if not isinstance(group.id, str) or not _OWN_ID.fullmatch(group.id) or group.id == INPUTS:
            problems.append(_bad_id(group.id, group.call))
        elif group.id in own or group.id in (one.id for one in draft.workflows[:number]):
            problems.append(_taken(group.id, group.call))
    problems += [
        _bad_id(call.id, call.call)
        for call in draft.nodes
        if isinstance(call.id, str) and "." in call.id and _ID.fullmatch(call.id) and not call.was_built
    ]
    return list(kept.values()), problems


def check_empty(draft: Draft, nodes: Sequence[NodeCall]) -> list[Problem]:
    """The problem of a workflow without steps."""
    if nodes or any(not isinstance(one.id, str) or not isinstance(one.draft, Draft) for one in draft.workflows):
        return []
    return [
        Problem(
            code="DF-W115",
            message=f"workflow '{draft.name}' has no nodes",
            where=Where(operation="build"),
            cause="there is nothing to execute",
            solutions=(Solution("add one:", 'workflow.add_node("UserCreateNode", "create", {...})'),),
        )
    ]


def _bad_id(given: object, call: CallSite | None, kind: str = "") -> Problem:
    if isinstance(given, Mapping) and kind:
        return _parameters_as_id(given, call, kind)
    reserved = given == INPUTS
    cause = (
        f"'{INPUTS}' names the workflow's own inputs in connections"
        if reserved
        else "connections name nodes, and a dot in a name leads into a sub-workflow or a value"
    )
    shown = f"'{given}'" if isinstance(given, str) else f"{given!r}"
    return Problem(
        code="DF-W102",
        message=f"{shown} cannot be the id of a node" + ("" if reserved else ": an id is letters, digits, '_' and '-'"),
        where=Where(node_id=given if isinstance(given, str) else None, call=call),
        context={"given": given},
        cause=cause,
        solutions=(Solution("give it a plain name:", f'"{_plain(given)}"'),),
        fix=Fix("unsafe", edits=(Edit((1,), "replace", f'"{_plain(given)}"'),)) if isinstance(given, str) else None,
    )


def _parameters_as_id(given: Mapping[Any, Any], call: CallSite | None, kind: str) -> Problem:
    name = "_".join(_WORD.findall(kind.removesuffix("Node"))[-1:]).lower() or "step"
    better = f'workflow.add_node("{kind}", "{name}", {shown_value(given, 400)})'
    return Problem(
        code="DF-W102",
        message="the parameters of a node stand where its id belongs",
        where=Where(node_type=kind, call=call),
        context={"given": given},
        cause="connections and results name nodes by their id: it comes before the parameters",
        solutions=(Solution("give it an id:", better),),
        fix=Fix("unsafe", script=better),
    )


def _plain(given: object) -> str:
    text = re.sub(r"[^\w-]+", "_", str(given)).strip("_")
    if text == INPUTS:
        return "read_inputs"
    return text if _OWN_ID.fullmatch(text) else f"node_{text}" if text else "create"


def _duplicate(call: NodeCall, first: NodeCall) -> Problem:
    before = f"; the first is at {first.call}" if first.call is not None else ""
    return Problem(
        code="DF-W102",
        message=f"two nodes have the id '{call.id}'{before}",
        where=Where(node_id=call.id, call=call.call),
        context={"first": _shown(first), "second": _shown(call)},
        cause="connections and results name nodes by their id",
        solutions=(Solution("give this one another id:", f'workflow.add_node("{_shown(call)}", "{call.id}_2", ...)'),),
        fix=Fix("unsafe", edits=(Edit((1,), "replace", f'"{call.id}_2"'),)),
    )


def _taken(name: str, call: CallSite | None) -> Problem:
    return Problem(
        code="DF-W102",
        message=f"the id '{name}' of a sub-workflow is already taken",
        where=Where(node_id=name, operation="add_workflow", call=call),
        context={"given": name},
        cause="connections and results name nodes by their id",
        solutions=(Solution("give it another id:", f'workflow.add_workflow(..., "{name}_2")'),),
    )


def _shown(call: NodeCall) -> str:
    return call.type if isinstance(call.type, str) else str(getattr(call.type, "__name__", call.type))
