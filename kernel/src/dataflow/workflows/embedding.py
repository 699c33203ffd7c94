"""Sub-workflows: their steps become steps of the outer workflow, named ``<id>.<step>``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from dataflow.diagnostics import Edit, Fix, Problem, Solution, Where, closest, listed, misspelt, name_of
from dataflow.models.model import MISSING
from dataflow.workflows.draft import ConnectionCall, Constant, Draft, InputCall, NodeCall, Unusable, WorkflowCall
from dataflow.workflows.step import INPUTS


@attrs.frozen(eq=False)
class Flat:
    """A draft without sub-workflows. ``groups`` are the steps that each of them became."""

    nodes: tuple[NodeCall, ...]
    connections: tuple[ConnectionCall, ...]
    problems: tuple[Problem, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


def flatten(draft: Draft) -> Flat:
    """Put every sub-workflow's steps and connections in its place."""
    nodes = [*draft.nodes]
    problems: list[Problem] = []
    outer = [*draft.connections]
    inner: list[ConnectionCall] = []
    groups: dict[str, tuple[str, ...]] = {}
    for call in draft.workflows:
        problems += _unusable(call)
        if not isinstance(call.id, str) or not isinstance(call.draft, Draft):
            continue
        flat = flatten(call.draft)
        declared = [one.name for one in call.draft.inputs]
        feeds = [one for one in outer if one.target == call.id and one.input in declared]
        outer = [one for one in outer if one not in feeds]
        wiring = _Wiring(call, {one.name: one for one in call.draft.inputs}, feeds)
        inner += wiring.connections(flat)
        nodes += wiring.nodes(flat)
        problems += [*flat.problems, *wiring.problems()]
        groups |= {f"{call.id}.{name}": tuple(f"{call.id}.{one}" for one in ids) for name, ids in flat.groups.items()}
        groups[call.id] = tuple(f"{call.id}.{node.id}" for node in flat.nodes)
    return Flat(tuple(nodes), (*outer, *inner), tuple(problems), groups)


def _unusable(call: WorkflowCall) -> Iterator[Problem]:
    where = Where(node_id=str(call.id), operation="add_workflow", call=call.call)
    if not isinstance(call.draft, Draft):
        yield Problem(
            code="DF-W116",
            message=f"sub-workflow '{call.id}' is a {type(call.draft).__name__} and no workflow",
            where=where,
            context={"given": call.draft},
            cause="a builder or a built workflow can be a part of another one",
            solutions=(Solution("give the builder:", f'workflow.add_workflow(inner, "{call.id}")'),),
        )
    if not isinstance(call.inputs, Mapping):
        given = call.inputs
        what = given.why if isinstance(given, Unusable) else f"are given as a dict, not as a {type(given).__name__}"
        yield Problem(
            code="DF-W114",
            message=f"the inputs of sub-workflow '{call.id}' {what}",
            where=where,
            context={"given": given},
            cause="inputs have names",
            solutions=(Solution("give them by name:", f'add_workflow(..., "{call.id}", inputs={{"user_id": "u1"}})'),),
        )


