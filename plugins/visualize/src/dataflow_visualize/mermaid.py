"""A picture as text that Mermaid draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataflow.workflows.pictures import mermaid_text
from dataflow_visualize.picture import Node, Picture

_SHAPES = {"branch": ('{{"', '"}}'), "scope": ('(["', '"])'), "input": ('(["', '"])'), "saga": ('[["', '"]]')}
_COLOURS = {
    "ok": "fill:#e3f4e5,stroke:#2f7d3a,color:#14301a",
    "failed": "fill:#fbe4e2,stroke:#b3261e,color:#410e0b",
    "skipped": "fill:#eeeeee,stroke:#8a8a8a,color:#333333",
    "wrong": "fill:#fbe4e2,stroke:#b3261e,color:#410e0b",
}


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart."""
    names = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = ["flowchart TD", *_boxes(picture, names, None, "    ")]
    for arrow in picture.arrows:
        ways = ("-.->" if arrow.is_order or arrow.is_broken else "-->") + (
            "" if arrow.is_order else f'|"{"<br/>".join(map(mermaid_text, arrow.labels))}"|'
        )
        lines.append(f"    {names[arrow.source]} {ways} {names[arrow.target]}")
    return "\n".join([*lines, *_classes(picture, names)]) + "\n"


def _boxes(picture: Picture, names: Mapping[str, str], frame: str | None, indent: str) -> Iterator[str]:
    for node in picture.nodes:
        if node.parent != frame:
            continue
        if not node.is_frame:
            yield indent + names[node.id] + _shape(node)
            continue
        # a scope is a step as well; a sub-workflow is nothing but its frame
        is_step = node.family == "scope"
        own = f"{names[node.id]}_frame" if is_step else names[node.id]
        title = f"transaction {node.id}" if is_step else f"workflow {node.id}"
        yield f'{indent}subgraph {own} ["{mermaid_text(title)}"]'
        if is_step:
            yield f"{indent}    {names[node.id]}{_shape(node)}"
        yield from _boxes(picture, names, node.id, f"{indent}    ")
        yield f"{indent}end"


def _shape(node: Node) -> str:
    opened, closed = _SHAPES.get(node.family, ('["', '"]'))
    lines = [
        node.id,
        node.subtitle,
        *node.parameters,
        *([str(node.state)] if node.state is not None else []),
        *(f"{one.code} {one.message}" for one in node.problems),
    ]
    return f"{opened}{'<br/>'.join(map(mermaid_text, lines))}{closed}"


def _classes(picture: Picture, names: Mapping[str, str]) -> Iterator[str]:
    members: dict[str, list[str]] = {}
    for node in picture.nodes:
        state = "" if node.state is None else node.state.status
        if node.problems or state:
            members.setdefault("wrong" if node.problems else state, []).append(names[node.id])
    for name, ids in members.items():
        yield f"    classDef {name} {_COLOURS[name]}"
        yield f"    class {','.join(ids)} {name}"
