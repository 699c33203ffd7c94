"""A value that may not be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dataflow.diagnostics.wording import text_of

MASK: Final = "***"
# a shorter text occurs in ordinary words, so only its quoted forms are masked
SHORT: Final = 4
_NAME = re.compile(r"passw|pwd|secret|token|api_?key", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a name says that its value is for nobody's eyes."""
    return _NAME.search(name) is not None


class Secret:
    """Holds a value for code and shows ``***`` to everything that prints."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.value == other.value

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        # what leaves the process leaves without the value
        return Secret, (MASK,)


def secrets_in(value: object) -> Iterator[Secret]:
    """Every secret inside plain data, however deep, even where the data holds itself."""
    waiting, seen = [value], set[int]()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Secret):
            yield value
        elif isinstance(value, Mapping | list | tuple | set | frozenset) and id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, Mapping) else value


def redacted(text: str, secrets: Iterable[Secret]) -> str:
    """A text, such as a line of the user's own source, with every secret that is spelled out in it masked."""
    forms = {form: mask for one in secrets for form, mask in _forms(one.value)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, forms[form])
    return text


def is_one_of(value: object, secrets: Iterable[Secret]) -> bool:
    """Whether a number, a date or the like is itself a secret; short ones are too common to be told apart."""
    if value is None or isinstance(value, bool | Secret) or len(text_of(value)) < SHORT:
        return False
    return any(type(value) is type(one.value) and value == one.value for one in secrets)


def _forms(value: object) -> Iterator[tuple[str, str]]:
    """How a value may be spelled, and what stands in its place."""
    if isinstance(value, str):
        escaped = repr(value)[1:-1]
        spellings = {value, escaped, escaped.replace("'", "\\'").replace('"', '\\"')} - {MASK}
        # in a text of several lines each stands by itself
        spellings |= {line.strip() for line in value.splitlines() if len(line.strip()) >= SHORT}
        for one in spellings:
            if len(one) >= SHORT:
                yield one, MASK
            elif one:
                yield from ((f"{quote}{one}{quote}", f"{quote}{MASK}{quote}") for quote in "'\"")
    elif value is not None and not isinstance(value, bool) and len(text := text_of(value)) >= SHORT:
        yield text, MASK