@attrs.define(eq=False)
class _Wiring:
    """How the declared inputs of one sub-workflow are filled: by connections, by values, by defaults."""

    call: WorkflowCall
    declared: Mapping[str, InputCall]
    feeds: list[ConnectionCall]
    #: the values that were given, and misspelt names with the missing input that each stands for
    given: Mapping[str, Any] = attrs.field(init=False)
    meant: Mapping[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        given: Mapping[str, Any] = self.call.inputs if isinstance(self.call.inputs, Mapping) else {}
        free = [one for one in self.declared if one not in given and one not in self.fed]
        missing = [name for name in free if self.declared[name].default is MISSING]
        self.meant = misspelt([name for name in given if name not in self.declared], missing, free)
        self.given = {self.meant.get(name, name): value for name, value in given.items()}

    @property
    def fed(self) -> set[object]:
        """The inputs that connections fill."""
        return {one.input for one in self.feeds}

    def nodes(self, flat: Flat) -> Iterator[NodeCall]:
        for node in flat.nodes:
            yield attrs.evolve(
                node,
                id=f"{self.call.id}.{node.id}",
                scope=self.call.scope if node.scope is None else f"{self.call.id}.{node.scope}",
                after=self._prefixed(node.after),
                constants=(*node.constants, *self._constants(node.id, flat)),
                app=node.app or self.call.draft.app,
                call=node.call or self.call.call,
            )

    def connections(self, flat: Flat) -> Iterator[ConnectionCall]:
        for one in flat.connections:
            target = f"{self.call.id}.{one.target}"
            if one.source != INPUTS:
                yield attrs.evolve(one, source=f"{self.call.id}.{one.source}", target=target)
                continue
            name, rest = _split(one.output)
            for feed in self.feeds:
                if feed.input == name:
                    yield attrs.evolve(feed, output=_joined(feed.output, rest), target=target, input=one.input)

    def problems(self) -> Iterator[Problem]:
        for name, declared in self.declared.items():
            if name not in self.given and name not in self.fed and declared.default is MISSING:
                yield self._missing(name)
        for name in self.meant:
            yield self._unknown(name)
        for name in self.given:
            if name not in self.declared:
                yield self._unknown(name)

    def _constants(self, step: object, flat: Flat) -> Iterator[Constant]:
        for one in flat.connections:
            if one.source != INPUTS or one.target != step:
                continue
            name, rest = _split(one.output)
            declared = self.declared.get(name)
            value = self.given.get(name, MISSING if declared is None else declared.default)
            if name not in self.fed and value is not MISSING:
                yield Constant(input=str(one.input), value=_inside(value, rest))

    def _prefixed(self, after: Any) -> Any:
        names = [after] if isinstance(after, str) else after
        return tuple(f"{self.call.id}.{name}" for name in names) if isinstance(names, Iterable) else after

    def _where(self) -> Where:
        return Where(node_id=self.call.id, operation="add_workflow", call=self.call.call)

    def _missing(self, name: str) -> Problem:
        return Problem(
            code="DF-W109",
            message=f"missing input '{name}' of sub-workflow '{self.call.id}'",
            where=self._where(),
            context={"missing": name, "declared": listed(self.declared)},
            cause="the sub-workflow declares it without a default",
            solutions=(
                Solution("give it:", f'add_workflow(..., "{self.call.id}", inputs={{"{name}": ...}})'),
                Solution(
                    "or connect it:", f'workflow.add_connection("<node>", "<output>", "{self.call.id}", "{name}")'
                ),
            ),
        )

    def _unknown(self, name: object) -> Problem:
        near = [self.meant[name]] if isinstance(name, str) and name in self.meant else closest(str(name), self.declared)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return Problem(
            code="DF-W105",
            message=f"sub-workflow '{self.call.id}' has no input '{name}'{hint}",
            where=attrs.evolve(self._where(), path=("inputs", name_of(name))),
            context={"input": str(name), "declared": listed(self.declared, "none")},
            cause="a sub-workflow takes what it declares with add_input",
            solutions=(
                *(
                    Solution(f"use '{one}':", f'add_workflow(..., "{self.call.id}", inputs={{"{one}": ...}})')
                    for one in near[:1]
                ),
                Solution(f"{'or ' if near else ''}declare it in the sub-workflow:", f'add_input("{name}", ...)'),
            ),
            fix=Fix("unsafe", edits=(Edit(("inputs", name_of(name)), "rename", near[0]),))
            if (near and near[0] not in {*self.given, *self.fed}) or name in self.meant
            else None,
        )


def _split(output: object) -> tuple[str, str]:
    name, _, rest = str(output).partition(".")
    return name, rest


def _joined(output: object, rest: str) -> object:
    if not rest:
        return output
    return rest if output == "*" else f"{output}.{rest}"


def _inside(value: Any, path: str) -> Any:
    """The part of a value that a connection from a declared input reaches for; MISSING when it is not there."""
    for name in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(name, MISSING)
        elif isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value
