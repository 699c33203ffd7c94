"""Connections: both nodes, the output and the input must exist."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import Fix, Problem, Solution, closest
from dataflow.models.types import FieldType
from dataflow.nodes.node_type import NodeType, Path
from dataflow.workflows.draft import ConnectionCall
from dataflow.workflows.drawing import target_of
from dataflow.workflows.outputs import Reach, inside, outputs_of, reach
from dataflow.workflows.sketch import DraftStep, Link, Sketch, connection_call, link_fix, link_where
from dataflow.workflows.step import INPUTS

Found = Link | list[Problem]


def check_connection(sketch: Sketch, call: ConnectionCall) -> Found:
    """The connection with canonical ends, or what is wrong with it."""
    source, target = _end(sketch, call.source, call.output), _end(sketch, call.target, call.input)
    problems = [_not_text(call, end) for end in ("output", "input") if not _is_path(getattr(call, end))]
    problems += [_unknown_end(sketch, call, "source")] if source is None and call.source != INPUTS else []
    problems += [_unknown_end(sketch, call, "target")] if target is None else []
    if problems or target is None:
        _expect(sketch, call, target or _near_end(sketch, call))
        return problems
    brought = _output(sketch, call, source)
    placed = _input(sketch, call, target)
    if isinstance(brought, Reach) and isinstance(placed, tuple):
        step_id, output = source or (INPUTS, tuple(call.output.split(".")))
        return Link(call=call, source=step_id, output=output, target=target[0], input=placed, type=brought.type)
    if isinstance(placed, tuple):
        sketch.expected.setdefault(target[0], []).append(placed)
    else:
        _expect_all(sketch, target[0])
    return [one for one in (brought, placed) if isinstance(one, Problem)]


def _expect_all(sketch: Sketch, step_id: str) -> None:
    """Of a step that is connected to an input it does not have, nothing else is said to be missing."""
    node = sketch.steps[step_id].node
    if node is not None:
        sketch.expected.setdefault(step_id, []).extend(
            (one.name,) for one in node.parameters if one.required or one.name == "id"
        )


def _expect(sketch: Sketch, call: ConnectionCall, target: tuple[str, Path] | None) -> None:
    """Note what the connection was meant to fill, so that it is not reported as missing besides."""
    if target is not None and _is_path(call.input):
        placed = _input(sketch, call, target)
        if isinstance(placed, tuple):
            sketch.expected.setdefault(target[0], []).append(placed)


def _near_end(sketch: Sketch, call: ConnectionCall) -> tuple[str, Path] | None:
    """The step that a misspelt target was probably meant for."""
    near = closest(call.target, sketch.steps) if isinstance(call.target, str) else []
    return _end(sketch, near[0], call.input) if near else None


def _end(sketch: Sketch, node: object, name: object) -> tuple[str, Path] | None:
    """A step and the path in it; through a sub-workflow's id the path begins with its step."""
    if not isinstance(node, str) or not isinstance(name, str):
        return (node, ()) if isinstance(node, str) and node in sketch.steps else None
    if node in sketch.steps:
        return node, tuple(name.split("."))
    names = name.split(".") if node in sketch.groups else []
    for length in range(len(names), 0, -1):
        step_id = ".".join((node, *names[:length]))
        if step_id in sketch.steps:
            return step_id, tuple(names[length:]) or ("*",)
    return None


def _is_path(given: object) -> bool:
    return isinstance(given, str) and all(given.split("."))


def _output(sketch: Sketch, call: ConnectionCall, source: tuple[str, Path] | None) -> Reach | Problem:
    if source is None:
        return _workflow_input(sketch, call)
    step = sketch.steps[source[0]]
    if step.node is None:
        return Reach()
    found = reach(step, source[1])
    return _no_output(call, step, source[1], found) if not found.exists else found


def _workflow_input(sketch: Sketch, call: ConnectionCall) -> Reach | Problem:
    path = tuple(call.output.split("."))
    declared = sketch.inputs.get(path[0])
    if declared is not None:
        found = inside(declared.type, path, 1)
        return _inside_input(call, found) if not found.exists else found
    near = closest(path[0], sketch.inputs)
    declare = f'workflow.add_input("{path[0]}", str)'
    return Problem(
        code="DF-W104",
        message=f"the workflow declares no input '{path[0]}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=link_where(call, str(call.target), "output"),
        context={"given": path[0], "declared": ", ".join(sketch.inputs) or "none"},
        cause=f"connections from '{INPUTS}' bring the inputs that were declared",
        solutions=(
            *(
                Solution(f"use '{one}':", connection_call(INPUTS, one, str(call.target), str(call.input)))
                for one in near[:1]
            ),
            Solution("or declare it:" if near else "declare it:", declare),
        ),
        fix=Fix(
            "unsafe", script=connection_call(INPUTS, near[0], str(call.target), str(call.input)) if near else declare
        ),
    )


