"""The traceback of an error in a notebook: the user's own frames, then the text."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from dataflow.diagnostics.callsite import displayed, is_library
from dataflow.diagnostics.source_text import SourceText

_BETWEEN = "\nThe above exception was the direct cause of the following exception:\n"


def notebook_traceback(error: BaseException) -> list[str]:
    """The lines, the exceptions behind the error first; frames of libraries and of the framework are left out."""
    lines: list[str] = []
    for one in reversed(list(_chain(error))):
        lines += [_BETWEEN] if lines else []
        lines += _frames(one)
        lines += "".join(traceback.format_exception_only(one)).rstrip("\n").split("\n")
    return lines


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _frames(error: BaseException) -> Iterator[str]:
    own = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if not is_library(frame)]
    if own:
        yield "Traceback (most recent call last), your own code only:"
    for frame, line in own:
        yield f"  {displayed(frame.f_code.co_filename)}:{line}, in {frame.f_code.co_name}"
        source = SourceText.of(frame.f_code).lines
        if line <= len(source) and source[line - 1].strip():
            yield f"    {source[line - 1].strip()}"
