"""Entries taken out of a written dict or call: the room between the others keeps its form, and every comment stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import attrs
import libcst as cst

Space = cst.BaseParenthesizableWhitespace
NOTHING = cst.SimpleWhitespace("")


@attrs.frozen(eq=False)
class Entries:
    """Entries between two brackets. ``gaps`` is one longer: before the first, between them, behind the last.

    ``commas`` are the blanks before each comma, None where there is no comma.
    """

    entries: tuple[Any, ...]
    gaps: tuple[Space, ...]
    commas: tuple[Space | None, ...]

    @classmethod
    def of(cls, entries: Sequence[Any], before: Space, behind: Space) -> Entries:
        """What stands between brackets, given the room behind the first and before the second."""
        commas = [one.comma if isinstance(one.comma, cst.Comma) else None for one in entries]
        inner: list[Space] = [NOTHING if one is None else one.whitespace_after for one in commas]
        last: list[Space] = [behind] if entries else []
        # behind the last comma of a call stands what is before the bracket of a dict
        if inner and not _is_nothing(inner[-1]):
            last = [inner[-1]]
        blanks = tuple(None if one is None else one.whitespace_before for one in commas)
        return cls(tuple(entries), (before, *inner[:-1], *last), blanks)

    def without(self, places: Collection[int]) -> Entries:
        """The same without some entries."""
        left = self
        for place in sorted(places, reverse=True):
            left = left._without(place)
        return left

    def _without(self, place: int) -> Entries:
        is_last = place == len(self.entries) - 1
        gap = _joined(self.gaps[place], self.gaps[place + 1], is_last)
        entries = (*self.entries[:place], *self.entries[place + 1 :])
        commas = [*self.commas[:place], *self.commas[place + 1 :]]
        if is_last and commas and self.commas[place] is None:
            commas[-1] = None
        gaps = (*self.gaps[:place], gap, *self.gaps[place + 2 :])
        if not entries and not _has_comment(gap):
            gaps = (NOTHING,)
        return Entries(entries, gaps, tuple(commas))

    def with_entries(self, entries: Sequence[Any]) -> Entries:
        """The same with more entries at the end, apart from each other like those that are there."""
        left = self
        for entry in entries:
            left = left._with(entry)
        return left

    def _with(self, entry: Any) -> Entries:
        if not self.entries:
            return Entries((entry,), (NOTHING, _plain(self.gaps[0])), (None,))
        gap = _plain(self.gaps[1] if len(self.entries) > 1 else self.gaps[0])
        if _is_nothing(gap):
            gap = cst.SimpleWhitespace(" ")
        commas = (*self.commas[:-1], self.commas[-1] or NOTHING, self.commas[-1])
        return Entries((*self.entries, entry), (*self.gaps[:-1], gap, self.gaps[-1]), commas)

    def with_commas(self) -> tuple[Any, ...]:
        """The entries with their commas; the room behind the last one is the caller's to place."""
        room = (*self.gaps[1:-1], NOTHING)
        return tuple(
            one.with_changes(comma=cst.MaybeSentinel.DEFAULT if before is None else cst.Comma(before, after))
            for one, before, after in zip(self.entries, self.commas, room, strict=False)
        )


def _plain(space: Space) -> Space:
    """The room without the comments in it."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    line = space.first_line.with_changes(comment=None, whitespace=NOTHING)
    return space.with_changes(first_line=line, empty_lines=())


def _is_nothing(space: Space) -> bool:
    return isinstance(space, cst.SimpleWhitespace) and not space.value


def _has_comment(space: Space) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace) and bool(
        space.first_line.comment or any(one.comment for one in space.empty_lines)
    )


def _joined(before: Space, behind: Space, is_last: bool) -> Space:
    """The room that is left where an entry stood between two."""
    if not isinstance(before, cst.ParenthesizedWhitespace):
        # the entry ended its line, or stood among others
        return behind if is_last or isinstance(behind, cst.ParenthesizedWhitespace) else before
    if not isinstance(behind, cst.ParenthesizedWhitespace):
        return before if not is_last or _has_comment(before) else behind
    comment = behind.first_line.comment
    own = [cst.EmptyLine(before.indent, before.last_line, comment, behind.first_line.newline)] if comment else []
    return behind.with_changes(
        first_line=before.first_line, empty_lines=(*before.empty_lines, *own, *behind.empty_lines)
    )
