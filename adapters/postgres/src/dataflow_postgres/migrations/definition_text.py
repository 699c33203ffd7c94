"""Texts of definitions, read as far as the catalogue does not take them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()\[\],]|[^'\"()\[\],]+")
#: a list of constants that is cast as a whole; read again, each of them is cast
_CAST_LIST = re.compile(r"ARRAY\[((?:'(?:[^']|'')*'::[a-z ]+(?:\(\d+\))?(?:, )?)+)\]::([a-z ]+)\[\]")
_MEMBER = re.compile(r"'(?:[^']|'')*'::[a-z ]+(?:\(\d+\))?")


def normal(expression: str) -> str:
    """An expression in the spelling that it has when it was read from its own text once more."""
    return _CAST_LIST.sub(
        lambda found: "ARRAY[" + ", ".join(f"{member}::{found[2]}" for member in _MEMBER.findall(found[1])) + "]",
        expression,
    )


def top_level(definition: str) -> list[str]:
    """What stands between the commas of the parentheses behind USING and its method."""
    start = re.search(r" USING \S+ \(", definition)
    assert start is not None, definition
    return list(_split(definition[start.end() :]))


def _split(rest: str) -> Iterator[str]:
    depth, part = 0, ""
    for word in _TOKEN.findall(rest):
        if depth == 0 and word in (",", ")"):
            yield part.strip()
            part = ""
            if word == ")":
                return
            continue
        depth += (word in "([") - (word in ")]") if len(word) == 1 else 0
        part += word
