"""Strongly connected components of a directed graph, by Tarjan's algorithm; with a stack of its own, so that depth is no limit."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

T = TypeVar("T", bound=Hashable)


def components(graph: Mapping[T, Sequence[T]]) -> tuple[tuple[T, ...], ...]:
    """The components, each after those that it leads to; what is only a successor is a node too."""
    return tuple(_Search(graph).found())


@attrs.define
class _Search(Generic[T]):
    graph: Mapping[T, Sequence[T]]
    number: dict[T, int] = attrs.field(factory=dict)
    lowest: dict[T, int] = attrs.field(factory=dict)
    #: the nodes whose component is not closed yet, in the order in which they were entered
    open: dict[T, None] = attrs.field(factory=dict)

    def found(self) -> Iterator[tuple[T, ...]]:
        for start in self.graph:
            if start not in self.number:
                yield from self._from(start)

    def _from(self, start: T) -> Iterator[tuple[T, ...]]:
        work = [self._entered(start)]
        while work:
            node, successors = work[-1]
            following = next((one for one in successors if self._is_new(node, one)), None)
            if following is not None:
                work.append(self._entered(following))
                continue
            work.pop()
            if work:
                above = work[-1][0]
                self.lowest[above] = min(self.lowest[above], self.lowest[node])
            if self.lowest[node] == self.number[node]:
                yield self._closed(node)

    def _entered(self, node: T) -> tuple[T, Iterator[T]]:
        self.number[node] = self.lowest[node] = len(self.number)
        self.open[node] = None
        return node, iter(self.graph.get(node, ()))

    def _is_new(self, node: T, successor: T) -> bool:
        """Whether a successor is still to be entered; one that is open is a way back."""
        if successor not in self.number:
            return True
        if successor in self.open:
            self.lowest[node] = min(self.lowest[node], self.number[successor])
        return False

    def _closed(self, node: T) -> tuple[T, ...]:
        members: list[T] = []
        while not members or members[-1] != node:
            last, _ = self.open.popitem()
            members.append(last)
        return tuple(reversed(members))