def _inside_input(call: ConnectionCall, found: Reach) -> Problem:
    return Problem(
        code="DF-W104",
        message=f"the workflow has no input '{call.output}': {found.fault}",
        where=link_where(call, str(call.target), "output"),
        context={"given": call.output},
        cause="a connection reaches into a value only where its type has something inside",
    )


def _input(sketch: Sketch, call: ConnectionCall, target: tuple[str, Path]) -> Path | Problem:
    step, path = sketch.steps[target[0]], target[1]
    if step.node is None:
        return path
    placed = target_of(step.node, path, step.call.map_over)
    if placed is None or "*" in path or _is_past_a_value(step.node, placed):
        return _no_input(call, step, step.node, path)
    return placed


def _is_past_a_value(node: NodeType, path: Path) -> bool:
    """Whether a path goes on where a single value stands, which has nothing inside."""
    known = _inputs_of(node)
    reached = (known.get(".".join(path[:length])) for length in range(1, len(path)))
    return any(kind is not None and kind.is_scalar for kind in reached)


def _unknown_end(sketch: Sketch, call: ConnectionCall, end: str) -> Problem:
    given, name = getattr(call, end), call.output if end == "source" else call.input
    members = sketch.groups.get(given) if isinstance(given, str) else None
    return _unknown_node(sketch, call, end, given) if members is None else _unknown_member(call, given, members, name)


def _unknown_member(call: ConnectionCall, group: str, members: Sequence[str], name: object) -> Problem:
    known = [member.removeprefix(f"{group}.") for member in members]
    near = closest(str(name).partition(".")[0], known)
    return Problem(
        code="DF-W103",
        message=f"sub-workflow '{group}' has no node and no input '{name}'"
        + (f"; did you mean '{near[0]}'?" if near else ""),
        where=link_where(call, group),
        context={"connection": _text(call), "nodes": ", ".join(known) or "none"},
        cause="a connection to or from a sub-workflow leads to a node in it, or to an input that it declares",
        solutions=(
            Solution("begin with one of its nodes:", f'"{near[0] if near else (known or ["<node>"])[0]}.<name>"'),
        ),
    )


def _unknown_node(sketch: Sketch, call: ConnectionCall, end: str, given: object) -> Problem:
    known = [*sketch.steps, *sketch.groups]
    near = closest(str(given), known)
    ends = [call.source, call.output, call.target, call.input]
    mended = connection_call(*[str(near[0] if near and one is given else one) for one in ends])
    return Problem(
        code="DF-W103",
        message=f"the {end} of a connection is unknown: '{given}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=link_where(call, str(given), end),
        context={"connection": _text(call), "nodes": ", ".join(known) or "none"},
        cause="a connection joins two nodes of the same workflow by their ids",
        solutions=(Solution(f"use '{near[0]}':", mended),)
        if near
        else (Solution("add the node first:", f'workflow.add_node(..., "{given}", {{...}})'),),
        fix=link_fix(end, near[0], mended) if near else None,
    )


def _not_text(call: ConnectionCall, end: str) -> Problem:
    given = getattr(call, end)
    return Problem(
        code="DF-W104" if end == "output" else "DF-W105",
        message=f"the {end} of a connection is a name or a dotted path, not {given!r}",
        where=link_where(call, str(call.source if end == "output" else call.target), end),
        context={"connection": _text(call)},
        cause="dots lead inside a value, and every part between them has a name",
        solutions=(Solution("write it as:", connection_call(str(call.source), "id", str(call.target), "id")),),
    )


