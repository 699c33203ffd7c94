"""PostgreSQL: the statement's own rows go first, then one action after the other, in the order in which they were called for."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Literal

import attrs

from dataflow_foreign_keys.course import Course, Written
from dataflow_foreign_keys.impact import Reason
from dataflow_foreign_keys.keys import ForeignKey


@attrs.frozen
class Event:
    """What waits for its turn. ``version``: how often the row had been written when its check was called for."""

    kind: Literal["deleted", "moved", "check"]
    key: ForeignKey
    row: int
    version: int = 0


@attrs.define(eq=False)
class Queued(Course):
    """NO ACTION is looked at in its turn as RESTRICT is, unless it is deferred to the COMMIT."""

    _events: deque[Event] = attrs.field(factory=deque, init=False)
    #: references of rows that were written, to be looked at in the end
    _late: list[tuple[ForeignKey, int]] = attrs.field(factory=list, init=False)
    #: how often each row was written
    _version: Counter[int] = attrs.field(factory=Counter, init=False)

    def run(self) -> None:
        self._delete(self.reach.roots)
        while self._events:
            one = self._events.popleft()
            if one.kind == "check":
                self._check(one.key, one.row, one.version)
            elif one.kind == "moved":
                self._moved(one.key, one.row)
            else:
                self._deleted(one.key, one.row)
        self._commit()

    def _delete(self, rows: list[int]) -> None:
        self.remove(rows)
        self._events.extend(Event("deleted", key, row) for row in rows for key in self.incoming(row))

    def _deleted(self, key: ForeignKey, row: int) -> None:
        children = self.referring(key, row)
        if key.ondelete == "cascade":
            self._delete(children)
        elif key.ondelete in ("set null", "set default"):
            is_default = key.ondelete == "set default"
            for child in children:
                self._write(key, child, self.written_by_delete(key), is_default)
            # what has its old value as its default still refers to the row
            self.block(key, self.referring(key, row) if is_default else (), "no default row")
        elif key.ondelete == "restrict" or not key.is_deferred:
            self.block(key, children, "restrict" if key.ondelete == "restrict" else "no action")

    def _moved(self, key: ForeignKey, row: int) -> None:
        children = self.referring(key, row)
        if key.onupdate == "restrict" or (key.onupdate == "no action" and not key.is_deferred):
            self.block(key, children, "restrict" if key.onupdate == "restrict" else "no action")
        elif key.onupdate != "no action":
            for child in children:
                self._write(key, child, self.written_by_update(key, row), key.onupdate == "set default")

    def _write(self, key: ForeignKey, row: int, values: Mapping[str, Written], is_default: bool) -> None:
        moved = self.write(key, row, values, is_default=is_default)
        self._events.extend(Event("moved", one, row) for one in moved)
        self._version[row] += 1
        # of a row that this transaction has written before, every reference is looked at, also those that stay as they were
        again = self._version[row] > 1
        for one in self.setting.outgoing.get(self.reach.table(row), ()):
            if not (again or (is_default and one is key)):
                continue
            if one.is_deferred:
                self._late.append((one, row))
            else:
                self._events.append(Event("check", one, row, self._version[row]))

    def _check(self, key: ForeignKey, row: int, version: int) -> None:
        # what was written once more is looked at as it is then
        if version == self._version[row] and self._leads_nowhere(key, row):
            self.block(key, [row], self._reason(key))

    def _leads_nowhere(self, key: ForeignKey, row: int) -> bool:
        if row in self.dead:
            return False
        parent = self.links.get((key, row), self.reach.parent(key, row))
        return (key, row) in self.dangling or (
            parent is not None and (parent in self.dead or (key, parent) in self.moved)
        )

    def _reason(self, key: ForeignKey) -> Reason:
        return "no default row" if "set default" in (key.ondelete, key.onupdate) else "no action"

    def _commit(self) -> None:
        for key, row in list(self._gone()):
            if key.is_deferred:
                self.block(key, self.referring(key, row), "no action", "commit")
        for key, row in self._late:
            if self._leads_nowhere(key, row):
                self.block(key, [row], self._reason(key), "commit")
