"""Safe fixes written into a file: only what they name is touched, everything else stays as it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from dataflow.diagnostics import Edit, Problem
from dataflow.diagnostics.source import SourceCall, Spot

Change = tuple[int, int, bytes]


@attrs.frozen
class Repair:
    """The file's new text, None when nothing changes, and the problems that are gone with it."""

    text: bytes | None = None
    problems: tuple[Problem, ...] = ()


def repaired(problems: Sequence[Problem], file: Path) -> Repair:
    """Apply the fixes marked safe whose every edit has a place in the file; overlapping ones wait for the next time."""
    text = file.read_bytes()
    starts = _line_starts(text)
    done: list[Problem] = []
    changes: list[Change] = []
    for problem in problems:
        found = _changes(problem, file, text, starts)
        if found and not any(_overlap(one, other) for one in found for other in changes):
            changes += found
            done.append(problem)
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    if not done:
        return Repair()
    # a fix that does not parse is none
    ast.parse(text)
    return Repair(text, tuple(done))


def _changes(problem: Problem, file: Path, text: bytes, starts: Sequence[int]) -> list[Change]:
    fix, site = problem.fix, problem.where.call
    if fix is None or fix.applicability != "safe" or site is None or Path(site.file).resolve() != file.resolve():
        return []
    call = SourceCall.at(site)
    if call is None:
        return []
    found = [_change(call, edit, text, starts) for edit in dict.fromkeys(fix.edits)]
    return [] if None in found else [one for one in found if one is not None]


def _change(call: SourceCall, edit: Edit, text: bytes, starts: Sequence[int]) -> Change | None:
    if not edit.path:
        dicts = [one for one in _arguments(call.call) if isinstance(one, ast.Dict)]
        return (*_span(dicts[0], starts), edit.text.encode()) if edit.action == "replace" and len(dicts) == 1 else None
    spot = call.spot(edit.path)
    if spot is None or spot.depth != len(edit.path):
        return None
    if edit.action == "remove" and spot.key is not None:
        return _removal(spot, text, starts)
    if edit.action == "replace":
        return (*_span(spot.node, starts), edit.text.encode())
    return None


def _arguments(call: ast.Call) -> Iterator[ast.AST]:
    yield from call.args
    yield from (one.value for one in call.keywords)


def _removal(spot: Spot, text: bytes, starts: Sequence[int]) -> Change:
    """Its lines, or from the key to the comma after its value; of a last entry, from the comma before the key."""
    assert spot.key is not None
    start, end = _span(spot.key, starts)[0], _span(spot.node, starts)[1]
    after = _skip_space(text, end)
    if text[after : after + 1] == b",":
        line, rest = text.rfind(b"\n", 0, start) + 1, text.find(b"\n", after)
        if not text[line:start].strip() and not text[after + 1 : rest].strip():
            return line, rest + 1, b""
        return start, _skip_space(text, after + 1), b""
    before = len(text[:start].rstrip())
    return (before - 1, end, b"") if text[before - 1 : before] == b"," else (start, end, b"")


def _skip_space(text: bytes, place: int) -> int:
    while text[place : place + 1].isspace():
        place += 1
    return place


def _span(node: ast.AST, starts: Sequence[int]) -> tuple[int, int]:
    """Where a node stands in the bytes of the file; columns of the syntax tree are in UTF-8 bytes."""
    first, column = node.lineno, node.col_offset  # type: ignore[attr-defined]  # expressions and keywords have all four
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]  # as above
    return starts[first - 1] + column, starts[last - 1] + end


def _line_starts(text: bytes) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _overlap(one: Change, other: Change) -> bool:
    return one[0] < other[1] and other[0] < one[1]
