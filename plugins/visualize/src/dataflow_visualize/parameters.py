"""The parameters of a step as the few short lines that its box has room for; what is secret is masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataflow.diagnostics.shown import Shown
from dataflow.inspection.workflows import secret_fields
from dataflow.nodes.node_type import NodeType

MAX_LINES = 4
MAX_LENGTH = 38
#: parameters whose own keys are what a reader looks for
_OPENED = ("data", "cases")


def parameter_lines(node: NodeType | None, params: Mapping[Any, Any]) -> tuple[str, ...]:
    """``name: value`` per parameter; that many as fit, and how many more there are."""
    lines = [*_lines(node, params, Shown(secret_fields(node), MAX_LENGTH))]
    if len(lines) > MAX_LINES:
        lines[MAX_LINES - 1 :] = [f"... {len(lines) - MAX_LINES + 1} more"]
    return tuple(lines)


def _lines(node: NodeType | None, params: Mapping[Any, Any], shown: Shown) -> Iterator[str]:
    for name, value in params.items():
        if name in _OPENED and isinstance(value, Mapping) and value:
            yield from (_line(f"{key}: {shown.under(key, item)}") for key, item in value.items())
        elif node is not None and node.kind == "saga" and name == "steps":
            yield _line(" → ".join(_step_names(value)))
        else:
            yield _line(f"{name}: {shown.under(name, value)}")


def _line(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def _step_names(steps: Any) -> Iterator[str]:
    for step in steps if isinstance(steps, list | tuple) else ():
        yield str(step.get("name", "?")) if isinstance(step, Mapping) else "?"