def _no_output(call: ConnectionCall, step: DraftStep, path: Path, found: Reach) -> Problem:
    assert step.node is not None
    name = ".".join(path)
    better = _better_outputs(step, path, found)
    mended = connection_call(step.id, better[0], str(call.target), str(call.input)) if better else ""
    known = ", ".join(one.name for one in outputs_of(step))
    branch = step.node.kind == "switch"
    what = f"{'case' if branch else 'output'} '{name}'"
    hint = f": {found.fault}" if found.fault else f"; did you mean '{better[0]}'?" if better else ""
    cause = (
        "a branch is taken when its case holds; one that is no case is never reached"
        if branch
        else "a list's rows are 'records'"
        if step.node.kind == "list" or step.call.map_over is not None
        else "a connection takes what the node gives"
    )
    return Problem(
        code="DF-W110" if branch else "DF-W104",
        message=f"'{step.id}' ({step.type_name}) has no {what}{hint}",
        where=link_where(call, step.id, "output"),
        context={"connection": _text(call), "outputs": known or "none"},
        cause=cause,
        solutions=(Solution(f"use '{better[0]}':", mended) if better else _one_of("output", known),),
        fix=link_fix("output", better[0], mended) if better else None,
    )


def _better_outputs(step: DraftStep, path: Path, found: Reach) -> list[str]:
    """What was probably meant, best first."""
    rows = next((one for one in outputs_of(step) if one.parts), None)
    if not found.fault:
        near = closest(path[0], found.known)
        in_rows = [f"{rows.name}.0.{'.'.join(path)}"] if rows is not None and path[0] in rows.parts else []
        last = [path[-1]] if len(path) > 1 and path[-1] in found.known else []
        if rows is not None and len(path) > 1 and path[1].isdigit():
            last.append(".".join((rows.name, *path[1:])))
        # a key of another model's records, as they call it themselves
        last += [name for name in [path[0].rpartition("_")[2]] if len(path) == 1 and name in found.known]
        return [*in_rows, *(".".join((name, *path[1:])) for name in near), *last]
    if found.known == ("0", "1"):
        return [".".join((path[0], "0", *path[1:]))]
    missing = next((at for at in range(1, len(path)) if f"has no '{path[at]}'" in found.fault), None)
    if missing is None:
        return [path[0]] if not found.known else []
    return [".".join((*path[:missing], name, *path[missing + 1 :])) for name in closest(path[missing], found.known)]


def _no_input(call: ConnectionCall, step: DraftStep, node: NodeType, path: Path) -> Problem:
    name = ".".join(path)
    known = {one: kind for one, kind in _inputs_of(node).items() if target_of(node, tuple(one.split("."))) is not None}
    better = _better_inputs(node, path, known)
    mended = connection_call(str(call.source), str(call.output), step.id, better[0]) if better else ""
    return Problem(
        code="DF-W105",
        message=f"'{step.id}' ({step.type_name}) has no input '{name}'"
        + (f"; did you mean '{better[0]}'?" if better else ""),
        where=link_where(call, step.id, "input"),
        context={"connection": _text(call), "inputs": ", ".join(known) or "none"},
        cause="a connection fills a parameter of the node, or a named place inside one",
        solutions=(Solution(f"use '{better[0]}':", mended) if better else _one_of("input", ", ".join(known)),),
        fix=link_fix("input", better[0], mended) if better else None,
    )


def _inputs_of(node: NodeType) -> dict[str, FieldType]:
    """The parameters, and the places inside them that have names of their own."""
    known = {one.name: one.type for one in node.parameters}
    return known | {f"{one.name}.{part}": kind for one in node.parameters for part, kind in one.parts.items()}


def _better_inputs(node: NodeType, path: Path, known: Sequence[str] | dict[str, FieldType]) -> list[str]:
    """The same name inside a parameter (a field of 'data' or 'filter'), else the closest names."""
    inner = [f"{one.name}.{path[0]}" for one in node.parameters if path[0] in one.parts]
    if node.model is not None and path[0] in node.model.fields:
        inner += [f"{one.name}.{path[0]}" for one in node.parameters if one.role == "filter"]
    last = {one.rpartition(".")[2]: one for one in reversed(list(known))}
    near = [*closest(".".join(path), list(known)), *(last[one] for one in closest(path[-1], list(last)))]
    keys = ["id"] if not near and not inner and "id" in known and path[-1].startswith("id") else []
    return [*(".".join((one, *path[1:])) for one in inner), *near, *keys]


def _one_of(what: str, known: str) -> Solution:
    return Solution(f"use one of: {known}" if known else f"leave the connection out: the node has no {what}")


def _text(call: ConnectionCall) -> str:
    return f"{call.source}.{call.output} -> {call.target}.{call.input}"
