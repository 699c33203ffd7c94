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
    for form in sorted({form for one in secrets for form in _forms(one.value)}, key=len, reverse=True):
        text = text.replace(form, f"{form[0]}{MASK}{form[0]}" if form[0] in "'\"" else MASK)
    return text


def _forms(value: object) -> Iterator[str]:
    if isinstance(value, str):
        escaped = repr(value)[1:-1]
        spellings = {value, escaped, escaped.replace("'", "\\'").replace('"', '\\"')} - {MASK}
        for one in spellings:
            if len(one) >= SHORT and one[0] not in "'\"":
                yield one
            elif one:
                yield f'"{one}"'
                yield f"'{one}'"
    elif value is not None and not isinstance(value, bool) and len(text := text_of(value)) >= SHORT:
        yield text
