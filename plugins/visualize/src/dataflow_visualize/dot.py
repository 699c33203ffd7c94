"""A picture in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataflow_visualize.picture import Node, Picture

_SHAPES = {"branch": "hexagon", "scope": "oval", "input": "oval", "saga": "box3d"}


def dot(picture: Picture) -> str:
    """The picture as a directed graph with clusters."""
    names = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = [
        f"digraph {_quoted(picture.name)} {{",
        '    graph [rankdir=TB, fontname="Helvetica", compound=true];',
        '    node [shape=box, style="rounded,filled", fillcolor="#f8fafc", color="#475569", fontname="Helvetica", fontsize=11];',
        '    edge [fontname="Helvetica", fontsize=10, color="#64748b"];',
        *_boxes(picture, names, None, "    "),
    ]
    for arrow in picture.arrows:
        asked = {"label": "\n".join(arrow.labels)} if arrow.labels else {"style": "dashed"}
        if arrow.is_broken:
            asked |= {"style": "dashed", "color": "#b3261e"}
        lines.append(f"    {names[arrow.source]} -> {names[arrow.target]} {_attributes(asked)};")
    return "\n".join([*lines, "}"]) + "\n"


def _boxes(picture: Picture, names: Mapping[str, str], frame: str | None, indent: str) -> Iterator[str]:
    for node in picture.nodes:
        if node.parent != frame:
            continue
        if not node.is_frame:
            yield f"{indent}{names[node.id]} {_attributes(_look(node))};"
            continue
        title = f"transaction {node.id}" if node.family == "scope" else f"workflow {node.id}"
        yield f"{indent}subgraph cluster_{names[node.id]} {{"
        yield f'{indent}    label={_quoted(title)}; style="rounded,dashed"; color="#6d4fb3"; fontname="Helvetica";'
        if node.family == "scope":
            yield f"{indent}    {names[node.id]} {_attributes(_look(node))};"
        yield from _boxes(picture, names, node.id, f"{indent}    ")
        yield f"{indent}}}"


def _look(node: Node) -> dict[str, str]:
    state = [] if node.state is None else [str(node.state)]
    found = {
        "label": "\n".join([node.id, node.subtitle, *node.parameters, *state, *(one.code for one in node.problems)])
    }
    if node.family in _SHAPES:
        found["shape"] = _SHAPES[node.family]
    if node.problems or (node.state is not None and node.state.status == "failed"):
        found |= {"fillcolor": "#fbe4e2", "color": "#b3261e"}
        found["tooltip"] = "\n".join(f"{one.code} {one.message}" for one in node.problems) or "failed"
    return found


def _attributes(given: Mapping[str, str]) -> str:
    return f"[{', '.join(f'{name}={_quoted(text)}' for name, text in given.items())}]"


def _quoted(text: str) -> str:
    """A text between quotes; what cannot be printed is shown as such, but for the ends of lines."""
    shown = "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
