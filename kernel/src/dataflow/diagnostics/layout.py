"""How an error is laid out, line by line: plain text joins the lines, a terminal colours them, a page marks them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import attrs

from dataflow.diagnostics.excerpt import excerpt_of
from dataflow.diagnostics.problem import Problem
from dataflow.diagnostics.secret import redacted
from dataflow.diagnostics.wording import cut, text_of

MAX_VALUE = 200
MAX_PROBLEMS = 50
MAX_LINE = 100
MAX_TEXT = 2_000
MAX_ALIGNED = 32
GAP = "     "

LineKind = Literal["blank", "count", "group", "headline", "place", "source", "caret", "section", "body", "page"]


@attrs.frozen
class Line:
    """One line of a laid out error."""

    kind: LineKind
    text: str = ""


def laid_out(problems: Sequence[Problem]) -> Iterator[Line]:
    """All problems, headed by their kinds when there are several."""
    if len(problems) == 1:
        yield from problem_lines(problems[0])
        return
    yield Line("count", f"{len(problems)} problems")
    for group, members in grouped(problems[:MAX_PROBLEMS]).items():
        yield Line("blank")
        yield Line("group", f"{group} ({len(members)})")
        for problem in members:
            yield Line("blank")
            yield from problem_lines(problem)
    if len(problems) > MAX_PROBLEMS:
        yield Line("blank")
        yield Line("count", f"and {len(problems) - MAX_PROBLEMS} more")


def grouped(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """The problems by kind, in the order of the kinds' first problems."""
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.group, []).append(problem)
    return groups


def problem_lines(problem: Problem) -> Iterator[Line]:
    """Headline, source, Context, Root cause, Solutions, Documentation; secrets masked, control characters escaped."""
    secrets = problem.secrets
    for line in _lines(problem.masked()):
        # cut last: the beginning of a secret is not masked
        yield Line(line.kind, cut(printable(redacted(line.text, secrets)), MAX_TEXT))


def _lines(problem: Problem) -> Iterator[Line]:
    first, *rest = problem.message.splitlines() or [""]
    yield Line("headline", f"error[{problem.code}]: {first}")
    yield from (Line("body", f"  {line}") for line in rest)
    excerpt = excerpt_of(problem)
    if excerpt is not None:
        yield Line("place", f"  --> {excerpt.place}")
        yield from (Line("caret" if is_caret else "source", text) for is_caret, text in excerpt.lines(problem.secrets))
    yield from _section("Context", context_lines(problem))
    yield from _section("Root cause", problem.cause.splitlines())
    yield from _section("Solutions", list(_solutions(problem)))
    yield Line("page", f"Documentation: dataflow explain {problem.code}")


def _section(name: str, lines: Sequence[str]) -> Iterator[Line]:
    if lines:
        yield Line("section", name)
        yield from (Line("body", f"  {line}") for line in lines)


def _solutions(problem: Problem) -> Iterator[str]:
    short = [len(one.text) for one in problem.solutions if _is_one_line(one.code) and len(one.text) <= MAX_ALIGNED]
    width = max(short, default=0)
    for number, one in enumerate(problem.solutions, start=1):
        if _is_one_line(one.code):
            yield f"{number}. {one.text:<{width}} {one.code}".rstrip()
        else:
            yield f"{number}. {one.text}"
            yield from (f"     {line}".rstrip() for line in one.code.splitlines())


def _is_one_line(code: str) -> bool:
    return bool(code) and "\n" not in code


def context_lines(problem: Problem) -> list[str]:
    """Where it happened, then what was given, short entries side by side."""
    where = problem.where
    place: dict[str, str] = {}
    if where.node_id or where.node_type:
        kind = f" ({where.node_type})" if where.node_id and where.node_type else ""
        place["node"] = f"{where.node_id or where.node_type}{kind}"
    place |= {name: value for name, value in (("operation", where.operation), ("model", where.model)) if value}
    given = {name: shown(value) for name, value in problem.context.items()}
    return [*_packed(place), *_packed({name: text for name, text in given.items() if place.get(name) != text})]


def _packed(entries: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for name, value in entries.items():
        entry = f"{name}: {value}"
        if lines and len(lines[-1]) + len(GAP) + len(entry) <= MAX_LINE:
            lines[-1] += GAP + entry
        else:
            lines.append(entry)
    return lines


def shown(value: Any, limit: int = MAX_VALUE) -> str:
    """A value on one line, cut when it is long; text that names something stands without quotes."""
    text = value if isinstance(value, str) else _short(value)
    text = text.replace("\n", "\\n")
    return text if len(text) <= limit else f"{text[: limit - 3]}... ({len(text)} characters)"


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) > 20:
        return f"a dict of {len(value)}"
    if isinstance(value, list | tuple | set | frozenset) and len(value) > 20:
        return f"a {type(value).__name__} of {len(value)}"
    return text_of(value)


def printable(text: str) -> str:
    """A line without characters that would steer a terminal: escape codes, directions, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\t" else ascii(one)[1:-1] for one in text)
