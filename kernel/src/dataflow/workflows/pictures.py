"""A workflow as text that Mermaid draws, and what all pictures of a workflow show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from dataflow.workflows.step import INPUTS

if TYPE_CHECKING:
    from dataflow.workflows.workflow import Workflow

Status = Literal["ok", "failed", "skipped"]


@attrs.frozen
class StepState:
    """What became of a step in one run, for pictures of that run."""

    status: Status
    elapsed_ms: float | None = None

    def __str__(self) -> str:
        return self.status if self.elapsed_ms is None else f"{self.status} {self.elapsed_ms:.2f} ms"


@attrs.frozen
class Arrow:
    """All connections from one step to another, or an order without a value (``after``)."""

    source: str
    target: str
    labels: tuple[str, ...] = ()

    @property
    def is_order(self) -> bool:
        return not self.labels


def arrows_of(workflow: Workflow) -> list[Arrow]:
    """The arrows of a picture; the joining of a transaction is shown by its frame, not by an arrow."""
    labels: dict[tuple[str, str], list[str]] = {}
    for one in workflow.connections:
        if one.target in workflow.scopes.get(one.source, ()) and one.output == ("start",):
            continue
        output, target = ".".join(one.output), ".".join(one.input)
        labels.setdefault((one.source, one.target), []).append(output if output == target else f"{output} → {target}")
    arrows = [Arrow(source, target, tuple(texts)) for (source, target), texts in labels.items()]
    orders = [(name, step.id) for step in workflow.steps.values() for name in step.after]
    return arrows + [Arrow(source, target) for source, target in orders if (source, target) not in labels]


def subtitle(workflow: Workflow, step_id: str) -> str:
    """The second line of a step's box: its node type and what it was asked for besides."""
    step = workflow.steps[step_id]
    asked = [
        f"for each of {step.map_over}" if step.map_over else "",
        f"{step.retry.attempts} attempts" if step.retry else "",
        f"{step.timeout_s:g} s" if step.timeout_s else "",
    ]
    return ", ".join([step.node.name, *(one for one in asked if one)])


def mermaid(workflow: Workflow, states: Mapping[str, StepState] | None = None) -> str:
    """The workflow as a Mermaid flowchart; with ``states`` the picture of one run."""
    names = {step_id: f"n{number}" for number, step_id in enumerate(workflow.order)} | {INPUTS: "inputs_"}
    lines = ["flowchart TD"]
    if workflow.inputs:
        lines.append(f'    inputs_(["inputs: {mermaid_text(", ".join(workflow.inputs))}"])')
    lines += _boxes(workflow, names, states or {}, None, "    ")
    for arrow in arrows_of(workflow):
        line = "-.->" if arrow.is_order else f'-->|"{mermaid_text(", ".join(arrow.labels))}"|'
        lines.append(f"    {names[arrow.source]} {line} {names[arrow.target]}")
    lines += _styles(names, states or {})
    return "\n".join(lines) + "\n"


def _boxes(
    workflow: Workflow, names: Mapping[str, str], states: Mapping[str, StepState], scope: str | None, indent: str
) -> Iterator[str]:
    """The steps directly inside a scope, inner scopes as frames of their own."""
    outer = {member: one for one, members in workflow.scopes.items() for member in members}
    for step_id in workflow.order:
        if outer.get(step_id) != scope:
            continue
        box = f"{names[step_id]}{_shape(workflow, step_id, states.get(step_id))}"
        if step_id not in workflow.scopes:
            yield indent + box
            continue
        yield f'{indent}subgraph {names[step_id]}_frame ["transaction {mermaid_text(step_id)}"]'
        yield f"{indent}    {box}"
        yield from _boxes(workflow, names, states, step_id, indent + "    ")
        yield f"{indent}end"


def _shape(workflow: Workflow, step_id: str, state: StepState | None) -> str:
    lines = [step_id, subtitle(workflow, step_id), *([str(state)] if state is not None else [])]
    text = "<br/>".join(map(mermaid_text, lines))
    opened, closed = {"switch": ("{", "}"), "transaction_scope": ("([", "])")}.get(
        workflow.steps[step_id].node.kind, ("[", "]")
    )
    return f'{opened}"{text}"{closed}'


def _styles(names: Mapping[str, str], states: Mapping[str, StepState]) -> Iterator[str]:
    colours = {
        "ok": "fill:#e3f4e5,stroke:#2f7d3a",
        "failed": "fill:#fbe4e2,stroke:#b3261e",
        "skipped": "fill:#eeeeee,stroke:#8a8a8a",
    }
    for status, colour in colours.items():
        members = [names[step_id] for step_id, state in states.items() if state.status == status and step_id in names]
        if members:
            yield f"    classDef {status} {colour}"
            yield f"    class {','.join(members)} {status}"


def mermaid_text(text: str) -> str:
    """Text as Mermaid takes it inside quotes, on one line; its entities begin with a number sign."""
    escapes = {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(escapes.get(one, one if one.isprintable() else "\N{REPLACEMENT CHARACTER}") for one in text)
