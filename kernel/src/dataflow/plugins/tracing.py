"""Which plugin answered which hook: noted while somebody wants to know, and at no cost else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import attrs


@attrs.frozen
class HookAnswer:
    """What one plugin said when it was asked; ``answer`` is empty where it left the question to others."""

    hook: str
    subject: str
    plugin: str
    answer: str


_NOTES: ContextVar[list[HookAnswer] | None] = ContextVar("dataflow_hook_answers", default=None)


@contextmanager
def traced_hooks() -> Iterator[list[HookAnswer]]:
    """Note every answer of every instance inside the block, in the order in which the plugins were asked."""
    notes: list[HookAnswer] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def noted(hook: str, plugin: str, given: Mapping[str, object], answer: Any) -> Any:
    """The answer, noted when somebody wants to know; that of a generator is then a list of all that it gave."""
    notes = _NOTES.get()
    if notes is None:
        return answer
    if isinstance(answer, Iterator):
        answer = list(answer)
    notes.append(HookAnswer(hook, _subject(given), plugin, _told(answer)))
    return answer


def _subject(given: Mapping[str, object]) -> str:
    """What the hook was asked about, by the name of its first argument that has one."""
    for name, value in given.items():
        for attribute in ("name", "code", "profile"):
            told = getattr(value, attribute, None)
            if isinstance(told, str):
                style = given.get("style")
                return f"{told} as {style}" if style else told
        if isinstance(value, BaseException):
            return type(value).__name__
        if value is None:
            return f"no {name}"
    return ""


def _told(answer: object) -> str:
    if answer is None:
        return ""
    if isinstance(answer, list | tuple):
        if not answer:
            return "nothing"
        kinds = ", ".join(dict.fromkeys(type(one).__name__ for one in answer))
        return f"{len(answer)} {kinds}"
    if not callable(answer):
        return type(answer).__name__
    name = getattr(answer, "__qualname__", type(answer).__name__)
    # of an executor that a function made, who made it
    return f"{answer.__module__}.{name.partition('.<locals>')[0]}"
