"""Connections: what a step brings must be able to become what the other one takes.

Only certain mismatches are refused. Text that may hold a UUID, a date or a number is accepted for
those types where every such text has one meaning; the value itself is checked when it arrives.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.diagnostics import Problem, Solution
from dataflow.models.types import DICT, LIST, FieldType
from dataflow.nodes.node_type import NodeType, Path
from dataflow.workflows.sketch import DraftStep, Link, Sketch, connection_call, link_where
from dataflow.workflows.step import INPUTS

#: kinds that a value of a kind may become without loss or guessing, besides its own
WIDENS: dict[str, frozenset[str]] = {
    "int": frozenset(("float", "decimal")),
    "str": frozenset(("uuid", "datetime", "date", "time", "decimal", "enum", "literal")),
    "dict": frozenset(("mapping", "object")),
    "mapping": frozenset(("dict", "object")),
    "object": frozenset(("dict", "mapping")),
}
_OPERANDS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")


def check_types(sketch: Sketch) -> Iterator[Problem]:
    """A problem for each connection whose two types exclude each other."""
    for link in sketch.links:
        step = sketch.steps[link.target]
        if step.node is None or (step.call.map_over is not None and step.map_over is None):
            # a wrong `map_over` is told by itself; what the step takes is then not known
            continue
        wanted = taken(step, step.node, link.input)
        if link.type is not None and wanted is not None and not fits(link.type, wanted):
            yield _mismatch(sketch, link, step, link.type, wanted)


def taken(step: DraftStep, node: NodeType, path: Path) -> FieldType | None:
    """The type that a place of a step's parameters takes; None when anything may come."""
    parameter = node.parameter(path[0])
    if parameter is None or parameter.role == "transaction":
        return None
    if path == step.map_over:
        return attrs.evolve(LIST, item=_of_one(node, path))
    return _of_one(node, path)


def _of_one(node: NodeType, path: Path) -> FieldType | None:
    """The type that one value at a place takes."""
    parameter = node.parameter(path[0])
    if parameter is None:
        return None
    if parameter.role == "filter":
        return _operand(node, path)
    kind: FieldType | None = parameter.type
    if len(path) > 1:
        kind = parameter.parts.get(path[1]) if len(path) == 2 else None
    return kind


def _operand(node: NodeType, path: Path) -> FieldType | None:
    """The type of what a field of a filter is compared with."""
    if len(path) == 1:
        return DICT
    field = None if node.model is None else node.model.fields.get(path[1])
    plain = len(path) == 2 or (len(path) == 3 and path[2] in _OPERANDS)
    return field.type if field is not None and plain and field.type.is_scalar else None


def fits(source: FieldType, target: FieldType) -> bool:
    """Whether some value of the one type is a value of the other."""
    if "any" in (source.kind, target.kind):
        return True
    if source.kind in ("enum", "literal") and source.kind != target.kind:
        return target.kind in ("enum", "literal") or _of_choices(source, target)
    if source.kind == target.kind:
        return _fits_inside(source, target)
    if target.kind in ("enum", "literal"):
        return any(_is_of(choice, source) for choice in target.choices)
    return target.kind in WIDENS.get(source.kind, ())


def _fits_inside(source: FieldType, target: FieldType) -> bool:
    if source.kind == "enum":
        return source.python is target.python
    if source.kind == "literal":
        return not target.choices or any(one in target.choices for one in source.choices)
    if source.item is not None and target.item is not None:
        return fits(source.item, target.item)
    return True


def _of_choices(source: FieldType, target: FieldType) -> bool:
    """Whether the values of an enum or a literal are values of a plain type."""
    return any(isinstance(choice, target.python) for choice in source.choices)


def _is_of(choice: object, source: FieldType) -> bool:
    return isinstance(getattr(choice, "value", choice), source.python)


def _mismatch(sketch: Sketch, link: Link, step: DraftStep, brought: FieldType, wanted: FieldType) -> Problem:
    source = "a declared input" if link.source == INPUTS else sketch.steps[link.source].type_name
    output = ".".join(link.output)
    return Problem(
        code="DF-W106",
        message=f"'{link.source}.{output}' brings {brought}, but '{link.target}.{link.call.input}' takes {wanted}",
        where=link_where(link.call, link.target),
        context={
            "connection": link.text,
            "from": f"{link.source} ({source})",
            "to": f"{step.id} ({step.type_name})",
            "brings": str(brought),
            "takes": str(wanted),
        },
        cause="types travel through a connection unchanged, and this one cannot become the other without loss or guessing",
        solutions=tuple(_ways_out(sketch, link, brought, wanted)),
    )


def _ways_out(sketch: Sketch, link: Link, brought: FieldType, wanted: FieldType) -> Iterator[Solution]:
    if brought.kind == "list" and wanted.kind != "list":
        one = ".".join((*link.output, "0"))
        yield Solution(
            "connect one of its items:", connection_call(link.source, one, link.target, str(link.call.input))
        )
        yield Solution(
            "or run the node for each item:", f'add_node(..., "{link.target}", ..., map_over="{link.call.input}")'
        )
    elif link.output == ("*",):
        yield Solution(
            "connect one of its outputs:", connection_call(link.source, "<output>", link.target, str(link.call.input))
        )
    yield Solution(
        f"convert it in a function between the two that returns {wanted}:",
        f'workflow.add_node(convert, "{link.target}_{link.input[-1]}")\n'
        + connection_call(link.source, ".".join(link.output), f"{link.target}_{link.input[-1]}", "value")
        + "\n"
        + connection_call(f"{link.target}_{link.input[-1]}", "result", link.target, str(link.call.input)),
    )
