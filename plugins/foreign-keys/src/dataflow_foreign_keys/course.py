"""The course of a delete in memory: what each row meets, one after the other, as a server does it.

A real server stops at the first refusal. Here it is noted and the course goes on, so that everything in the way is found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from dataflow.migrations import ObjectRef
from dataflow_foreign_keys.impact import Block, Reason, When
from dataflow_foreign_keys.innodb import Places
from dataflow_foreign_keys.keys import ForeignKey
from dataflow_foreign_keys.reach import Reach

#: what an action makes of a column: an expression, or None for null
Written = str | None


@attrs.frozen
class Default:
    """What SET DEFAULT gives to the columns of a key. ``parent`` is the row referred to then, if it may go too."""

    values: Mapping[str, Written]
    is_found: bool = True
    parent: int | None = None

    @property
    def refers(self) -> bool:
        """Whether it is a reference at all: one column without a value makes it none."""
        return None not in self.values.values()


@attrs.frozen
class Change:
    """What the course did to a row: all that is written in it by then, or None when it went."""

    row: int
    values: Mapping[str, Written] | None


@attrs.frozen(eq=False)
class Setting:
    """What a course goes by. ``incoming`` are the keys that refer to a table, in the order in which the server acts on them."""

    reach: Reach
    incoming: Mapping[ObjectRef, Sequence[ForeignKey]]
    #: the keys by which a table's rows refer
    outgoing: Mapping[ObjectRef, Sequence[ForeignKey]]
    required: Mapping[ObjectRef, Collection[str]]
    defaults: Mapping[ForeignKey, Default]
    #: of InnoDB's indexes
    places: Places = attrs.field(factory=dict)


@attrs.define(eq=False)
class Course(ABC):
    """The rows' states. ``links`` is what a row refers to by a key now, where that is another than in the beginning."""

    setting: Setting
    dead: dict[int, None] = attrs.field(factory=dict, init=False)
    written: dict[int, dict[str, Written]] = attrs.field(factory=dict, init=False)
    #: in the order of the course, for what is looked at with every row that is written
    changes: list[Change] = attrs.field(factory=list, init=False)
    links: dict[tuple[ForeignKey, int], int | None] = attrs.field(factory=dict, init=False)
    #: rows whose key, as one foreign key sees it, has become another
    moved: dict[tuple[ForeignKey, int], None] = attrs.field(factory=dict, init=False)
    #: references to a default that no row has
    dangling: dict[tuple[ForeignKey, int], None] = attrs.field(factory=dict, init=False)
    _blocks: dict[tuple[str, str, Reason, When], set[int]] = attrs.field(factory=dict, init=False)

    @abstractmethod
    def run(self) -> None:
        """Delete the first rows, and whatever follows from it."""

    @property
    def reach(self) -> Reach:
        return self.setting.reach

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What is in the way, what stops the statement before what stops the commit."""
        found = [Block(name, table, len(rows), why, when) for (name, table, why, when), rows in self._blocks.items()]
        return tuple(sorted(found, key=lambda one: (one.when == "commit", one.table, one.constraint)))

    def incoming(self, row: int) -> Sequence[ForeignKey]:
        return self.setting.incoming.get(self.reach.table(row), ())

    def referring(self, key: ForeignKey, row: int) -> list[int]:
        """The rows that are there and refer to a row now."""
        return [
            child
            for child in self.reach.children.get((key, row), ())
            if child not in self.dead and self.links.get((key, child), row) == row
        ]

    def block(self, key: ForeignKey, rows: Collection[int], reason: Reason, when: When = "statement") -> None:
        # what refused at once is not told again by the look at the end
        told = self._blocks.get((key.constraint_name, key.constrained.dotted, "restrict", "statement"), set())
        rows = set(rows) - told if reason == "no action" else rows
        if rows:
            name = (key.constraint_name, key.constrained.dotted, reason, when)
            self._blocks.setdefault(name, set()).update(rows)

    def written_by_delete(self, key: ForeignKey) -> Mapping[str, Written]:
        """What SET NULL or SET DEFAULT of a key makes of the columns."""
        if key.ondelete == "set null":
            return dict.fromkeys(key.written)
        return self._default_of(key)

    def written_by_update(self, key: ForeignKey, parent: int) -> Mapping[str, Written]:
        """What a key's action makes of the columns when what they refer to has become something else."""
        if key.onupdate == "set null":
            return dict.fromkeys(key.constrained_columns)
        if key.onupdate == "set default":
            return self._default_of(key)
        now = self.written[parent]
        return {own: now[other] for own, other in key.pairs if other in now}

    def _default_of(self, key: ForeignKey) -> Mapping[str, Written]:
        values = self.setting.defaults[key].values
        return {name: values[name] for name in key.written}

    def remove(self, rows: Collection[int]) -> None:
        """Have rows gone."""
        self.dead.update(dict.fromkeys(rows))
        self.changes.extend(Change(row, None) for row in rows)

    def write(self, key: ForeignKey, row: int, values: Mapping[str, Written], *, is_default: bool) -> list[ForeignKey]:
        """Give a row other values by a key's action; gives the keys whose referred columns changed with them."""
        table = self.reach.table(row)
        required = self.setting.required[table]
        if any(value is None and name in required for name, value in values.items()):
            self.block(key, [row], "not null")
        written = self.written.setdefault(row, {})
        written.update(values)
        self.changes.append(Change(row, dict(written)))
        for other in self.setting.outgoing.get(table, ()):
            if set(other.constrained_columns) & set(values):
                self.links[other, row] = None
                self.dangling.pop((other, row), None)
        default = self.setting.defaults.get(key)
        if is_default and default is not None and default.refers:
            self._refer(key, row, default)
        moved = [one for one in self.setting.incoming.get(table, ()) if set(one.referred_columns) & set(values)]
        self.moved.update(dict.fromkeys((one, row) for one in moved))
        return moved

    def _refer(self, key: ForeignKey, row: int, default: Default) -> None:
        if not default.is_found:
            self.dangling[key, row] = None
        elif default.parent is not None:
            self.links[key, row] = default.parent
            known = self.reach.children.setdefault((key, default.parent), [])
            if row not in known:
                known.append(row)

    def check(self, when_deferred: When = "commit") -> None:
        """Refuse what refers to nothing now, as a check of the whole at the end does."""
        for key, row in self._gone():
            deferred: When = when_deferred if key.is_deferred else "statement"
            reason: Reason = "no default row" if key.ondelete == "set default" else "no action"
            self.block(key, self.referring(key, row), reason, deferred)
        for key, row in self.dangling:
            if row not in self.dead:
                self.block(key, [row], "no default row", when_deferred if key.is_deferred else "statement")

    def _gone(self) -> Iterator[tuple[ForeignKey, int]]:
        """Each row that is no more what a key refers to."""
        for row in self.dead:
            yield from ((key, row) for key in self.incoming(row))
        yield from self.moved

    def is_contested(self, at_once: Collection[str], roots_together: bool) -> set[int]:
        """The rows of which one key wants what another refuses or undoes, so that it matters which comes first.

        :param at_once: the actions that refuse at once.
        :param roots_together: whether all first rows are gone before any action.
        """
        found: set[int] = set()
        roots = set(self.reach.roots) if roots_together else set()
        for key, row in self._gone():
            kept = key.ondelete in at_once and not (key.is_deferred and key.ondelete == "no action")
            for child in self.reach.children.get((key, row), ()):
                if child in roots:
                    continue
                is_dead = child in self.dead
                required = self.setting.required[self.reach.table(child)]
                refuses = kept or (key.ondelete == "set null" and bool(set(key.written) & set(required)))
                if (is_dead and refuses) or (child in self.written and not is_dead and self._is_shared(key)):
                    found.add(child)
        return found

    def _is_shared(self, key: ForeignKey) -> bool:
        """Whether another key has one of the columns too."""
        return any(
            other is not key and set(other.constrained_columns) & set(key.constrained_columns)
            for other in self.setting.outgoing[key.constrained]
        )
