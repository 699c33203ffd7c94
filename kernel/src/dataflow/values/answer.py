"""What operations and runs give: plain dicts that say what they have when they are asked for something else."""

from __future__ import annotations

from typing import Any

from dataflow.diagnostics import ExecutionError, Problem, Solution, Where, closest, error_of, listed, text_of

MAX_TEXT = 80


class MissingKey(ExecutionError, KeyError):
    """The error of a key that is not there; a KeyError to those who catch one."""


class MissingAttribute(ExecutionError, AttributeError):
    """The error of an attribute; to ``hasattr`` and inspection tools it is one that is not there."""


class Answer(dict[str, Any]):
    """A record, a page of records, counts, or the results of a run by node: a dict in every other respect."""

    __slots__ = ()

    def __missing__(self, key: object) -> Any:
        raise MissingKey.of(error_of(_no_key(self, key)).problems)

    def __getattr__(self, name: str) -> Any:
        # private names are asked for by copy, pickle, notebooks
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        raise MissingAttribute.of(error_of(_no_attribute(self, name)).problems)


def answer(result: dict[str, Any]) -> dict[str, Any]:
    """A result as callers get it; a copy where it is a plain dict."""
    return result if type(result) is Answer else Answer(result)


class Outcome(tuple[dict[str, Any], str]):
    """What a run gives: ``results, run_id``; asked for a node by name it says that there are two."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            raise MissingKey.of(error_of(_not_unpacked(key)).problems)
        return tuple.__getitem__(self, key)


def _no_key(answer: Answer, key: object) -> Problem:
    near = closest(key, answer) if isinstance(key, str) else []
    rows = isinstance(key, int) and "records" in answer
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return _problem(
        answer,
        f"there is no {text_of(key, MAX_TEXT)} in the result{'; its rows are in' + chr(32) + repr('records') if rows else hint}",
        key,
        *([f'["records"][{key}]'] if rows else [f'["{one}"]' for one in near[:1]]),
    )


def _no_attribute(answer: Answer, name: str) -> Problem:
    near = [name] if name in answer else closest(name, answer)[:1]
    hint = f"; did you mean ['{near[0]}']?" if near else ""
    return _problem(
        answer, f"a result is a dict and has no attribute '{name}'{hint}", name, *(f'["{one}"]' for one in near)
    )


def _problem(answer: Answer, message: str, given: object, *ways: str) -> Problem:
    if not ways and "records" in answer:
        ways = ('["records"]',)
    return Problem(
        code="DF-X111",
        message=message,
        where=Where(operation="use of a result"),
        context={"given": given, "it has": listed(answer)},
        cause="results are plain dicts: a record by the names of its fields, a run by the ids of its nodes, "
        "a list as 'records', 'total' and 'next_cursor'",
        solutions=tuple(Solution("write it as:", f"result{way}") for way in ways)
        or (Solution(f"ask for one of: {listed(answer)}"),),
    )


def _not_unpacked(key: str) -> Problem:
    return Problem(
        code="DF-X111",
        message=f"a run gives its results and its id, and '{key}' is looked for in both at once",
        where=Where(operation="use of a result"),
        context={"given": key},
        cause="execute() gives two things: the results by node, and the id of the run",
        solutions=(
            Solution("take both:", "results, run_id = runtime.execute(workflow)"),
            Solution("or only the first:", "results = runtime.execute(workflow)[0]"),
        ),
    )
