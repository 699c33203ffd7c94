"""The frames of sub-workflows: steps of one are named ``<its id>.<step>``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from dataflow_visualize.picture import Node


def with_groups(nodes: Sequence[Node]) -> list[Node]:
    """The nodes, each in the innermost frame around it, and the frames of sub-workflows."""
    if not any("." in node.id for node in nodes):
        return list(nodes)
    known = {node.id: node for node in nodes}
    groups = _groups(known)
    frames = [
        Node(id=name, type="sub-workflow", family="workflow", is_frame=True, parent=parent)
        for name, parent in groups.items()
    ]
    return [*(attrs.evolve(node, parent=_inner(node.id, node.parent, groups)) for node in nodes), *frames]


def _groups(nodes: Mapping[str, Node]) -> dict[str, str | None]:
    """Each sub-workflow whose steps lie together, and the frame around it."""
    names = list(dict.fromkeys(name for one in nodes for name in _around(one) if name not in nodes))
    outer = {}
    for name in names:
        scopes = {_leaving(one, name, nodes) for one in nodes if one.startswith(f"{name}.")}
        if len(scopes) == 1:
            outer[name] = scopes.pop()
    return {name: _inner(name, scope, outer) for name, scope in outer.items()}


def _around(name: str) -> Iterator[str]:
    """The sub-workflows that a name lies in, the innermost first."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _leaving(step: str, group: str, nodes: Mapping[str, Node]) -> str | None:
    """The first scope around a step that is not in the group."""
    parent = nodes[step].parent
    while parent is not None and parent.startswith(f"{group}."):
        parent = nodes[parent].parent
    return parent


def _inner(name: str, scope: str | None, groups: Mapping[str, str | None]) -> str | None:
    """The nearer of the scope and the sub-workflow around something."""
    group = next((one for one in _around(name) if one in groups), None)
    if group is None or (scope is not None and scope.startswith(f"{group}.")):
        return scope
    return group
