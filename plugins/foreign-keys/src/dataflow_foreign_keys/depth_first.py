"""Servers that finish with one row, and all that hangs on it, before they go to the next: SQLite, and InnoDB."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dataflow.migrations.objects import ReferenceAction
from dataflow_foreign_keys.course import Course
from dataflow_foreign_keys.keys import ForeignKey

#: how far below a first row another may still act on those that refer to it: SQLite's nesting of triggers
#: (SQLITE_MAX_TRIGGER_DEPTH); of InnoDB's 15 levels (FK_MAX_CASCADE_DEL) the first row is one, by MariaDB 10.11
MAX_DEPTH = {"sqlite": 1000, "mysql": 14, "mariadb": 14}
Work = Iterator["Work"]


@attrs.define(eq=False)
class DepthFirst(Course):
    """SQLite: RESTRICT refuses at once, everything else is looked at when the statement ends, or at COMMIT."""

    max_depth: int = MAX_DEPTH["sqlite"]
    refusing: frozenset[str] = frozenset(("restrict",))

    def run(self) -> None:
        for row in self.reach.roots:
            if row not in self.dead:
                # with a stack of its own: rows may hang on each other deeper than Python calls
                stack = [self._delete(row, 0)]
                while stack:
                    following = next(stack[-1], None)
                    if following is None:
                        stack.pop()
                    else:
                        stack.append(following)
        self.check()

    def _delete(self, row: int, depth: int) -> Work:
        self.remove([row])
        for key in self.incoming(row):
            yield from self._act(key, row, key.ondelete, depth)

    def _holding(self, key: ForeignKey, row: int) -> list[int]:
        """The rows for whose sake an action refuses."""
        return self.referring(key, row)

    def _act(self, key: ForeignKey, row: int, action: ReferenceAction, depth: int) -> Work:
        if action == "no action" and action not in self.refusing:
            return
        children = self.referring(key, row)
        if self._is_too_deep(action, children, depth):
            self.block(key, children or [row], "depth")
        if action in self.refusing:
            self.block(key, self._holding(key, row), "restrict" if action == "restrict" else "no action")
        elif action == "cascade":
            for child in children:
                if child not in self.dead:
                    yield self._delete(child, depth + 1)
        else:
            for child in children:
                values = self.written_by_delete(key)
                moved = self.write(key, child, values, is_default=action == "set default")
                yield self._move(moved, child, depth + 1)

    def _is_too_deep(self, action: ReferenceAction, children: list[int], depth: int) -> bool:
        # the program of an action is entered whether it finds rows or not
        return depth >= self.max_depth

    def _move(self, keys: list[ForeignKey], row: int, depth: int) -> Work:
        for key in keys:
            children = self.referring(key, row)
            if key.onupdate in self.refusing:
                self.block(key, self._holding(key, row), "restrict" if key.onupdate == "restrict" else "no action")
            elif key.onupdate != "no action":
                for child in children:
                    values = self.written_by_update(key, row)
                    yield self._move(
                        self.write(key, child, values, is_default=key.onupdate == "set default"), child, depth + 1
                    )


@attrs.define(eq=False)
class InnoDB(DepthFirst):
    """NO ACTION is RESTRICT, and both refuse at once; fewer levels may follow each other."""

    max_depth: int = MAX_DEPTH["mariadb"]
    refusing: frozenset[str] = frozenset(("restrict", "no action"))
    #: rows that are being deleted, with the index that it has come to
    _under_way: dict[int, int] = attrs.field(factory=dict, init=False)

    def _delete(self, row: int, depth: int) -> Work:
        self.remove([row])
        for key in self.incoming(row):
            self._under_way[row] = self.setting.places[key][0]
            yield from self._act(key, row, key.ondelete, depth)
        self._under_way.pop(row, None)

    def _holding(self, key: ForeignKey, row: int) -> list[int]:
        # a row is taken out of one index after the other: by a later one it is still found
        found = self.setting.places[key][1]
        going = [one for one, place in self._under_way.items() if place < found]
        children = self.reach.children.get((key, row), ())
        held = [one for one in going if one in children and self.links.get((key, one), row) == row]
        return [*self.referring(key, row), *held]

    def _is_too_deep(self, action: ReferenceAction, children: list[int], depth: int) -> bool:
        return bool(children) and action not in self.refusing and depth >= self.max_depth
