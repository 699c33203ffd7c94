"""The steps that a user wrote, read and checked: everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Edit, Fix, Problem, Solution, Where, closest, error_of
from dataflow.nodes.families.family import with_path
from dataflow.nodes.node_type import Inputs, NodeType, Path
from dataflow.nodes.sagas.step import CALL_KEYS, DATA, KEY, STEP_KEYS, Call, Nodes, SagaStep

NAME = "TransactionManagerNode"
WHERE = Where(node_type=NAME, operation="transaction")
_FORM = '{"name": "pay", "node": "PaymentCreateNode", "params": {...}, "compensation": {"node": "PaymentDeleteNode", "inputs": {"id": "pay.id"}}}'


@attrs.define(eq=False)
class Reading:
    """Reads the steps of one saga; ``problems`` are all that is wrong with them."""

    nodes: Nodes
    problems: list[Problem] = attrs.field(factory=list)

    def steps(self, written: Any) -> list[SagaStep]:
        if not isinstance(written, list | tuple) or not written:
            self._wrong("'steps' must be a list of at least one step", "steps")
            return []
        found: list[SagaStep] = []
        for number, one in enumerate(written):
            step = self._step(one, number, [step.name for step in found])
            if step is not None:
                found.append(step)
        return found

    def _step(self, written: Any, number: int, known: Sequence[str]) -> SagaStep | None:
        if not self._has_form(written, STEP_KEYS, "steps", number):
            return None
        name = written.get("name")
        if not isinstance(name, str) or not name or "." in name or name == DATA or name in known:
            what = (
                "has the name of another" if name in known else f"needs a name of its own, without '.' and not '{DATA}'"
            )
            self._wrong(f"step {number} {what}", "steps", number, "name")
            return None
        call = self._call(written, known, "steps", number)
        undo = written.get("compensation")
        compensation = None
        if undo is not None:
            place = ("steps", number, "compensation")
            if self._has_form(undo, CALL_KEYS, *place):
                compensation = self._call(undo, (*known, name), *place)
        return None if call is None else SagaStep(name, call, compensation)

    def _has_form(self, written: Any, keys: Collection[str], *place: str | int) -> bool:
        if not isinstance(written, Mapping):
            self._wrong(f"a step is a dict, not a {type(written).__name__}", *place)
            return False
        unknown = [key for key in written if key not in keys]
        for key in unknown:
            near = closest(str(key), list(keys))
            hint = f"; did you mean '{near[0]}'?" if near else f"; it has {', '.join(keys)}"
            self._wrong(f"a step has no '{key}'{hint}", *place)
        return not unknown

    def _call(self, written: Mapping[str, Any], known: Sequence[str], *place: str | int) -> Call | None:
        params, inputs = written.get("params") or {}, written.get("inputs") or {}
        if not isinstance(params, Mapping) or not isinstance(inputs, Mapping):
            self._wrong("'params' and 'inputs' of a step are dicts", *place)
            return None
        node = self._node(written.get("node"), params, *place)
        if node is None:
            return None
        canonical = node.behaviour.canonical(params)
        wires = self._wires(node, inputs, known, *place)
        connected = dict.fromkeys(wires)
        if node.parameter(KEY) is not None and KEY not in canonical:
            connected[KEY,] = None
        self.problems += with_path(node.behaviour.check(Inputs(canonical, connected)), *place, "params")
        return Call(node, canonical, wires)

    def _node(self, given: Any, params: Mapping[str, Any], *place: str | int) -> NodeType | None:
        if callable(given):
            try:
                return self.nodes.of_function(given)
            except DataFlowError as error:
                self.problems += with_path(error.problems, *place, "node")
                return None
        node = self.nodes.of_type(given) if isinstance(given, str) else None
        if node is None:
            self._unknown_node(given, *place)
            return None
        if node.specialise is None:
            return node
        try:
            return node.specialise(params)
        except DataFlowError as error:
            self.problems += with_path(error.problems, *place, "params")
            return None

    def _wires(
        self, node: NodeType, inputs: Mapping[str, Any], known: Sequence[str], *place: str | int
    ) -> dict[Path, Path]:
        wires: dict[Path, Path] = {}
        for target, source in inputs.items():
            path = node.behaviour.target(tuple(str(target).split(".")))
            if path is None:
                self._wrong(f"{node.name} has no input '{target}'", *place, "inputs", str(target))
            elif not isinstance(source, str) or source.split(".")[0] not in (*known, DATA):
                names = ", ".join(f"'{name}'" for name in (*known, DATA))
                self._wrong(f"'{source}' begins with no earlier step: {names}", *place, "inputs", str(target))
            else:
                wires[path] = tuple(source.split("."))
        return wires

    def _unknown_node(self, given: Any, *place: str | int) -> None:
        near = closest(str(given), list(self.nodes.source.node_types))
        hint = f"; did you mean '{near[0]}'?" if near else ""
        self.problems.append(
            Problem(
                code="DF-W101",
                message=f"unknown node type '{given}' in a step{hint}",
                where=attrs.evolve(WHERE, path=(*place, "node")),
                context={"given": given},
                cause="a step names a node type of this instance, or gives a Python function",
                solutions=(Solution(f"use '{near[0]}':", f'"node": "{near[0]}"'),)
                if near
                else (Solution("see them all:", "db.nodes"),),
                fix=Fix("unsafe", edits=(Edit((*place, "node"), "replace", f'"{near[0]}"'),)) if near else None,
            )
        )

    def _wrong(self, message: str, *place: str | int) -> None:
        self.problems.append(
            Problem(
                code="DF-T110",
                message=message,
                where=attrs.evolve(WHERE, path=place),
                cause="a saga is a list of steps, each with what undoes it",
                solutions=(Solution("a step is written as:", _FORM),),
            )
        )


def read_steps(nodes: Nodes, written: Any) -> list[SagaStep]:
    """The steps of a saga.

    :raises DataFlowError: with everything that is wrong with them.
    """
    reading = Reading(nodes)
    steps = reading.steps(written)
    if reading.problems:
        raise error_of(reading.problems)
    return steps
