"""The plain text of an error: for logs, for ``str()``, for every place that shows no colour."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics.layout import context_lines, laid_out, problem_lines, shown
from dataflow.diagnostics.problem import Problem

__all__ = ["context_lines", "plain_text", "problem_text", "shown"]


def plain_text(problems: Sequence[Problem]) -> str:
    """All problems, headed by their kinds when there are several."""
    return "\n".join(line.text for line in laid_out(problems))


def problem_text(problem: Problem) -> str:
    """Headline, source, Context, Root cause, Solutions, Documentation."""
    return "\n".join(line.text for line in problem_lines(problem))


def headline(problem: Problem) -> str:
    """The first line of a problem: its code and its message."""
    return next(problem_lines(problem)).text
