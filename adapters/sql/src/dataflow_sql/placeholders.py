"""``:name`` and ``?`` in a user's own SQL as the driver's placeholders; what stands in quotes and comments is left alone."""

from __future__ import annotations

import re
from collections.abc import Callable

_PARTS = re.compile(
    r"""
      '(?:[^'\\]|''|\\.)*'            # text
    | "(?:[^"]|"")*"                  # a name
    | `[^`]*`                         # a name, as MySQL writes it
    | --[^\n]*                        # comments
    | /\*.*?\*/
    | (\$[A-Za-z_]*\$).*?\1           # PostgreSQL's text without escapes
    | ::                              # its casts
    | :(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>\?)
    """,
    re.VERBOSE | re.DOTALL,
)


def with_placeholders(sql: str, place: Callable[[str], str]) -> tuple[str, list[str]]:
    """The statement as the driver takes it, and the names of its values in their order.

    :param place: makes the placeholder of the value with that name.
    """
    names: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        names.append(name)
        return place(name)

    return _PARTS.sub(replaced, sql), names


def with_marks(sql: str, place: Callable[[int], str]) -> tuple[str, int]:
    """The same for values that stand as ``?``, and how many do.

    :param place: makes the placeholder of the value with that number, from 1.
    """
    count = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal count
        if found["mark"] is None:
            return found[0]
        count += 1
        return place(count)

    return _PARTS.sub(replaced, sql), count
