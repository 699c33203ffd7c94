"""Problems for a language model: short, without repetition, and never longer than its budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dataflow.diagnostics import Problem
from dataflow.diagnostics.excerpt import excerpt_of
from dataflow.diagnostics.fixes import fix_script
from dataflow.diagnostics.layout import context_lines, grouped, printable
from dataflow.diagnostics.secret import redacted

# 6,000 tokens in the worst case; code and names have about three characters to a token
MAX_TEXT = 3 * 6_000
MAX_BLOCK = 4_000
MAX_LINE = 300
MAX_PLACES = 5
MAX_SCRIPT = 3_000
# what stays for the lines that tell of everything left out
RESERVE = 1_000


@attrs.frozen
class Repeated:
    """One problem, and every place in which it stands."""

    problem: Problem
    places: tuple[str, ...]


def llm_text(problems: Sequence[Problem]) -> str:
    """The problems by kind, repeated ones once with their number, then the script that repairs them."""
    lines: list[str] = [f"{len(problems)} problems"] if len(problems) > 1 else []
    left_out: dict[str, int] = {}
    used = 0
    for group, members in grouped(problems).items():
        heading = [f"{group} ({len(members)}):"] if len(problems) > 1 else []
        for one in _merged(members):
            block = [*heading, *_block(one)]
            size = sum(map(len, block)) + len(block)
            if used + size > MAX_TEXT - MAX_SCRIPT - RESERVE:
                left_out[one.problem.code] = left_out.get(one.problem.code, 0) + len(one.places)
                continue
            lines += block
            used += size
            heading = []
    lines += [_left_out(left_out)] if left_out else []
    return "\n".join([*lines, *_script(problems)])


def _merged(problems: Sequence[Problem]) -> list[Repeated]:
    places: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        key = (problem.code, problem.message)
        first.setdefault(key, problem)
        places.setdefault(key, []).append(_place(problem))
    return [Repeated(problem, tuple(places[key])) for key, problem in first.items()]


def _place(problem: Problem) -> str:
    call, node = problem.where.call, problem.where.node_id
    excerpt = excerpt_of(problem) if call is not None else None
    return " ".join(filter(None, (excerpt.place if excerpt else "", f"node '{node}'" if node else "")))


def _block(repeated: Repeated) -> Iterator[str]:
    secrets = repeated.problem.secrets
    used = 0
    for line in _lines(attrs.evolve(repeated, problem=repeated.problem.masked())):
        # masked before it is cut, or the beginning of a secret would stay
        text = printable(redacted(line, secrets))
        text = text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 3]}..."
        used += len(text) + 1
        if used > MAX_BLOCK:
            yield "  ..."
            return
        yield text


def _lines(repeated: Repeated) -> Iterator[str]:
    problem = repeated.problem
    yield f"{problem.code}: {' '.join(problem.message.split())}"
    places = list(dict.fromkeys(filter(None, repeated.places)))
    if len(repeated.places) > 1:
        yield f"  {len(repeated.places)} times"
    if places:
        more = f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
        yield f"  at {', '.join(places[:MAX_PLACES])}{more}"
    # the first line of a context names the node, which the place has said
    yield from (
        f"  {line}" for line in context_lines(attrs.evolve(problem, where=attrs.evolve(problem.where, node_id=None)))
    )
    if problem.cause:
        yield f"  cause: {' '.join(problem.cause.split())}"
    for number, solution in enumerate(problem.solutions, start=1):
        code = solution.code.splitlines()
        yield f"  {number}. {solution.text} {code[0] if len(code) == 1 else ''}".rstrip()
        if len(code) > 1:
            yield from (f"     {line}" for line in code[:20])


def _left_out(counts: dict[str, int]) -> str:
    shown = [f"{code} x{count}" for code, count in list(counts.items())[:20]]
    return f"left out: {sum(counts.values())} more ({', '.join(shown)})"


def _script(problems: Sequence[Problem]) -> Iterator[str]:
    script = fix_script(problems)
    if not script:
        return
    kept: list[str] = []
    for line in script.splitlines():
        if sum(map(len, kept)) + len(kept) + len(line) > MAX_SCRIPT - 100:
            kept.append("# the rest is in error.fix_script")
            break
        kept.append(printable(line))
    yield "corrected:"
    yield from kept
