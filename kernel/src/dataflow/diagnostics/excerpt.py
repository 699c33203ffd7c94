"""The lines of the user's call with a caret under what is wrong."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator, Sequence

import attrs

from dataflow.diagnostics.callsite import CallSite, displayed
from dataflow.diagnostics.problem import Problem
from dataflow.diagnostics.secret import MASK, Secret, redacted
from dataflow.diagnostics.source import SourceCall
from dataflow.diagnostics.source_text import SourceText

MAX_LINES = 12
MAX_WIDTH = 160
_PASSWORD = re.compile(r"""(://[^:/?#@\s"']*:)[^@\s"']+(?=@)""")


@attrs.frozen
class Excerpt:
    """``source`` are numbered lines; the caret stands below ``caret_line``, ``caret_column`` characters in."""

    file: str
    line: int
    column: int
    source: tuple[tuple[int, str], ...] = ()
    caret_line: int = 0
    caret_column: int = 0
    label: str = ""
    has_changed: bool = False

    @property
    def place(self) -> str:
        """Where it is; a file that was edited after it was imported has something else at that line."""
        changed = " (the file has changed since it was imported)" if self.has_changed else ""
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.source else "") + changed

    def lines(self, secrets: Sequence[Secret] = ()) -> Iterator[tuple[bool, str]]:
        """Each line, and whether it is the one of the caret; masked before it is cut, or the beginning of a secret would stay."""
        previous = None
        for number, text in self.source:
            if previous is not None and number != previous + 1:
                yield False, "  ..."
            previous = number
            yield False, f" {number:>4} | {_cut(redacted(_without_password(text), secrets))}".rstrip()
            if number == self.caret_line and self.caret_column < MAX_WIDTH:
                yield True, f"      | {_indent(text[: self.caret_column])}^ {self.label}".rstrip()


def excerpt_of(problem: Problem) -> Excerpt | None:
    """The excerpt of a problem's call; only file and line when the source is not at hand."""
    site = problem.where.call
    if site is None:
        return None
    source = SourceCall.at(site)
    if source is None:
        return _one_line(site)
    first, column = source.column(source.call)
    caret_line, caret_column = source.column(pointed_at(problem, source) or source.call)
    last = _last_line(source, first, caret_line)
    kept = [n for n in range(first, last + 1) if last - first < MAX_LINES or n == first or abs(n - caret_line) < 3]
    lines = tuple((number, source.lines[number - 1].rstrip("\n")) for number in kept)
    return Excerpt(displayed(site.file), first, column + 1, lines, caret_line, caret_column, _label(problem))


def _one_line(site: CallSite) -> Excerpt:
    """What is no call, a class statement for one, is shown by its line."""
    source = SourceText.of(site.code)
    text = source.lines[site.line - 1].rstrip("\n") if 0 < site.line <= len(source.lines) else ""
    if not text.strip():
        return Excerpt(displayed(site.file), site.line, 1, has_changed=source.has_changed)
    indent = len(text) - len(text.lstrip())
    return Excerpt(displayed(site.file), site.line, indent + 1, ((site.line, text),))


def pointed_at(problem: Problem, source: SourceCall) -> ast.AST | None:
    """What is wrong in a call: a key, a value, an argument; None for the whole call."""
    spot = source.spot(problem.where.path) if problem.where.path else None
    if spot is None:
        return None
    # what lacks something is the value; what is wrong is found by its key
    is_whole = "missing" in problem.context and spot.depth == len(problem.where.path)
    return spot.node if is_whole else spot.shown


def _last_line(source: SourceCall, first: int, caret_line: int) -> int:
    """The call's last line that says something: closing brackets alone do not."""
    last = source.call.end_lineno or first
    while last > max(first, caret_line) and not source.lines[last - 1].strip().strip(")]},"):
        last -= 1
    return last


def _label(problem: Problem) -> str:
    missing = problem.context.get("missing")
    if isinstance(missing, str):
        return f"'{missing}' is missing" if "," not in missing else f"missing: {missing}"
    expected = problem.context.get("expected")
    if isinstance(expected, str) and len(expected) < 60:
        return f"expected {expected}"
    return ""


def _indent(text: str) -> str:
    """Blanks as wide as a text: a tab stays one, a wide character takes two columns, a combining one none."""
    return "".join("\t" if one == "\t" else " " * _width(one) for one in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _without_password(line: str) -> str:
    """A line whose URLs show no password: it may be written in the very call that fails."""
    return _PASSWORD.sub(rf"\g<1>{MASK}", line)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 3]}..."
