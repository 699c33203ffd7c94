"""Where in a file a problem stands, from one character to another."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import attrs

from dataflow.diagnostics import Problem
from dataflow.diagnostics.excerpt import pointed_at
from dataflow.diagnostics.source import SourceCall


@attrs.frozen
class Region:
    """Lines and columns count from 1; the end is the column behind the last character. Columns are None for a whole line."""

    start_line: int
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


def region_of(problem: Problem) -> Region | None:
    """What a caret points at, from its beginning to its end, in characters; only the line without a source."""
    site = problem.where.call
    if site is None:
        return None
    call = SourceCall.at(site)
    if call is None:
        return Region(max(site.line, 1))
    return _of_node(call, pointed_at(problem, call) or call.call)


def _of_node(call: SourceCall, node: ast.AST) -> Region:
    line, column = call.column(node)
    last, end = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]  # expressions and keywords have both
    return Region(line, column + 1, last, len(call.lines[last - 1].encode()[:end].decode()) + 1)


def region_between(text: str, start: int, end: int) -> Region:
    """The characters of a text from one to another, counted from its beginning."""
    return Region(*_line_and_column(text, start), *_line_and_column(text, end))


def _line_and_column(text: str, place: int) -> tuple[int, int]:
    before = text[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1


def in_utf16(region: Region, lines: Sequence[str]) -> Region:
    """The same region with its columns in UTF-16 code units: a character outside of the basic plane is two."""

    def units(line: int | None, column: int | None) -> int | None:
        if line is None or column is None or line > len(lines):
            return column
        return len(lines[line - 1][: column - 1].encode("utf-16-le", "surrogatepass")) // 2 + 1

    return attrs.evolve(
        region,
        start_column=units(region.start_line, region.start_column),
        end_column=units(region.end_line, region.end_column),
    )
