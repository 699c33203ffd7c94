"""Transaction scopes: who runs inside which, and where a step has to wait for a commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

Edge = tuple[str, str]


@attrs.frozen
class Commit:
    """The end of a scope: a moment of its own, after all that runs inside."""

    scope: str

    def __str__(self) -> str:
        return f"(commit of {self.scope})"


Moment = str | Commit


@attrs.frozen(eq=False)
class Scopes:
    """``members`` maps each scope's step to the steps directly inside it; an inner scope is a member too."""

    members: Mapping[str, tuple[str, ...]]
    outer: Mapping[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        outer = {member: scope for scope, members in self.members.items() for member in members}
        object.__setattr__(self, "outer", outer)

    def around(self, step: str) -> list[str]:
        """The scopes that a step runs in, innermost first."""
        found: list[str] = []
        while (scope := self.outer.get(step)) is not None and scope not in found:
            found.append(scope)
            step = scope
        return found

    def inside(self, scope: str) -> list[str]:
        """Every step that runs in a scope, at any depth."""
        return [step for step in self.outer if scope in self.around(step)]

    def waits(
        self, edges: Sequence[Edge], after: Sequence[Edge], steps: Iterable[str], *, openings: bool = True
    ) -> dict[Moment, set[Moment]]:
        """What each moment waits for.

        A step outside a scope that needs a member waits for the commit, also when it comes ``after`` the
        scope's own step; the commit waits for all members. A scope opens only when everything is ready
        that its members need from outside: it keeps a connection, and what it waited for may need the same.
        ``openings`` can leave that out.
        """
        waits: dict[Moment, set[Moment]] = {step: set() for step in steps}
        waits |= {Commit(scope): {scope} for scope in self.members}
        for source, target in edges:
            waits[target].add(self._needed(source, target))
        for source, target in after:
            ends = source in self.members and source not in self.around(target)
            waits[target].add(self._needed(source, target, (Commit(source),) if ends else ()))
        for source, target in (*edges, *after) if openings else ():
            for scope in self.around(target):
                if scope != source and scope not in self.around(source):
                    waits[scope].add(self._needed(source, scope))
        for scope, members in self.members.items():
            for member in members:
                # also one that no connection joins, such as a function: it runs in the open scope
                waits[member].add(scope)
            waits[Commit(scope)] |= {Commit(member) if member in self.members else member for member in members}
        return waits

    def _needed(self, source: str, target: str, ends: tuple[Commit, ...] = ()) -> Moment:
        around = self.around(target)
        left = [scope for scope in self.around(source) if scope not in around and scope != target]
        return Commit(left[-1]) if left else ends[0] if ends else source
